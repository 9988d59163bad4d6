"""Stripe's double, and an inbox that has no memory of the test before."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings as project
from django.core import (
    cache as caches,  # not the cache itself: pytest would look into it, too early
)
from django.test import Client

from billing.gateways.catalogue import KINDS
from billing.services.inbox import hearing, refusals
from saas.core import clock
from sandbox.mercadopago.testing import MercadoPagoSandbox
from sandbox.stripe.testing import StripeSandbox
from tenants.models import User
from tests.billing.inbox.shop import Post
from tests.billing.money import NOW
from tests.conftest import make_client


@pytest.fixture(autouse=True)
def _nothing_remembered(django_db_setup: None) -> Iterator[None]:
    """Secrets that are kept for a few seconds, and what was refused: the cache outlives a test."""
    hearing.forget()
    hours = [clock.true_now() - timedelta(hours=back) for back in range(refusals.HOURS + 2)]
    keys = [
        refusals._key(gateway, reason, at)
        for gateway in KINDS
        for reason in refusals.REASONS
        for at in hours
    ]
    caches.cache.delete_many(keys)
    yield
    hearing.forget()


@pytest.fixture
def sandbox(settings: object) -> Iterator[StripeSandbox]:
    """Running, and known to the product."""
    with StripeSandbox(now=NOW) as running:
        settings.STRIPE_SANDBOX_URL = running.url  # type: ignore[attr-defined]
        yield running


@pytest.fixture
def mercadopago(settings: object) -> Iterator[MercadoPagoSandbox]:
    """The same of Mercado Pago."""
    with MercadoPagoSandbox(now=NOW) as running:
        settings.MERCADOPAGO_SANDBOX_URL = running.url  # type: ignore[attr-defined]
        yield running


@pytest.fixture
def post() -> Post:
    """What delivers to our endpoint, from an address of its own."""
    return Post(make_client(project.PLATFORM_HOST))


@pytest.fixture
def desk(client_for: Callable[..., Client], olivia: User) -> Client:
    """Olivia, logged in where the console is."""
    return client_for(olivia)
