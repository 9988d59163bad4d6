"""Subscriptions whose gateway collects, those that were stopped, and what was chosen for the end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.models import Invoice, Payment, Standing, Subscription
from billing.renewal import Step
from billing.services.settlement import apply
from billing.services.subscriptions import cancel
from plans.models import Plan
from tenants.models import PlanChange, Tenant
from tests.billing.expiry.due import (
    END,
    GRACE,
    START,
    by_card,
    in_hand,
    live,
    past_due,
    runs_out,
    standing,
    subscribe,
    swept,
)
from tests.billing.money import give_funds, renewal_fact, tell
from tests.tenants.services import rows
from tests.tenants.services.rows import make_plan

NEXT = datetime(2026, 12, 25, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_card_is_given_its_grace_and_not_a_second_more(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    card = by_card(aurora, plan)
    assert swept() == {Step.WAIT: 1}
    assert standing(aurora) == ("Team", END, END + GRACE)
    assert swept(END + GRACE - SECOND) == {}
    assert swept(END + GRACE) == {Step.LAPSE: 1}
    assert standing(aurora) == ("Resting", None, None)
    card.refresh_from_db()
    assert card.standing == Standing.ENDED
    assert card.push_due_at == END + GRACE, "Its gateway is to be told."


def test_card_that_is_charged_within_the_grace_goes_on(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    card = past_due(aurora, plan)
    assert swept() == {Step.WAIT: 1}
    tell(renewal_fact(card), END + timedelta(days=2))
    assert standing(aurora) == ("Team", NEXT, NEXT)
    assert swept(END + GRACE) == {}
    card.refresh_from_db()
    assert card.standing == Standing.ACTIVE


def test_balance_steps_in_for_a_card_that_failed_and_the_card_is_left_in_peace(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    card = past_due(aurora, plan)
    give_funds(aurora, 2900)
    assert swept() == {Step.WAIT: 1}
    assert swept(END + GRACE) == {Step.RENEW: 1}
    assert standing(aurora) == ("Team", NEXT, NEXT), "Counted from where it began, not from today."
    card.refresh_from_db()
    assert card.standing == Standing.ENDED
    assert card.push_due_at is not None
    goes_on = live(aurora)
    assert goes_on
    assert (goes_on.gateway, goes_on.external_id, goes_on.started_at) == ("balance", "", START)
    assert in_hand(aurora) == 0


def test_cancelled_plan_ends_with_money_in_hand(aurora: Tenant, plan: Plan, expired: Plan) -> None:
    subscribe(aurora, plan)
    give_funds(aurora, 9000)
    cancel(aurora, reason="Too dear", now=START)
    assert swept() == {Step.LAPSE: 1}
    assert in_hand(aurora) == 9000


def test_cancelled_card_that_its_gateway_has_ended_takes_no_money_from_the_balance(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    by_card(aurora, plan, cancelled_at=START, standing=Standing.ENDED, ended_at=END)
    give_funds(aurora, 9000)
    assert swept() == {Step.LAPSE: 1}
    assert in_hand(aurora) == 9000


def test_cancelled_plan_with_some_days_given_by_hand_takes_no_money_either(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    later = END + timedelta(days=10)
    by_card(aurora, plan, cancelled_at=START, standing=Standing.ENDED, ended_at=END)
    runs_out(aurora, plan, later)
    give_funds(aurora, 9000)
    assert swept(later) == {Step.LAPSE: 1}
    assert in_hand(aurora) == 9000


def test_card_whose_gateway_gave_up_is_renewed_from_the_balance(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    by_card(aurora, plan, amount=1900, standing=Standing.ENDED, ended_at=END)
    give_funds(aurora, 1900)
    assert swept() == {Step.RENEW: 1}
    assert standing(aurora) == ("Team", NEXT, NEXT)


@pytest.mark.req(64)
@pytest.mark.parametrize("ended", [False, True], ids=["runs", "ended by its gateway"])
@pytest.mark.parametrize("card", [False, True], ids=["prepaid", "card"])
def test_free_plan_that_was_chosen_for_the_end_begins_there(
    aurora: Tenant, plan: Plan, small_plan: Plan, expired: Plan, card: bool, ended: bool
) -> None:
    rows.rows(aurora, 7)
    fields: dict[str, Any] = {"next_plan": small_plan, "next_cycle": "monthly", "next_amount": 0}
    if ended:
        fields |= {"standing": Standing.ENDED, "ended_at": END}
    running = (by_card if card else subscribe)(aurora, plan, **fields)
    give_funds(aurora, 9000)
    assert swept() == {Step.MOVE: 1}
    assert standing(aurora) == ("Free", None, None)
    assert rows.running(aurora) == "1 2 3 4 5"
    assert PlanChange.objects.get(tenant=aurora).reason == "chosen"
    running.refresh_from_db()
    assert running.standing == Standing.ENDED
    assert bool(running.push_due_at) == (card and not ended)
    assert in_hand(aurora) == 9000


@pytest.mark.req(64)
def test_cheaper_plan_that_was_chosen_for_the_end_is_paid_from_the_balance(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    rows.rows(aurora, 5)
    solo = make_plan("Solo", price=900, staff=3)
    subscribe(aurora, plan, next_plan=solo, next_cycle="monthly", next_amount=900)
    give_funds(aurora, 1000)
    assert swept() == {Step.RENEW: 1}
    assert standing(aurora) == ("Solo", NEXT, NEXT)
    assert in_hand(aurora) == 100
    assert rows.running(aurora) == "1 2 3"
    change = PlanChange.objects.get(tenant=aurora)
    assert (change.reason, change.reset_usage) == ("paid", False)
    goes_on = live(aurora)
    assert goes_on
    assert (goes_on.plan, goes_on.amount, goes_on.next_plan) == (solo, 900, None)


def test_payment_that_was_collected_after_all_is_on_the_balance(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    card = past_due(aurora, plan)
    assert swept(END + GRACE) == {Step.LAPSE: 1}
    said = apply(
        renewal_fact(card), gateway="stripe", environment="sandbox", now=END + GRACE + SECOND
    )
    assert said == "Paid and carried out."
    assert standing(aurora) == ("Resting", None, None)
    payment = Payment.objects.get()
    assert (payment.purpose, payment.title) == ("funds", "Funds instead of Team, monthly")
    assert in_hand(aurora) == payment.amount == Invoice.objects.get().total


def test_what_was_only_ended_at_a_gateway_hides_nothing(
    aurora: Tenant, borealis: Tenant, plan: Plan, expired: Plan
) -> None:
    """A gateway began one that never ran here (two tabs, both paid): written down later, as over, without a plan."""
    subscribe(aurora, plan)
    by_card(borealis, plan, cancelled_at=START, standing=Standing.ENDED, ended_at=END)
    for tenant in (aurora, borealis):
        give_funds(tenant, 2900)
        stray = by_card(tenant, plan, standing=Standing.ENDED, ended_at=START, period_end=END)
        Subscription.objects.filter(pk=stray.pk).update(plan=None)
    by_card(
        aurora, plan, cancelled_at=START, standing=Standing.ENDED, ended_at=START, period_end=END
    )
    assert swept() == {Step.RENEW: 1, Step.LAPSE: 1}
    assert in_hand(borealis) == 2900
