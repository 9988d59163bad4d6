"""Each gateway that has a page of its own, one after the other: what is asked of one is asked of all."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from billing.gateways.base import HostedGateway
from billing.services import gateways
from billing.services.inbox import hearing
from sandbox.mercadopago.testing import MercadoPagoSandbox
from sandbox.paypal.testing import PayPalSandbox
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant
from tests.billing.mercadopago.shop import Shop as MercadoPagoShop
from tests.billing.money import NOW
from tests.billing.paypal.shop import Shop as PayPalShop
from tests.billing.stripe.shop import Shop as StripeShop
from tests.billing.till import Till
from tests.world import World

TILLS = {
    "stripe": (StripeShop, StripeSandbox, "STRIPE_SANDBOX_URL"),
    "paypal": (PayPalShop, PayPalSandbox, "PAYPAL_SANDBOX_URL"),
    "mercadopago": (MercadoPagoShop, MercadoPagoSandbox, "MERCADOPAGO_SANDBOX_URL"),
}


@pytest.fixture(params=sorted(TILLS))
def till(request: pytest.FixtureRequest, settings: Settings, db: None) -> Iterator[Till]:
    make, double, setting = TILLS[request.param]
    hearing.forget()
    with double(NOW) as running:
        setattr(settings, setting, running.url)
        gateway = gateways.connect(request.param, "funds")
        assert isinstance(gateway, HostedGateway)
        yield make(running, gateway)
    hearing.forget()


@pytest.fixture
def on_free(world: World) -> Tenant:
    """Salon Aurora, which has paid for nothing yet."""
    world.aurora.plan = world.small_plan
    world.aurora.save()
    return world.aurora
