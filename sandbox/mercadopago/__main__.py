"""`python -m sandbox.mercadopago`: the double of Mercado Pago for the demo."""

import argparse
import os
import sys

from sandbox import running
from sandbox.mercadopago.control import Control
from sandbox.mercadopago.courier import Courier
from sandbox.mercadopago.http import Server
from sandbox.mercadopago.world import Settings, World, register
from sandbox.stripe.clocks import FileClock
from sandbox.stripe.faults import Plan

COMPANY = "Mercado Pago"
LIVE = ("APP_USR-",)


def objection(environment: dict[str, str]) -> str | None:
    """Why the sandbox must not run here; None when it may."""
    return running.objection(COMPANY, environment, LIVE, "token")


def arguments() -> argparse.Namespace:
    parser = running.parser("mercadopago", __doc__, 4243)
    parser.add_argument("--webhook", required=True, help="where notifications are sent")
    parser.add_argument("--webhook-secret", required=True, help="signs them")
    return parser.parse_args()


def build(options: argparse.Namespace) -> running.Built:
    world = World(FileClock(options.clock), settings=Settings(business=options.business))
    keeper = running.keeper_of(world, options.state)
    register(world, options.webhook, options.webhook_secret)  # whatever an earlier run left
    plan = Plan()
    server = Server(options.port, Control(world, plan, Courier(world, plan)))
    world.base_url = options.url or f"http://localhost:{server.port}"
    return server, keeper


if __name__ == "__main__":
    given = arguments()
    sys.exit(running.main(COMPANY, objection(dict(os.environ)), lambda: build(given)))
