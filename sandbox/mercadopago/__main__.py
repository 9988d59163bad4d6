"""`python -m sandbox.mercadopago`: the double of Mercado Pago for the demo."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.mercadopago.control import Control
from sandbox.mercadopago.courier import Courier
from sandbox.mercadopago.http import Server
from sandbox.mercadopago.world import Settings, World, register
from sandbox.stripe.clocks import FileClock
from sandbox.stripe.faults import Plan
from sandbox.stripe.persistence import Keeper

HABITATS = {"demo", "test"}
LIVE = "APP_USR-"
TICK = 1.0  # seconds between looks at the clock


def objection(environment: dict[str, str]) -> str | None:
    """Why the sandbox must not run here; None when it may."""
    if environment.get("TENANTRY_ENV") not in HABITATS:
        return "The Mercado Pago sandbox runs only where TENANTRY_ENV is demo or test."
    if live := sorted(name for name, value in environment.items() if value.startswith(LIVE)):
        return f"The Mercado Pago sandbox does not run beside a live token: see {', '.join(live)}."
    return None


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.mercadopago", description=__doc__)
    parser.add_argument("--port", type=int, default=4243)
    parser.add_argument("--url", help="how browsers reach it; default http://localhost:PORT")
    parser.add_argument("--state", type=Path, help="file that keeps the state")
    parser.add_argument("--clock", type=Path, help="file with the seconds to add to the real time")
    parser.add_argument("--webhook", required=True, help="where notifications are sent")
    parser.add_argument("--webhook-secret", required=True, help="signs them")
    parser.add_argument("--business", default="Tenantry", help="the seller's name on the pages")
    return parser.parse_args()


def build(options: argparse.Namespace) -> tuple[Server, Keeper | None]:
    world = World(FileClock(options.clock), settings=Settings(business=options.business))
    keeper = Keeper(world, options.state) if options.state else None
    if keeper:
        keeper.load()
    register(world, options.webhook, options.webhook_secret)  # whatever an earlier run left
    plan = Plan()
    server = Server(options.port, Control(world, plan, Courier(world, plan)))
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
    sys.stdout.write(f"Mercado Pago sandbox at {server.control.world.base_url}\n")
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
