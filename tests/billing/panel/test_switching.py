"""Moving down: it waits for the end of what is paid, says what will be paused then, and can be taken back."""

from typing import Any

import pytest
from django.test import Client

from billing.models import Payment, Standing, Subscription
from billing.renewal import Step, decide
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from saas.core import clock
from tenants.models import KeptRows, PlanChange, Tenant
from tenants.services.plan_changes import change_plan
from tests.billing.panel.scene import (
    HTMX,
    PREPAID,
    URL,
    buttons,
    choose_url,
    day,
    hidden,
    in_days,
    offered,
    put_on,
    sentence,
    subscribe,
)
from tests.booking.pages import fill, rows_of, words


def running_of(tenant: Tenant) -> Subscription:
    found = live_subscription(tenant)
    assert found
    return found


def switch(client: Client, plan: Plan, cycle: str = "monthly", **fields: Any) -> Any:
    address = choose_url(plan, cycle)
    return client.post(address, hidden(client.get(address)) | fields)


def active(tenant: Tenant) -> list[int]:
    return [row.pk for row in rows_of(tenant, "staff") if row.in_use]


def test_question_says_when_what_it_costs_then_and_who_is_paused(
    owner: Client, aurora: Tenant, plan: Plan, solo: Plan
) -> None:
    fill(aurora, "staff", 3)
    running = subscribe(aurora, plan)
    until = day(running.period_end, "j F")
    said = offered(owner.get(choose_url(solo)))
    for part in (
        f"Switch to Solo on {until}",
        f"Team stays until then: it is paid. From {until} you pay $9.00 a month.",
        "2 staff will be paused, not deleted:",
        "Which one of your 3 staff stays active?",
        "Nothing is due today.",
        "Stay on Team",
        f"Switch on {until}",
    ):
        assert part in said
    assert "Pay with" not in said


@pytest.mark.req(70, 72)
@pytest.mark.parametrize("paid", [{}, PREPAID], ids=["card", "prepaid"])
def test_nothing_changes_before_the_day_and_what_was_ticked_stays_then(
    paid: dict[str, str], owner: Client, aurora: Tenant, plan: Plan, solo: Plan
) -> None:
    ids = fill(aurora, "staff", 3)
    running = subscribe(aurora, plan, **paid)
    response = switch(owner, solo, **{"keep-staff": [ids[1]]})
    assert response["Location"] == URL
    assert f"From {day(running.period_end, 'j F')}: Solo." in words(owner.get(URL))
    aurora.refresh_from_db()
    assert (aurora.plan, aurora.expires_at) == (plan, running.period_end)
    assert active(aurora) == ids
    assert not Payment.objects.exists()
    running.refresh_from_db()
    assert (running.next_plan, running.next_cycle, running.next_amount) == (solo, "monthly", 900)
    assert (running.push_due_at is not None) == bool(running.external_id)
    change_plan(aurora, solo, cause="the-day", reason=PlanChange.Reason.PAID, now=clock.now())
    assert active(aurora) == [ids[1]]


def test_free_plan_waits_for_the_end_of_what_is_paid(
    owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan
) -> None:
    running = subscribe(aurora, plan, **PREPAID)
    until = day(running.period_end, "j F")
    said = offered(owner.get(choose_url(small_plan)))
    assert f"Team stays until then: it is paid. From {until} you pay nothing." in said
    switch(owner, small_plan)
    aurora.refresh_from_db()
    assert aurora.plan == plan
    assert sentence(owner).endswith(f"From {day(running.period_end)}: Free, which costs nothing.")
    decision = decide(
        aurora, running_of(aurora), balance=90_000, expired_plan=None, is_trial=False,
        grace=running.period_end - running.period_end, now=running.period_end,
    )  # fmt: skip
    assert (decision.step, decision.plan) == (Step.MOVE, small_plan)


def test_back_to_months_waits(owner: Client, aurora: Tenant, plan: Plan) -> None:
    running = subscribe(aurora, plan, cycle="annual", left=200)
    until = day(running.period_end, "j F")
    said = offered(owner.get(choose_url(plan, "monthly")))
    assert f"Switch to monthly on {until}" in said
    assert f"Until then it is paid. From {until} you pay $29.00 a month." in said
    assert "Nothing else changes." in said
    switch(owner, plan)
    assert running_of(aurora).next_cycle == "monthly"
    assert buttons(owner, plan) == {"monthly": f"From {until}"}


