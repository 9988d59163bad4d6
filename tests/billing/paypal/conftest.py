"""PayPal's double beside every test, and a guard: nobody speaks to a gateway while rows may be locked."""

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from pytest_django import Settings

from billing.gateways.base import RecurringGateway
from billing.gateways.paypal import certificates, client
from billing.services import gateways
from sandbox.paypal.testing import PayPalSandbox
from tenants.models import Tenant
from tests.billing.money import NOW
from tests.billing.paypal.shop import Shop
from tests.billing.stripe.conftest import Asked, locks_held
from tests.world import World


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    """Tokens and certificates of the double of the test before are forgotten; ports come back."""
    client.client_for.cache_clear()
    certificates.forget()
    yield
    client.client_for.cache_clear()


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[PayPalSandbox]:
    """PayPal's double at nine o'clock of the tests' day, with nothing in it."""
    with PayPalSandbox(NOW) as running:
        settings.PAYPAL_SANDBOX_URL = running.url
        yield running


@pytest.fixture
def gateway(sandbox: PayPalSandbox, db: None) -> RecurringGateway:
    connected = gateways.connect("paypal", "plan")
    assert isinstance(connected, RecurringGateway)
    return connected


@pytest.fixture
def on_free(world: World) -> Tenant:
    """Salon Aurora, which has paid for nothing yet."""
    world.aurora.plan = world.small_plan
    world.aurora.save()
    return world.aurora


@pytest.fixture
def shop(sandbox: PayPalSandbox, gateway: RecurringGateway) -> Shop:
    return Shop(sandbox, gateway)


@pytest.fixture(autouse=True)
def spoken(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Asked]:
    """Everything that is asked of gateways; the test fails where that was in a transaction."""
    if "db" in request.fixturenames:
        request.getfixturevalue("db")
    base = {threading.get_ident(): locks_held()}
    asked = Asked()
    real = requests.Session.request

    def watched(self: Any, method: str, url: str, *rest: Any, **more: Any) -> Any:
        asked.append(f"{method.upper()} {urlsplit(url).path}")
        if locks_held() > base.get(threading.get_ident(), 0):
            asked.wrong.append(asked[-1])
        return real(self, method, url, *rest, **more)

    monkeypatch.setattr(requests.Session, "request", watched)
    yield asked
    assert not asked.wrong, f"Asked in a transaction: {asked.wrong}"
