"""Moving to a plan with less room: who is paused, by name, and who stays instead."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpResponse
from django.test import Client

from billing.services.plan_choice import choose_plan
from booking.models import Customer, Staff
from plans.models import Plan
from saas.core import clock
from saas.core.errors import Conflict
from tenants.models import KeptRows, PlanChange, Tenant, User
from tenants.scope import tenant_scope
from tenants.services.keep_lists import keep_rows
from tenants.services.overrides import set_override
from tests.booking.pages import allow, fill, put_on, queries_for, rows_of, switch, words

TOKEN = "t" * 22
NAMES = ["Ana", "Bruno", "Carla", "Inês Duarte", "Rui Amaral"]
LONG_AGO = datetime(2023, 2, 1, 12, tzinfo=ZoneInfo("UTC"))


@pytest.fixture
def owner(client_for: Callable[..., Client], ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


@pytest.fixture
def team(aurora: Tenant, small_plan: Plan) -> list[int]:
    """Five people, hired a month after another; the smaller plan has room for three."""
    allow(small_plan, staff=3)
    with tenant_scope(aurora):
        return [
            Staff.objects.create(name=name, created_at=LONG_AGO + timedelta(days=31 * number)).pk
            for number, name in enumerate(NAMES)
        ]


def url(plan: Plan) -> str:
    return f"/panel/billing/choose/{plan.pk}/"


def choose(owner: Client, plan: Plan, **fields: object) -> HttpResponse:
    return owner.post(url(plan), {"token": TOKEN} | fields)


def active(tenant: Tenant) -> list[str]:
    return [row.name for row in rows_of(tenant, "staff") if row.in_use]


def plan_of(tenant: Tenant) -> str:
    return Tenant.objects.get(pk=tenant.pk).plan.name


def ticked(response: HttpResponse) -> list[int]:
    """The keys of the boxes that are ticked."""
    return [row.pk for tight in response.context["tight"] for row in tight.rows if row.stays]


@pytest.mark.req(70, 72, 123)
def test_question_names_who_is_paused_and_who_stays(
    owner: Client, aurora: Tenant, small_plan: Plan, team: list[int]
) -> None:
    response = owner.get(url(small_plan))
    said = words(response)
    for sentence in (
        "It takes effect at once. What does not fit is paused, not deleted.",
        "2 staff will be paused, not deleted:</b>",
        "Inês Duarte, Rui Amaral. They come back, with all their data, when you move up again.",
        "Which 3 of your 5 staff stay active?",
        "Ana<small>Since February 2023</small>",
        "Staff: 3 instead of unlimited.",
        "Stay on Team",
    ):
        assert sentence in said
    assert ticked(response) == team[:3]
    assert said.count('type="checkbox"') == 5
    assert "adding is blocked" not in said
    assert active(aurora) == NAMES


@pytest.mark.req(70, 71, 72)
def test_without_a_choice_the_oldest_stay_and_nothing_is_deleted(
    owner: Client, aurora: Tenant, small_plan: Plan, team: list[int]
) -> None:
    assert choose(owner, small_plan).status_code == 302
    assert active(aurora) == NAMES[:3]
    assert [row.pk for row in rows_of(aurora, "staff")] == team
    assert owner.get("/panel/staff/").status_code == 200


@pytest.mark.req(73)
def test_ten_staff_moved_to_three_keep_the_oldest_three(
    owner: Client, aurora: Tenant, small_plan: Plan
) -> None:
    allow(small_plan, staff=3)
    for number in range(10):
        fill(aurora, "staff", 1, name=f"P{number}", created_at=LONG_AGO + timedelta(days=number))
    assert "7 staff will be paused, not deleted:" in words(owner.get(url(small_plan)))
    choose(owner, small_plan)
    assert active(aurora) == ["P0", "P1", "P2"]
    assert len(rows_of(aurora, "staff")) == 10


def test_chosen_rows_stay(owner: Client, aurora: Tenant, small_plan: Plan, team: list[int]) -> None:
    keep = {"keep-staff": [team[0], team[3], team[4]]}
    assert choose(owner, small_plan, **keep).status_code == 302
    assert active(aurora) == ["Ana", "Inês Duarte", "Rui Amaral"]
    assert not KeptRows.objects.exists()


def test_where_fewer_are_chosen_the_oldest_fill_the_rest(
    owner: Client, aurora: Tenant, small_plan: Plan, team: list[int]
) -> None:
    choose(owner, small_plan, **{"keep-staff": [team[4]]})
    assert active(aurora) == ["Ana", "Bruno", "Rui Amaral"]


def test_more_than_fit_are_refused_with_one_sentence(
    owner: Client, aurora: Tenant, small_plan: Plan, team: list[int]
) -> None:
    response = choose(owner, small_plan, **{"keep-staff": team[1:]})
    said = words(response)
    assert response.status_code == 422
    assert said.count("Free has room for 3 of your staff. Choose no more than that.") == 1
    assert ticked(response) == team[1:]
    assert "2 staff will be paused, not deleted." in said
    assert (plan_of(aurora), active(aurora)) == ("Team", NAMES)
    assert not KeptRows.objects.exists()


@pytest.mark.parametrize("wrong", ["paused", "switched off", "gone", "nonsense"])
def test_row_that_is_not_in_use_cannot_stay(
    wrong: str, owner: Client, aurora: Tenant, small_plan: Plan, team: list[int]
) -> None:
    key: object = {"gone": 10**12, "nonsense": "x'); --"}.get(wrong, team[4])
    with tenant_scope(aurora):
        fill(aurora, "staff", 1)
        row = Staff.objects.filter(pk=team[4])
        if wrong == "paused":
            row.update(paused_at=clock.now())
        if wrong == "switched off":
            row.update(is_active=False)
    response = choose(owner, small_plan, **{"keep-staff": [key]})
    assert response.status_code == 422
    assert "not in use any more. Please choose once more." in words(response)
    assert plan_of(aurora) == "Team"


def test_rows_of_another_tenant_cannot_stay(
    owner: Client, borealis: Tenant, small_plan: Plan, team: list[int]
) -> None:
    with tenant_scope(borealis):
        foreign = Staff.objects.create(pk=900_001, name="Foreign")
    response = choose(owner, small_plan, **{"keep-staff": [foreign.pk]})
    assert response.status_code == 422
    assert "Foreign" not in words(response)


def test_plan_with_room_for_one_offers_one_choice(
    owner: Client, small_plan: Plan, team: list[int]
) -> None:
    allow(small_plan, staff=1)
    said = words(owner.get(url(small_plan)))
    assert "Which one of your 5 staff stays active?" in said
    assert said.count('type="radio"') == 5


def test_plan_with_room_for_none_offers_no_choice(
    owner: Client, aurora: Tenant, small_plan: Plan, team: list[int]
) -> None:
    allow(small_plan, staff=0)
    said = words(owner.get(url(small_plan)))
    assert "5 staff will be paused, not deleted:" in said
    assert "<fieldset" not in said
    choose(owner, small_plan)
    assert active(aurora) == []


def test_single_row_is_announced_in_the_singular(
    owner: Client, aurora: Tenant, small_plan: Plan
) -> None:
    fill(aurora, "services", 6)
    said = words(owner.get(url(small_plan)))
    assert "1 of your services will be paused, not deleted:" in said
    assert "Row 05. It comes back, with all its data, when you move up again." in said


def test_very_many_names_are_counted(owner: Client, aurora: Tenant, small_plan: Plan) -> None:
    fill(aurora, "staff", 40)
    said = words(owner.get(url(small_plan)))
    assert "35 staff will be paused" in said
    assert "Row 16 and 23 more. They come back" in said


def test_earlier_choice_is_ticked_already(
    owner: Client, aurora: Tenant, small_plan: Plan, team: list[int]
) -> None:
    keep_rows(aurora, "staff", [team[4]], now=clock.now())
    response = owner.get(url(small_plan))
    assert ticked(response) == [team[0], team[1], team[4]]
    assert "Carla, Inês Duarte. They come back" in words(response)


def test_override_decides_what_fits(
    owner: Client, aurora: Tenant, small_plan: Plan, team: list[int], olivia: User
) -> None:
    set_override(aurora, "staff", 4, reason="Fair", until=None, by=olivia, now=clock.now())
    with tenant_scope(aurora):
        Staff.objects.update(paused_at=None)  # on the bigger plan it had paused one already
    said = words(owner.get(url(small_plan)))
    assert "1 of your staff will be paused, not deleted:" in said
    choose(owner, small_plan)
    assert active(aurora) == NAMES[:4]


@pytest.mark.req(76)
def test_moving_up_says_who_comes_back_and_brings_them_back(
    owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan, team: list[int]
) -> None:
    choose(owner, small_plan)
    Plan.objects.filter(pk=plan.pk).update(monthly_price=0, annual_price=0)
    said = words(owner.get(url(plan)))
    assert "Staff that come back from their pause: Inês Duarte, Rui Amaral." in said
    assert "It takes effect at once. Nothing is deleted." in said
    owner.post(url(plan), {"token": "o" * 22})
    assert active(aurora) == NAMES


def test_what_is_never_paused_only_stops_growing(
    owner: Client, aurora: Tenant, small_plan: Plan
) -> None:
    with tenant_scope(aurora):
        Customer.objects.bulk_create(Customer(name=f"C{number}") for number in range(7))
    said = words(owner.get(url(small_plan)))
    assert "Customers: 5 instead of unlimited. You have 7 now: all of them stay" in said
    assert "will be paused" not in said


def test_preview_is_what_happens(
    owner: Client, aurora: Tenant, small_plan: Plan, team: list[int]
) -> None:
    fill(aurora, "services", 8)
    response = owner.get(url(small_plan))
    told = {
        tight.limit.key: {row.pk for row in tight.rows if row.stays}
        for tight in response.context["tight"]
    }
    choose(owner, small_plan)
    for module, stay in told.items():
        assert {row.pk for row in rows_of(aurora, module) if row.in_use} == stay
    assert set(told) == {"staff", "services"}


def test_modules_that_leave_pause_nothing(
    owner: Client, aurora: Tenant, small_plan: Plan, team: list[int]
) -> None:
    switch(small_plan, "staff", on=False)
    said = words(owner.get(url(small_plan)))
    assert "Leaves your menu: Staff. What is in it is kept." in said
    assert "will be paused" not in said
    choose(owner, small_plan)
    assert active(aurora) == NAMES


def test_service_refuses_what_changed_meanwhile_and_changes_nothing(
    aurora: Tenant, small_plan: Plan, team: list[int], ana: User
) -> None:
    def attempt(keep: list[int]) -> None:
        with pytest.raises(Conflict):
            choose_plan(
                aurora, small_plan.pk, token=TOKEN, by=ana, now=clock.now(), keep={"staff": keep}
            )
        assert (plan_of(aurora), active(aurora)) == ("Team", NAMES[: len(active(aurora))])
        assert not KeptRows.objects.exists()

    attempt(team[:4])
    with tenant_scope(aurora):
        Staff.objects.filter(pk=team[4]).update(is_active=False)
    attempt([team[4]])
    assert not PlanChange.objects.exists()


def test_old_token_leaves_no_choice_behind(
    owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan, team: list[int]
) -> None:
    choose(owner, small_plan)
    put_on(aurora, plan)
    with tenant_scope(aurora):
        Staff.objects.update(paused_at=None)
    assert choose(owner, small_plan, **{"keep-staff": [team[4]]}).status_code == 409
    assert not KeptRows.objects.exists()


@pytest.mark.parametrize("count", [6, 60])
def test_question_takes_as_many_queries_whatever_the_number_of_rows(
    count: int, owner: Client, aurora: Tenant, small_plan: Plan
) -> None:
    fill(aurora, "staff", count)
    assert queries_for(owner, url(small_plan)) == 11
