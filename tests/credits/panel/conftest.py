"""Ana at her Billing page on 25 November, with 200 SMS a month since the first of it, and packs to buy."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from credits.models import CreditPack
from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.money import begin_before_now
from tests.credits.panel.scene import begin_month, sell


@pytest.fixture(autouse=True)
def _before_now(monkeypatch: pytest.MonkeyPatch) -> None:
    begin_before_now(monkeypatch)


@pytest.fixture
def salon(aurora: Tenant) -> Tenant:
    return begin_month(aurora, sms_per_month=200)


@pytest.fixture
def owner(client_for: Callable[..., Client], ana: User, salon: Tenant) -> Client:
    return client_for(ana, salon)


@pytest.fixture
def packs(db: None) -> list[CreditPack]:
    """By price: 4, 3.8 and 3.5 cents each."""
    return [sell("250 SMS", 1000, 250), sell("500 SMS", 1900, 500), sell("1,000 SMS", 3500, 1000)]


@pytest.fixture
def stripe(settings: Settings) -> Iterator[StripeSandbox]:
    """Stripe's double, at the time that the pages have."""
    with StripeSandbox(clock.now().replace(microsecond=0)) as running:
        settings.STRIPE_SANDBOX_URL = running.url
        yield running
