"""What the sweep does with whoever is due: each branch of decision D11, on real rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.models import BalanceEntry, Invoice, Payment, Standing, Status, Subscription
from billing.renewal import Step
from billing.services.settlement import apply
from billing.services.subscriptions import cancel
from plans.models import Plan, PlatformSettings
from saas.core import events
from saas.core.models import AuditEntry
from tenants.models import PlanChange, Tenant
from tests.billing.expiry.due import (
    END,
    GRACE,
    START,
    by_card,
    fresh,
    in_hand,
    live,
    others,
    past_due,
    run,
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


@pytest.mark.req(53, 64)
def test_too_little_balance_puts_the_tenant_on_the_expired_plan(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    rows.rows(aurora, 3)
    paid = subscribe(aurora, plan)
    give_funds(aurora, 2899)
    assert swept() == {Step.LAPSE: 1}
    assert standing(aurora) == ("Resting", None, None)
    assert rows.running(aurora) == "1"
    assert rows.paused(aurora) == "2 3"
    change = PlanChange.objects.get(tenant=aurora)
    assert (change.from_plan, change.to_plan, change.reason) == (plan, expired, "lapsed")
    assert change.cause == f"expiry:{aurora.pk}:{END.isoformat()}"
    paid.refresh_from_db()
    assert (paid.standing, paid.ended_at) == (Standing.ENDED, END)
    assert in_hand(aurora) == 2899
    assert not Payment.objects.exists()


@pytest.mark.req(54)
def test_enough_balance_renews_to_the_cent(aurora: Tenant, plan: Plan, expired: Plan) -> None:
    paid = subscribe(aurora, plan)
    give_funds(aurora, 2900)
    assert swept() == {Step.RENEW: 1}
    assert standing(aurora) == ("Team", NEXT, NEXT)
    assert in_hand(aurora) == 0
    assert not PlanChange.objects.filter(tenant=aurora).exists()
    paid.refresh_from_db()
    assert (paid.standing, paid.period_start, paid.period_end) == ("active", END, NEXT)
    payment = Payment.objects.get()
    assert (payment.purpose, payment.gateway, payment.amount) == ("renewal", "balance", 2900)
    assert (payment.status, payment.subscription) == (Status.PAID, paid)
    assert payment.title == "Team, monthly"
    assert payment.fulfilled_at == END
    assert payment.invoice.total == 2900
    entry = BalanceEntry.objects.get(payment=payment)
    assert (entry.amount, entry.balance_after) == (-2900, 0)


def test_second_sweep_finds_nothing_to_do(aurora: Tenant, plan: Plan, expired: Plan) -> None:
    subscribe(aurora, plan)
    give_funds(aurora, 9000)
    others(plan, 3)
    assert swept() == {Step.RENEW: 1, Step.LAPSE: 3}
    assert swept() == {}
    assert in_hand(aurora) == 6100


def test_whoever_is_not_due_is_left_alone(aurora: Tenant, plan: Plan, expired: Plan) -> None:
    subscribe(aurora, plan)
    assert swept(END - SECOND) == {}
    assert standing(aurora) == ("Team", END, END)


def test_it_is_renewed_at_the_price_at_which_it_was_bought(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    """Decision D10."""
    subscribe(aurora, plan, amount=1900)
    give_funds(aurora, 1900)
    assert swept() == {Step.RENEW: 1}
    assert in_hand(aurora) == 0


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


def test_plan_given_by_hand_until_a_day_goes_on_from_the_balance_or_not_at_all(
    aurora: Tenant, borealis: Tenant, plan: Plan, expired: Plan
) -> None:
    for tenant in (aurora, borealis):
        runs_out(tenant, plan)
    give_funds(aurora, 2900)
    assert swept() == {Step.RENEW: 1, Step.LAPSE: 1}
    assert standing(aurora) == ("Team", NEXT, NEXT)
    assert standing(borealis) == ("Resting", None, None)
    begun = live(aurora)
    assert begun
    assert (begun.started_at, begun.period_end, begun.amount) == (END, NEXT, 2900)
    assert Payment.objects.get().subscription == begun


def test_trial_takes_no_money_by_itself(aurora: Tenant, plan: Plan, expired: Plan) -> None:
    PlatformSettings.objects.update(trial_plan=plan)
    runs_out(aurora, plan)
    give_funds(aurora, 9000)
    assert swept() == {Step.LAPSE: 1}
    assert standing(aurora) == ("Resting", None, None)
    assert in_hand(aurora) == 9000


def test_trial_plan_that_is_paid_for_renews(aurora: Tenant, plan: Plan, expired: Plan) -> None:
    PlatformSettings.objects.update(trial_plan=plan)
    subscribe(aurora, plan)
    give_funds(aurora, 2900)
    assert swept() == {Step.RENEW: 1}


@pytest.mark.req(57)
def test_without_an_expired_plan_everything_stays_and_is_on_record(
    aurora: Tenant, plan: Plan
) -> None:
    rows.rows(aurora, 3)
    subscribe(aurora, plan)
    assert swept() == {Step.STAY: 1}
    assert standing(aurora) == ("Team", END, None)
    assert rows.running(aurora) == "1 2 3"
    assert not PlanChange.objects.filter(tenant=aurora).exists()
    entry = AuditEntry.objects.get(verb="tenant.stayed")
    assert (entry.tenant_id, entry.actor_id) == (aurora.pk, None)
    assert "no Expired plan is chosen" in entry.reason
    assert swept(END + timedelta(days=30)) == {}
    assert AuditEntry.objects.filter(verb="tenant.stayed").count() == 1


def test_expired_plan_that_was_given_until_a_day_goes_on_as_it_is(
    aurora: Tenant, expired: Plan
) -> None:
    runs_out(aurora, expired)
    assert swept() == {Step.STAY: 1}
    assert standing(aurora) == ("Resting", END, None)
    assert "on the Expired plan already" in AuditEntry.objects.get(verb="tenant.stayed").reason


@pytest.mark.parametrize("state", ["not activated", "suspended"])
def test_businesses_that_are_not_open_run_out_like_all_others(
    aurora: Tenant, plan: Plan, expired: Plan, state: str
) -> None:
    tenant = aurora
    if state == "suspended":
        runs_out(aurora, plan, suspended_at=START)
    else:
        tenant = others(plan, 1)[0]
    assert swept() == {Step.LAPSE: 1}
    assert standing(tenant) == ("Resting", None, None)


def test_end_that_was_moved_without_the_sweep_being_told_counts(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    runs_out(aurora, plan, NEXT, expiry_check_at=END)
    assert swept() == {Step.NOTHING: 1}
    assert standing(aurora) == ("Team", NEXT, NEXT)


def test_same_end_given_once_more_runs_out_once_more(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    for times in (1, 2, 3):
        runs_out(aurora, plan)
        assert swept() == {Step.LAPSE: 1}
        assert standing(aurora) == ("Resting", None, None)
        assert PlanChange.objects.filter(tenant=aurora, reason="lapsed").count() == times


def test_balance_in_another_currency_pays_for_nothing(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    subscribe(aurora, plan)
    give_funds(aurora, 9000)
    PlatformSettings.objects.update(currency="EUR")
    assert swept() == {Step.LAPSE: 1}
    assert in_hand(aurora) == 9000


def test_payment_that_was_collected_after_all_is_kept_for_a_person_to_decide(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    card = past_due(aurora, plan)
    assert swept(END + GRACE) == {Step.LAPSE: 1}
    said = apply(
        renewal_fact(card), gateway="stripe", environment="sandbox", now=END + GRACE + SECOND
    )
    assert "ended before this renewal" in said
    assert standing(aurora) == ("Resting", None, None)
    assert Payment.objects.get().problem
    assert not Invoice.objects.exists()


def test_whoever_listens_hears_of_what_lapsed_after_the_commit(
    aurora: Tenant, plan: Plan, expired: Plan, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    heard: list[tuple[str, dict[str, int]]] = []
    for event in ("billing.subscription_lapsed", "tenant.plan_changed", "billing.push_due"):
        listener = lambda event=event, **payload: heard.append((event, payload))  # noqa: E731
        monkeypatch.setitem(events._handlers, event, [listener])
    card = past_due(aurora, plan)
    with django_capture_on_commit_callbacks(execute=True):
        swept(END + GRACE)
        assert heard == []
    assert heard == [
        ("tenant.plan_changed", {"tenant_id": aurora.pk, "plan_id": expired.pk}),
        ("billing.push_due", {"subscription_id": card.pk}),
        ("billing.subscription_lapsed", {"tenant_id": aurora.pk, "plan_id": plan.pk}),
    ]


def test_sweep_stops_where_it_is_told_to_and_says_so(plan: Plan, expired: Plan) -> None:
    tenants = others(plan, 5)
    first = run(at_most=3)
    assert (first.steps, first.has_more) == ({Step.LAPSE: 3}, True)
    rest = run(at_most=3)
    assert (rest.steps, rest.has_more) == ({Step.LAPSE: 2}, False)
    assert {standing(tenant)[0] for tenant in tenants} == {"Resting"}


def test_whoever_has_waited_longest_comes_first(plan: Plan, expired: Plan) -> None:
    late = others(plan, 1, END)[0]
    early = others(plan, 1, START)[0]
    run(at_most=1)
    assert fresh(early).plan == expired
    assert fresh(late).plan == plan


def test_ended_subscriptions_are_history(aurora: Tenant, plan: Plan, expired: Plan) -> None:
    subscribe(aurora, plan)
    swept()
    subscribe(aurora, plan, start=END)
    give_funds(aurora, 2900)
    assert swept(NEXT) == {Step.RENEW: 1}
    assert Subscription.objects.filter(tenant=aurora).count() == 2


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
    assert swept() == {Step.RENEW: 1, Step.LAPSE: 1}
    assert in_hand(borealis) == 2900
    assert Subscription.objects.filter(tenant=aurora, plan__isnull=False).count() == 1
