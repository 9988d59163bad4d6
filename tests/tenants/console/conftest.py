"""The super admin at the platform's host, and as many tenants as a test wants."""

import itertools
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from plans.models import Plan
from tenants.models import Membership, Role, Tenant, User

_numbers = itertools.count(1)


@pytest.fixture
def desk(client_for: Callable[..., Client], olivia: User) -> Client:
    """Olivia, logged in where the console is."""
    return client_for(olivia)


@pytest.fixture
def crowd(small_plan: Plan, carla: User) -> Callable[..., list[Tenant]]:
    """`crowd(30)`: so many tenants on the small plan, without schemas, owned by Carla."""

    def make(count: int, plan: Plan = small_plan) -> list[Tenant]:
        numbers = [next(_numbers) for _ in range(count)]
        tenants = Tenant.objects.bulk_create(
            Tenant(name=f"Crowd {n}", slug=f"crowd-{n}", plan=plan, created_at=timezone.now())
            for n in numbers
        )
        Membership.objects.bulk_create(
            Membership(tenant=tenant, user=carla, role=Role.OWNER) for tenant in tenants
        )
        return tenants

    return make
