"""Ana at her business's Billing pages; and a card to pay with."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.money import NOW


@pytest.fixture
def owner(client_for: Callable[..., Client], ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


@pytest.fixture
def stripe(settings: Settings) -> Iterator[StripeSandbox]:
    """The double, connected: funds can be added by card."""
    with StripeSandbox(NOW) as running:
        settings.STRIPE_SANDBOX_URL = running.url
        yield running
