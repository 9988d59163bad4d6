"""Mercado Pago's double beside every test, and two guards: of what is asked in a transaction, and how it is asked."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from billing.gateways.mercadopago import MercadoPagoGateway
from billing.gateways.mercadopago.client import Transport
from billing.services import gateways
from billing.services.inbox import hearing
from sandbox.mercadopago.testing import MercadoPagoSandbox
from tenants.models import Tenant
from tests.billing.mercadopago.shop import Shop
from tests.billing.money import NOW
from tests.billing.stripe.conftest import Asked, locks_held
from tests.world import World


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[MercadoPagoSandbox]:
    """At nine o'clock of the tests' day; what it was asked is as the published specification has it."""
    hearing.forget()
    with MercadoPagoSandbox(NOW) as running:
        settings.MERCADOPAGO_SANDBOX_URL = running.url
        yield running
    hearing.forget()
    assert running.world.complaints == []


@pytest.fixture
def gateway(sandbox: MercadoPagoSandbox, db: None) -> MercadoPagoGateway:
    connected = gateways.connect("mercadopago", "funds")
    assert isinstance(connected, MercadoPagoGateway)
    return connected


@pytest.fixture
def on_free(world: World) -> Tenant:
    """Salon Aurora, which has paid for nothing yet."""
    world.aurora.plan = world.small_plan
    world.aurora.save()
    return world.aurora


@pytest.fixture
def shop(sandbox: MercadoPagoSandbox, gateway: MercadoPagoGateway) -> Shop:
    return Shop(sandbox, gateway)


@pytest.fixture(autouse=True)
def spoken(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Asked]:
    """Everything that is asked of Mercado Pago; the test fails where that was in a transaction."""
    if "db" in request.fixturenames:
        request.getfixturevalue("db")
    base = {threading.get_ident(): locks_held()}
    asked = Asked()
    real = Transport.request

    def watched(self: Any, method: str, url: str, *rest: Any, **more: Any) -> Any:
        asked.append(f"{method} {url.removeprefix('https://api.mercadopago.com/')}")
        if locks_held() > base.get(threading.get_ident(), 0):
            asked.wrong.append(asked[-1])
        return real(self, method, url, *rest, **more)

    monkeypatch.setattr(Transport, "request", watched)
    yield asked
    assert not asked.wrong, f"Asked in a transaction: {asked.wrong}"
