"""`python -m sandbox.stripe`: the double of Stripe for the demo."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.stripe.clocks import FileClock
from sandbox.stripe.control import Control
from sandbox.stripe.endpoints import register
from sandbox.stripe.faults import Plan
from sandbox.stripe.http import Server
from sandbox.stripe.persistence import Keeper
from sandbox.stripe.webhooks import Courier
from sandbox.stripe.world import Settings, World

HABITATS = {"demo", "test"}
LIVE = ("sk_live_", "rk_live_")
TICK = 1.0  # seconds between looks at the clock


def objection(environment: dict[str, str]) -> str | None:
    """Why the sandbox must not run here; None when it may."""
    if environment.get("TENANTRY_ENV") not in HABITATS:
        return "The Stripe sandbox runs only where TENANTRY_ENV is demo or test."
    if live := sorted(name for name, value in environment.items() if value.startswith(LIVE)):
        return f"The Stripe sandbox does not run beside a live key: see {', '.join(live)}."
    return None


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.stripe", description=__doc__)
    parser.add_argument("--port", type=int, default=4242)
    parser.add_argument("--url", help="how browsers reach it; default http://localhost:PORT")
    parser.add_argument("--state", type=Path, help="file that keeps the state")
    parser.add_argument("--clock", type=Path, help="file with the seconds to add to the real time")
    parser.add_argument("--webhook", help="where events are sent")
    parser.add_argument("--webhook-secret", default="", help="signs them; made up when absent")
    parser.add_argument("--business", default="Tenantry", help="the seller's name on the pages")
    parser.add_argument("--country", default="US")
    parser.add_argument("--currency", default="usd")
    return parser.parse_args()


def build(options: argparse.Namespace) -> tuple[Server, Keeper | None]:
    settings = Settings(
        country=options.country, currency=options.currency, business=options.business
    )
    world = World(FileClock(options.clock), settings=settings)
    keeper = Keeper(world, options.state) if options.state else None
    if keeper:
        keeper.load()
    if options.webhook:
        point_webhooks(world, options.webhook, options.webhook_secret)
    plan = Plan()
    server = Server(options.port, Control(world, plan, Courier(world, plan)))
    world.base_url = options.url or f"http://localhost:{server.port}"
    return server, keeper


def point_webhooks(world: World, url: str, secret: str) -> None:
    """The first endpoint has this address and secret, whatever an earlier run left."""
    found = world.store.all("webhook_endpoint")
    if found:
        found[0]["url"] = url
        found[0]["_secrets"] = [secret] if secret else found[0]["_secrets"]
    else:
        register(world, url, ["*"], secret=secret)


def run(server: Server, keeper: Keeper | None) -> None:
    """Serve, deliver and look at the clock until a signal comes."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *unused: stop.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.control.courier.start()
    if keeper:
        keeper.start()
    sys.stdout.write(f"Stripe sandbox at {server.control.world.base_url}\n")
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
