from collections.abc import Callable

import pytest
from django.test import Client

from tenants.models import User


@pytest.fixture
def desk(client_for: Callable[..., Client], olivia: User) -> Client:
    """The super admin at the console."""
    return client_for(olivia)
