"""Olivia at the console's pages about credits."""

from collections.abc import Callable

import pytest
from django.test import Client

from saas.core import clock
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.world import World


@pytest.fixture
def desk(client_for: Callable[..., Client], olivia: User) -> Client:
    return client_for(olivia)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def limited(world: World) -> Tenant:
    """Salon Aurora on a plan with five of everything per month."""
    Tenant.objects.filter(pk=world.aurora.pk).update(plan=world.small_plan)
    return Tenant.objects.select_related("plan").get(pk=world.aurora.pk)
