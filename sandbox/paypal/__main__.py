"""`python -m sandbox.paypal`: the double of PayPal for the demo."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.paypal.control import PayPalControl
from sandbox.paypal.http import Server
from sandbox.paypal.webhooks import PayPalCourier
from sandbox.paypal.world import PayPalWorld, register
from sandbox.stripe.clocks import FileClock
from sandbox.stripe.faults import Plan
from sandbox.stripe.persistence import Keeper
from sandbox.stripe.world import Settings

HABITATS = {"demo", "test"}
TICK = 1.0  # seconds between looks at the clock


def objection(environment: dict[str, str]) -> str | None:
    """Why the sandbox must not run here; None when it may."""
    if environment.get("TENANTRY_ENV") not in HABITATS:
        return "The PayPal sandbox runs only where TENANTRY_ENV is demo or test."
    return None


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.paypal", description=__doc__)
    parser.add_argument("--port", type=int, default=4343)
    parser.add_argument("--url", help="how browsers reach it; default http://localhost:PORT")
    parser.add_argument("--state", type=Path, help="file that keeps the state")
    parser.add_argument("--clock", type=Path, help="file with the seconds to add to the real time")
    parser.add_argument("--webhook", help="where events are sent")
    parser.add_argument("--webhook-id", default="whsec_sandbox", help="part of what is signed")
    parser.add_argument("--business", default="Tenantry", help="the seller's name on the pages")
    return parser.parse_args()


def build(options: argparse.Namespace) -> tuple[Server, Keeper | None]:
    world = PayPalWorld(FileClock(options.clock), settings=Settings(business=options.business))
    keeper = Keeper(world, options.state) if options.state else None
    if keeper:
        keeper.load()
    if options.webhook:
        # Whatever an earlier run left: what waits goes to the same id at the new address.
        world.store.objects["webhook_endpoint"] = {}
        register(world, options.webhook, options.webhook_id)
    plan = Plan()
    server = Server(options.port, PayPalControl(world, plan, PayPalCourier(world, plan)))
    world.base_url = options.url or f"http://localhost:{server.port}"
    return server, keeper


def run(server: Server, keeper: Keeper | None) -> None:
    """Serve, deliver and look at the clock until a signal comes."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *unused: stop.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.control.courier.start()
    if keeper:
        keeper.start()
    sys.stdout.write(f"PayPal sandbox at {server.control.world.base_url}\n")
    sys.stdout.flush()
    while not stop.wait(TICK):
        server.control.run_due()
    server.control.courier.stop()
    server.close()
    if keeper:
        keeper.stop()


def main() -> int:
    options = arguments()
    if sentence := objection(dict(os.environ)):
        sys.stderr.write(f"{sentence}\n")
        return 2
    run(*build(options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
