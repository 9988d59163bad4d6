"""A tenant picks a free plan by itself; everything else is refused in one sentence."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from billing.services.plan_choice import NotFree, NotOffered, choose_plan
from plans.models import Plan
from saas.core import clock
from saas.core.errors import Conflict
from tenants.models import PlanChange, Tenant, User
from tests.booking.pages import allow, fill, put_on, switch, words

TOKEN, OTHER_TOKEN = "t" * 22, "o" * 22


@pytest.fixture
def owner(client_for: Callable[..., Client], ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def url(plan: Plan) -> str:
    return f"/panel/billing/choose/{plan.pk}/"


def plan_of(tenant: Tenant) -> str:
    return Tenant.objects.select_related("plan").get(pk=tenant.pk).plan.name


def changes() -> list[tuple[str, str, str]]:
    return [
        (str(change.from_plan), str(change.to_plan), change.reason)
        for change in PlanChange.objects.order_by("pk")
    ]


def test_question_says_what_will_change(
    owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan
) -> None:
    fill(aurora, "staff", 2)
    switch(plan, "booking_page.remove_branding", on=False)
    switch(small_plan, "booking_page", "services.categories", on=False)
    allow(small_plan, staff=3)
    said = words(owner.get(url(small_plan)))
    for sentence in (
        "Switch to Free?",
        "It takes effect at once. Nothing is deleted.",
        "Staff: 3 instead of unlimited.",
        "Services: 5 instead of unlimited.",
        "Leaves your menu: Booking page, Online payments. What is in it is kept.",
        "No longer included: Service categories.",
    ):
        assert sentence in said
    assert "paused" not in said
    assert "Remove “Powered" not in said
    assert plan_of(aurora) == "Team"


def test_question_names_what_leaves_and_enters_the_menu(
    owner: Client, plan: Plan, small_plan: Plan
) -> None:
    switch(plan, "services", on=False)
    switch(small_plan, "staff", "services.add", on=False)
    switch(small_plan, "booking_page.remove_branding", on=False)
    said = words(owner.get(url(small_plan)))
    assert "Leaves your menu: Staff. What is in it is kept." in said
    assert "New in your menu: Services." in said
    assert "No longer included: Remove “Powered by Tenantry”." in said
    assert "Add s" not in said.split("<main")[1].split("</form>")[0]


@pytest.mark.req(63)
@pytest.mark.parametrize("hidden", [True, False])
def test_free_plan_is_chosen_and_in_force_at_once(
    hidden: bool, owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan, ana: User
) -> None:
    plan.is_hidden = hidden
    plan.save()
    fill(aurora, "staff", 5)
    question = words(owner.get(url(small_plan)))
    token = re.search(r'name="token" value="([^"]+)"', question)
    assert token
    response = owner.post(url(small_plan), {"token": token[1]}, follow=True)
    assert "You are on Free now." in words(response)
    assert 'You are on <b class="strong">Free</b>, which costs nothing.' in words(response)
    assert changes() == [("Team", "Free", PlanChange.Reason.CHOSEN)]
    assert PlanChange.objects.get().by == ana
    assert owner.post("/panel/staff/add/", {"name": "Sixth"}).status_code == 409


def test_trial_may_move_to_a_free_plan_and_is_no_trial_then(
    aurora: Tenant, small_plan: Plan, ana: User
) -> None:
    aurora.expires_at = clock.now() + timedelta(days=3)
    aurora.save()
    choose_plan(aurora, small_plan.pk, token=TOKEN, by=ana, now=clock.now())
    aurora.refresh_from_db()
    assert (aurora.plan, aurora.expires_at) == (small_plan, None)


def test_same_choice_sent_twice_moves_once(owner: Client, aurora: Tenant, small_plan: Plan) -> None:
    for _press in range(2):
        response = owner.post(url(small_plan), {"token": TOKEN}, follow=True)
        assert "You are on Free now." in words(response)
    assert changes() == [("Team", "Free", "chosen")]


def test_old_choice_sent_again_later_does_nothing(
    owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan
) -> None:
    owner.post(url(small_plan), {"token": TOKEN})
    put_on(aurora, plan)
    response = owner.post(url(small_plan), {"token": TOKEN})
    assert response.status_code == 409
    assert "nothing was changed now" in words(response)
    assert plan_of(aurora) == "Team"
    owner.post(url(small_plan), {"token": OTHER_TOKEN})
    assert plan_of(aurora) == "Free"


def test_token_of_one_tenant_is_nothing_to_another(
    aurora: Tenant, borealis: Tenant, small_plan: Plan, ana: User, carla: User
) -> None:
    choose_plan(aurora, small_plan.pk, token=TOKEN, by=ana, now=clock.now())
    choose_plan(borealis, small_plan.pk, token=TOKEN, by=carla, now=clock.now())
    assert plan_of(borealis) == "Free"


@pytest.mark.parametrize("token", ["", "short", "x" * 99, "spaces are no token at all"])
def test_without_a_proper_token_the_question_comes_again(
    token: str, owner: Client, aurora: Tenant, small_plan: Plan
) -> None:
    response = owner.post(url(small_plan), {"token": token})
    assert response.status_code == 422
    assert "Switch to Free?" in words(response)
    assert plan_of(aurora) == "Team"


def test_paid_plan_is_refused_with_one_sentence(
    owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan
) -> None:
    put_on(aurora, small_plan)
    for response in (owner.get(url(plan)), owner.post(url(plan), {"token": TOKEN})):
        assert response.status_code == 409
        assert "Team is a paid plan. Ask Tenantry for it." in words(response)
    plan.monthly_price = 0  # free by the month, not by the year
    plan.save()
    assert owner.post(url(plan), {"token": TOKEN}).status_code == 409
    assert plan_of(aurora) == "Free"
    assert changes() == []


@pytest.mark.req(14)
@pytest.mark.parametrize("gone", ["hidden", "deleted", "never"])
def test_plan_that_is_not_offered_is_refused_with_one_sentence(
    gone: str, owner: Client, aurora: Tenant, small_plan: Plan
) -> None:
    address = url(small_plan) if gone != "never" else f"/panel/billing/choose/{10**30}/"
    if gone == "hidden":
        Plan.objects.filter(pk=small_plan.pk).update(is_hidden=True)
    if gone == "deleted":
        small_plan.delete()
    for response in (owner.get(address), owner.post(address, {"token": TOKEN})):
        assert response.status_code == 409
        assert "This plan is not offered any more. Please choose another one." in words(response)
        assert "Free" not in words(response).split("<body")[1]
    assert plan_of(aurora) == "Team"


def test_present_plan_needs_no_choice(owner: Client, aurora: Tenant, small_plan: Plan) -> None:
    put_on(aurora, small_plan)
    assert "You are on Free already." in words(owner.get(url(small_plan), follow=True))
    owner.post(url(small_plan), {"token": TOKEN})
    assert changes() == []


def test_service_raises_what_it_says(
    aurora: Tenant, plan: Plan, small_plan: Plan, ana: User
) -> None:
    def choose(plan_id: int) -> Plan:
        return choose_plan(aurora, plan_id, token=TOKEN, by=ana, now=clock.now())

    with pytest.raises(NotFree):
        choose(plan.pk)
    with pytest.raises(NotOffered):
        choose(0)
    choose(small_plan.pk)
    put_on(aurora, plan)
    with pytest.raises(Conflict):
        choose(small_plan.pk)
