"""The super admin at the platform's host."""

from collections.abc import Callable

import pytest
from django.test import Client

from tenants.models import User


@pytest.fixture
def desk(client_for: Callable[..., Client], olivia: User) -> Client:
    """Olivia, logged in where the console is."""
    return client_for(olivia)
