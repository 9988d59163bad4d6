"""`python -m sandbox.paypal`: the double of PayPal for the demo."""

import argparse
import os
import sys

from sandbox import running
from sandbox.paypal.control import PayPalControl
from sandbox.paypal.http import Server
from sandbox.paypal.webhooks import PayPalCourier
from sandbox.paypal.world import PayPalWorld, register
from sandbox.stripe.clocks import FileClock
from sandbox.stripe.faults import Plan
from sandbox.stripe.world import Settings

COMPANY = "PayPal"


def objection(environment: dict[str, str]) -> str | None:
    """Why the sandbox must not run here; None when it may. PayPal's keys do not say whether they are live ones."""
    return running.objection(COMPANY, environment)


def arguments() -> argparse.Namespace:
    parser = running.parser("paypal", __doc__, 4343)
    parser.add_argument("--webhook", help="where events are sent")
    parser.add_argument("--webhook-id", default="whsec_sandbox", help="part of what is signed")
    return parser.parse_args()


def build(options: argparse.Namespace) -> running.Built:
    world = PayPalWorld(FileClock(options.clock), settings=Settings(business=options.business))
    keeper = running.keeper_of(world, options.state)
    if options.webhook:
        # Whatever an earlier run left: what waits goes to the same id at the new address.
        world.store.objects["webhook_endpoint"] = {}
        register(world, options.webhook, options.webhook_id)
    plan = Plan()
    server = Server(options.port, PayPalControl(world, plan, PayPalCourier(world, plan)))
    world.base_url = options.url or f"http://localhost:{server.port}"
    return server, keeper


if __name__ == "__main__":
    given = arguments()
    sys.exit(running.main(COMPANY, objection(dict(os.environ)), lambda: build(given)))
