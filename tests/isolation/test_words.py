"""A tenant whose plan has run out sees what it can use, and never a word that says so."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Staff
from plans.models import PlatformSettings
from tenants.models import Tenant, TenantState
from tenants.scope import tenant_scope
from tests.isolation.expectations import TENANT
from tests.isolation.test_matrix import Rows, path_of, rows
from tests.world import World, make_plan

__all__ = ["rows"]

FOR_OWNERS = [name for name, answers in TENANT.items() if answers.split()[-1] == "200"]
"""Every page of a tenant's host that its owner may open."""


def run(world: World, days: int) -> None:
    """Salon Aurora is on a trial that ends in so many days."""
    PlatformSettings.objects.update(trial_plan=world.plan)
    Tenant.objects.filter(pk=world.aurora.pk).update(
        expires_at=timezone.now() + timedelta(days=days)
    )


def land_on_the_expired_plan(world: World) -> None:
    """It is on a plan with the worst of all names, with too many rows for it."""
    plan = make_plan(
        "Expired",
        capabilities=world.plan.capabilities,
        limits=dict.fromkeys(world.plan.limits, 0),
        is_hidden=True,
    )
    PlatformSettings.objects.update(expired_plan=plan)
    Tenant.objects.filter(pk=world.aurora.pk).update(
        plan=plan, expires_at=timezone.now() - timedelta(days=1)
    )
    with tenant_scope(world.aurora):
        Staff.objects.update(paused_at=timezone.now())


STANDINGS: dict[str, tuple[Callable[[World], None], TenantState]] = {
    "a plan": (lambda world: None, TenantState.SUBSCRIBED),
    "a trial": (lambda world: run(world, 9), TenantState.TRIAL),
    "a trial that is over": (lambda world: run(world, -1), TenantState.EXPIRED),
    "the Expired plan": (land_on_the_expired_plan, TenantState.EXPIRED),
}


@pytest.mark.req(55)
@pytest.mark.parametrize("standing", STANDINGS)
def test_no_page_of_a_tenant_says_expired(
    standing: str, world: World, rows: Rows, client_for: Callable[..., Client]
) -> None:
    arrange, state = STANDINGS[standing]
    arrange(world)
    aurora = Tenant.objects.get(pk=world.aurora.pk)
    assert aurora.state(timezone.now()) is state  # what the console says of it
    owner, visitor = client_for(world.ana, aurora), client_for(None, aurora)
    seen = 0
    for name in FOR_OWNERS:
        path = path_of(name, world, rows)
        for client in (owner, visitor):
            for headers in ({}, {"hx-request": "true"}):
                response = client.get(path, headers=headers)
                said = response.getvalue().decode(errors="replace")  # an invoice may be a PDF
                assert "expired" not in said.lower(), path
                seen += response.status_code == 200
    assert seen > len(FOR_OWNERS)


@pytest.mark.req(55)
def test_refusals_on_the_expired_plan_do_not_say_so(
    world: World, rows: Rows, client_for: Callable[..., Client]
) -> None:
    land_on_the_expired_plan(world)
    owner = client_for(world.ana, world.aurora)
    for address in ("/panel/staff/add/", "/panel/services/add/", "/panel/locations/add/"):
        response = owner.post(address, {"name": "One more", "minutes": "30", "price": "1"})
        assert response.status_code == 409
        assert "expired" not in response.content.decode().lower()


@pytest.mark.req(123)
def test_tighter_plan_is_announced_as_a_pause(
    world: World, rows: Rows, client_for: Callable[..., Client]
) -> None:
    """Wherever it is said: on the plan cards' page, in the question, on the rows' own list."""
    world.small_plan.limits |= {"staff": 0}
    world.small_plan.save()
    owner = client_for(world.ana, world.aurora)
    question = path_of("billing:choose", world, rows)
    assert "pauses what does not fit; it never deletes anything" in page(owner, "/panel/billing/")
    assert "will be paused, not deleted" in page(owner, question)
    owner.post(question, {"token": "t" * 22})
    assert "paused by your plan" in page(owner, "/panel/billing/current-plan/")
    assert "Paused by plan" in page(owner, "/panel/staff/")


def page(client: Client, path: str) -> str:
    return client.get(path).content.decode()
