from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from plans.registry import registry
from tenants.models import Tenant, User
from tests.workflows.editor.scene import EVENTS

Clients = Callable[..., Client]


@pytest.fixture(autouse=True)
def _events() -> Iterator[None]:
    with registry.temporarily(*EVENTS):
        yield


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


@pytest.fixture
def admin(client_for: Clients, olivia: User) -> Client:
    return client_for(olivia)
