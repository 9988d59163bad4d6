"""`python -m sandbox.stripe`: the double of Stripe for the demo."""

import argparse
import os
import sys

from sandbox import running
from sandbox.stripe.clocks import FileClock
from sandbox.stripe.control import Control
from sandbox.stripe.endpoints import register
from sandbox.stripe.faults import Plan
from sandbox.stripe.http import Server
from sandbox.stripe.webhooks import Courier
from sandbox.stripe.world import Settings, World

COMPANY = "Stripe"
LIVE = ("sk_live_", "rk_live_")


def objection(environment: dict[str, str]) -> str | None:
    """Why the sandbox must not run here; None when it may."""
    return running.objection(COMPANY, environment, LIVE)


def arguments() -> argparse.Namespace:
    parser = running.parser("stripe", __doc__, 4242)
    parser.add_argument("--webhook", help="where events are sent")
    parser.add_argument("--webhook-secret", default="", help="signs them; made up when absent")
    parser.add_argument("--country", default="US")
    parser.add_argument("--currency", default="usd")
    return parser.parse_args()


def build(options: argparse.Namespace) -> running.Built:
    settings = Settings(
        country=options.country, currency=options.currency, business=options.business
    )
    world = World(FileClock(options.clock), settings=settings)
    keeper = running.keeper_of(world, options.state)
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


if __name__ == "__main__":
    given = arguments()
    sys.exit(running.main(COMPANY, objection(dict(os.environ)), lambda: build(given)))
