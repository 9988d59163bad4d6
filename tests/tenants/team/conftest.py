"""Ana, the owner, in her panel; and limits that no earlier test has used up."""

import pytest
from django.test import Client
from pytest_django import Settings

from saas.core import throttling
from tenants.models import Tenant, User
from tests.tenants.doors import forget_limits
from tests.tenants.team.guests import ClientFor


@pytest.fixture(autouse=True)
def _no_limits_left_over(settings: Settings) -> None:
    forget_limits(settings)


@pytest.fixture
def owner(client_for: ClientFor, ana: User, aurora: Tenant, settings: Settings) -> Client:
    limiter, rate = throttling._limiter(settings.REDIS_URL), throttling._rate("30/hour")
    limiter.clear(rate, "team_invitations", f"tenant:{aurora.pk}")
    return client_for(ana, aurora)
