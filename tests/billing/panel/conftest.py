"""Ana at her Billing page, with plans to choose from and Stripe's double behind it."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from billing.services import plan_sync
from plans.models import Plan
from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.panel.scene import put_on
from tests.world import World


@pytest.fixture
def owner(client_for: Callable[..., Client], ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


@pytest.fixture
def on_free(world: World) -> Tenant:
    put_on(world.aurora, world.small_plan)
    return world.aurora


@pytest.fixture
def solo(small_plan: Plan) -> Plan:
    """Smaller than Team."""
    return Plan.objects.create(
        name="Solo",
        order_number=15,
        monthly_price=900,
        annual_price=9000,
        capabilities=dict(small_plan.capabilities),
        limits=small_plan.limits | {"staff": 1},
    )


@pytest.fixture
def bigger(plan: Plan) -> Plan:
    return Plan.objects.create(
        name="Team+",
        order_number=30,
        monthly_price=5900,
        annual_price=59000,
        capabilities=dict(plan.capabilities),
        limits=dict(plan.limits),
    )


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[StripeSandbox]:
    """Stripe's double, at the time that the pages have."""
    with StripeSandbox(clock.now().replace(microsecond=0)) as running:
        settings.STRIPE_SANDBOX_URL = running.url
        yield running


@pytest.fixture
def sell(sandbox: StripeSandbox, db: None) -> Callable[..., None]:
    """`sell(plan, …)`: Stripe knows them."""

    def send(*plans: Plan) -> None:
        for plan in plans:
            plan_sync.sync(plan.pk, clock.now())

    return send
