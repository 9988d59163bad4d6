from collections.abc import Callable

import pytest
from django.test import Client

from plans.models import Plan
from tenants.models import Tenant
from tests.booking.pages import switch
from tests.booking.panel.page import Shop, open_shop


@pytest.fixture
def shop(aurora: Tenant, plan: Plan) -> Shop:
    return open_shop(aurora)


@pytest.fixture
def customer(client_for: Callable[..., Client], aurora: Tenant) -> Client:
    """Somebody's browser on the salon's host."""
    return client_for(None, aurora)


@pytest.fixture
def switched(plan: Plan) -> Callable[..., None]:
    def switch_plan(*keys: str, on: bool) -> None:
        switch(plan, *keys, on=on)

    return switch_plan
