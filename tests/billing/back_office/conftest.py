"""Stripe's double, Olivia at the desk, and a tenant that pays for nothing yet."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.back_office.shop import Till
from tests.billing.money import NOW
from tests.world import World


@pytest.fixture
def till(settings: object) -> Iterator[Till]:
    """Running, and known to the product."""
    with StripeSandbox(now=NOW) as running:
        settings.STRIPE_SANDBOX_URL = running.url  # type: ignore[attr-defined]
        yield Till(running)


@pytest.fixture
def free(world: World) -> Tenant:
    """Salon Aurora, on the free plan."""
    Tenant.objects.filter(pk=world.aurora.pk).update(plan=world.small_plan)
    world.aurora.refresh_from_db()
    return world.aurora


@pytest.fixture
def desk(client_for: Callable[..., Client], olivia: User) -> Client:
    """Olivia, logged in where the console is."""
    return client_for(olivia)


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and commands take NOW for the present: the double's clock stands there, too."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