def test_switch_is_taken_back_with_one_press(
    owner: Client, aurora: Tenant, plan: Plan, solo: Plan
) -> None:
    running = subscribe(aurora, plan)
    switch(owner, solo)
    response = owner.post(f"{URL}resume/", follow=True)
    assert f"Team is renewed on {day(running.period_end, 'j F')}." in words(response)
    assert running_of(aurora).next_plan is None
    assert "It renews on" in sentence(owner)


def test_later_choice_takes_the_place_of_an_earlier_one(
    owner: Client, aurora: Tenant, plan: Plan, solo: Plan, small_plan: Plan
) -> None:
    subscribe(aurora, plan)
    switch(owner, solo)
    switch(owner, small_plan)
    assert running_of(aurora).next_plan == small_plan


def test_switching_after_cancelling_goes_on_after_all(
    owner: Client, aurora: Tenant, plan: Plan, solo: Plan
) -> None:
    subscribe(aurora, plan, cancelled_at=clock.now(), cancel_reason="Why not")
    switch(owner, solo)
    running = running_of(aurora)
    assert (running.cancelled_at, running.next_plan) == (None, solo)


@pytest.mark.parametrize("changed", ["renewed", "price", "ended"])
def test_what_is_not_as_it_was_shown_is_asked_again(
    changed: str, owner: Client, aurora: Tenant, plan: Plan, solo: Plan
) -> None:
    running = subscribe(aurora, plan)
    form = hidden(owner.get(choose_url(solo)))
    if changed == "renewed":
        running.period_end = in_days(42)
        running.save()
    if changed == "price":
        Plan.objects.filter(pk=solo.pk).update(monthly_price=1900)
    if changed == "ended":
        running.standing, running.ended_at = Standing.ENDED, clock.now()
        running.save()
    response = owner.post(choose_url(solo), form, headers=HTMX)
    assert response.status_code in {409, 422}
    found = live_subscription(aurora)
    assert found is None or found.next_plan is None
    if changed == "price":
        assert "Something has changed since this page was opened." in offered(response)
        assert "you pay $19.00 a month" in offered(response)


def test_old_form_of_a_switch_at_once_does_not_end_what_is_paid(
    owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan
) -> None:
    """The page was opened while nothing was paid; meanwhile something is."""
    form = hidden(owner.get(choose_url(small_plan)))
    subscribe(aurora, plan)
    response = owner.post(choose_url(small_plan), form)
    assert response.status_code == 422
    assert "Something has changed since this page was opened." in offered(response)
    aurora.refresh_from_db()
    assert aurora.plan == plan
    assert not KeptRows.objects.exists()


def test_more_than_fit_are_refused_where_they_were_ticked(
    owner: Client, aurora: Tenant, plan: Plan, solo: Plan
) -> None:
    ids = fill(aurora, "staff", 3)
    subscribe(aurora, plan)
    response = switch(owner, solo, **{"keep-staff": ids[:2]})
    assert response.status_code == 422
    assert "Solo has room for 1 of your staff." in offered(response)
    assert running_of(aurora).next_plan is None


def test_trial_that_goes_over_to_a_free_plan_is_told_that_it_ends(
    owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan, world: Any
) -> None:
    end = in_days(40)
    put_on(aurora, plan, end=end)
    said = offered(owner.get(choose_url(small_plan)))
    assert f"Team, which you have until {day(end)}, ends with it." in said


def test_failed_renewal_gives_way_to_a_free_plan_at_once(
    owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan
) -> None:
    failed = subscribe(aurora, plan, left=-1, standing=Standing.PAST_DUE, past_due_at=clock.now())
    assert "The renewal of Team that failed is not tried any more." in offered(
        owner.get(choose_url(small_plan))
    )
    switch(owner, small_plan)
    aurora.refresh_from_db()
    failed.refresh_from_db()
    assert (aurora.plan, failed.standing) == (small_plan, Standing.ENDED)
    assert failed.push_due_at is not None


def test_plan_that_comes_already_is_not_asked_about(
    owner: Client, aurora: Tenant, plan: Plan, solo: Plan
) -> None:
    subscribe(aurora, plan, next_plan=solo, next_cycle="monthly", next_amount=900)
    response = owner.get(choose_url(solo), follow=True)
    assert "Solo is chosen already." in words(response)
