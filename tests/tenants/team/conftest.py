"""Ana, the owner, in her panel; and limits that no earlier test has used up."""

import pytest
from django.test import Client
from pytest_django import Settings

from saas.core import throttling
from tenants.models import Tenant, User
from tests.tenants.doors import forget_limits
from tests.tenants.team.guests import ClientFor
from tests.world import World


@pytest.fixture(autouse=True)
def _no_limits_left_over(settings: Settings, world: World) -> None:
    forget_limits(settings)
    for tenant in (world.aurora, world.borealis):
        who = ("team_invitations", f"tenant:{tenant.pk}")
        throttling._limiter(settings.REDIS_URL).clear(throttling._rate("30/hour"), *who)


@pytest.fixture
def owner(client_for: ClientFor, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)
