"""The first page of the panel: the first day, and later."""

from collections.abc import Callable

import pytest
from django.test import Client

from plans.models import Plan
from tenants.models import Tenant, User
from tests.booking.pages import allow, fill, queries_for, switch, words

Clients = Callable[..., Client]


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def steps(client: Client) -> dict[str, bool]:
    return {str(step.label): step.done for step in client.get("/panel/").context["steps"]}


def test_first_day_shows_what_is_to_do(owner: Client) -> None:
    assert steps(owner) == {
        "Create your account": True,
        "Add your first service": False,
        "Add your staff": False,
        "Share your page": False,
    }
    page = words(owner.get("/panel/"))
    assert "Welcome, Ana" in page
    assert "1 of 4 done" in page
    assert page.count('class="btn btn-primary"') == 1


def test_steps_follow_the_real_counts(owner: Client, aurora: Tenant) -> None:
    fill(aurora, "services", 1)
    assert steps(owner)["Add your first service"]
    assert not steps(owner)["Add your staff"]
    fill(aurora, "staff", 1)
    assert steps(owner) == {}


def test_row_that_is_switched_off_is_no_step_done(owner: Client, aurora: Tenant) -> None:
    fill(aurora, "services", 1, is_active=False)
    assert not steps(owner)["Add your first service"]


def test_only_what_the_plan_has_is_asked_for(owner: Client, plan: Plan) -> None:
    switch(plan, "staff.add", "booking_page", on=False)
    assert list(steps(owner)) == ["Create your account", "Add your first service"]
    allow(plan, services=0)
    assert steps(owner) == {}


def test_later_it_shows_usage_and_the_address_of_the_page(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, staff=5)
    fill(aurora, "services", 3)
    fill(aurora, "staff", 4)
    page = words(owner.get("/panel/"))
    assert "Hello, Ana" in page
    assert "<b>4 / 5</b>" in page
    assert "1 left" in page
    assert "<b>3 / Unlimited</b>" in page
    assert f'data-copy="{aurora.url()}"' in page


def test_nothing_is_offered_that_has_no_room(owner: Client, aurora: Tenant, plan: Plan) -> None:
    allow(plan, staff=1)
    fill(aurora, "services", 1)
    fill(aurora, "staff", 1)
    page = words(owner.get("/panel/"))
    assert "/panel/services/add/" in page
    assert "/panel/staff/add/" not in page


def test_without_a_public_page_no_address_is_shown(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    fill(aurora, "services", 1)
    fill(aurora, "staff", 1)
    switch(plan, "booking_page", on=False)
    assert aurora.url() not in words(owner.get("/panel/"))


@pytest.mark.parametrize("count", [0, 1])
def test_staff_role_is_offered_nothing_to_change(
    count: int, client_for: Clients, bruno: User, aurora: Tenant
) -> None:
    fill(aurora, "services", count)
    fill(aurora, "staff", count)
    page = words(client_for(bruno, aurora).get("/panel/"))
    assert "Hello, Bruno" in page
    assert "/add/" not in page
    assert "/panel/billing/" not in page


@pytest.mark.parametrize("count", [0, 1, 30])
def test_home_takes_six_queries(count: int, owner: Client, aurora: Tenant) -> None:
    fill(aurora, "services", count)
    fill(aurora, "staff", count)
    assert queries_for(owner, "/panel/") == 6
