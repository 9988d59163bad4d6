"""Ana, the owner, in her panel; and limits that no earlier test has used up."""

import pytest
from django.test import Client
from pytest_django import Settings

from tenants.models import Tenant, User
from tests.tenants.doors import forget_limits
from tests.tenants.team.guests import ClientFor


@pytest.fixture(autouse=True)
def _no_limits_left_over(settings: Settings) -> None:
    forget_limits(settings)


@pytest.fixture
def owner(client_for: ClientFor, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)
