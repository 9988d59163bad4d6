"""Each company one after the other: what is asked of one is asked of all."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from billing.services import gateways
from tenants.models import Tenant
from tests.billing.gateways.conftest import TILLS
from tests.booking.deposits.desk import Desk, open_desk
from tests.booking.panel.page import open_shop


def desk_of(key: str, tenant: Tenant, settings: Settings) -> Iterator[Desk]:
    """A salon with an account at that company, and nobody else's money there."""
    make, double, setting = TILLS[key]
    with double(timezone.now()) as running:
        setattr(settings, setting, running.url)
        till = make(running, gateways.connect(key, "funds"))  # type: ignore[arg-type]
        yield open_desk(open_shop(tenant), till)


@pytest.fixture(params=sorted(TILLS))
def desk(request: pytest.FixtureRequest, settings: Settings, aurora: Tenant) -> Iterator[Desk]:
    yield from desk_of(request.param, aurora, settings)


@pytest.fixture
def card_desk(settings: Settings, aurora: Tenant) -> Iterator[Desk]:
    """The same with Stripe alone, for what is no matter of the company."""
    yield from desk_of("stripe", aurora, settings)


@pytest.fixture
def customer(client_for: Callable[..., Client], aurora: Tenant) -> Client:
    return client_for(None, aurora)


@pytest.fixture
def owner(client_for: Callable[..., Client], ana: object, aurora: Tenant) -> Client:
    return client_for(ana, aurora)
