"""Stripe's double beside every test, and a guard: nobody speaks to a gateway while rows may be locked."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import stripe
from django.db import connection
from pytest_django import Settings

from billing.gateways.base import RecurringGateway
from billing.services import gateways
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant
from tests.billing.money import NOW
from tests.billing.stripe.shop import Shop
from tests.world import World


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[StripeSandbox]:
    """Stripe's double at nine o'clock of the tests' day, with a secret of its own and nothing in it."""
    with StripeSandbox(NOW) as running:
        settings.STRIPE_SANDBOX_URL = running.url
        yield running


@pytest.fixture
def gateway(sandbox: StripeSandbox, db: None) -> RecurringGateway:
    connected = gateways.connect("stripe", "plan")
    assert isinstance(connected, RecurringGateway)
    return connected


@pytest.fixture
def on_free(world: World) -> Tenant:
    """Salon Aurora, which has paid for nothing yet."""
    world.aurora.plan = world.small_plan
    world.aurora.save()
    return world.aurora


@pytest.fixture
def shop(sandbox: StripeSandbox, gateway: RecurringGateway) -> Shop:
    return Shop(sandbox, gateway)


def locks_held() -> int:
    """How many transactions this thread is in; what the test itself is wrapped in counts, too."""
    return len(connection.savepoint_ids) + connection.in_atomic_block


class Asked(list[str]):
    """What was asked of Stripe; `wrong` is what of it was asked in a transaction."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []


@pytest.fixture(autouse=True)
def spoken(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Asked]:
    """Everything that is asked of Stripe; the test fails where that was in a transaction."""
    if "db" in request.fixturenames:
        request.getfixturevalue("db")
    base = {threading.get_ident(): locks_held()}
    asked = Asked()
    real = stripe.RequestsClient.request

    def watched(self: Any, method: str, url: str, *rest: Any, **more: Any) -> Any:
        asked.append(f"{method.upper()} {url.partition('?')[0].partition('/v1/')[2]}")
        if locks_held() > base.get(threading.get_ident(), 0):
            asked.wrong.append(asked[-1])
        return real(self, method, url, *rest, **more)

    monkeypatch.setattr(stripe.RequestsClient, "request", watched)
    yield asked
    assert not asked.wrong, f"Asked in a transaction: {asked.wrong}"
