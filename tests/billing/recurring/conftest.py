"""The gateways that renew by themselves, each with its double: what holds of one holds of the other."""

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from pytest_django import Settings

from billing.gateways.paypal import certificates, client
from billing.models import Subscription
from billing.services import gateways
from billing.services.inbox import hearing
from plans.models import Plan
from sandbox.paypal.testing import PayPalSandbox
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.billing.paypal.shop import Shop as PayPalShop
from tests.billing.recurring.street import Shop, Street
from tests.billing.stripe.conftest import Asked, locks_held
from tests.billing.stripe.shop import Shop as StripeShop
from tests.world import World


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    """Tokens, certificates and secrets of the doubles of the test before are forgotten; ports come back."""
    client.client_for.cache_clear()
    certificates.forget()
    hearing.forget()
    yield
    client.client_for.cache_clear()
    hearing.forget()


@pytest.fixture
def street(settings: Settings, db: None) -> Iterator[Street]:
    with StripeSandbox(NOW) as stripe, PayPalSandbox(NOW) as paypal:
        settings.STRIPE_SANDBOX_URL, settings.PAYPAL_SANDBOX_URL = stripe.url, paypal.url
        made: list[Any] = [gateways.connect(key, "plan") for key in ("stripe", "paypal")]
        yield Street({"stripe": StripeShop(stripe, made[0]), "paypal": PayPalShop(paypal, made[1])})


@pytest.fixture(params=["stripe", "paypal"])
def shop(street: Street, request: pytest.FixtureRequest) -> Shop:
    return street.shops[request.param]


@pytest.fixture
def on_free(world: World) -> Tenant:
    """Salon Aurora, which has paid for nothing yet."""
    world.aurora.plan = world.small_plan
    world.aurora.save()
    return world.aurora


@pytest.fixture
def bigger(db: None) -> Plan:
    return Plan.objects.create(name="Team+", monthly_price=5900, annual_price=59000)


@pytest.fixture
def running(shop: Shop, on_free: Tenant, plan: Plan, bigger: Plan, ana: User) -> Subscription:
    shop.send(plan, bigger)
    return shop.buy(on_free, plan, ana, due=2900)


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
