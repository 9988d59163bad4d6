"""What the sweep does with whoever is due: renewed from the balance, lapsed, stayed, on real rows (decision D11)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.models import BalanceEntry, Payment, Standing, Status, Subscription
from billing.renewal import Step
from plans.models import Plan, PlatformSettings
from saas.core import events
from saas.core.models import AuditEntry
from tenants.models import PlanChange, Tenant
from tests.billing.expiry.due import (
    END,
    GRACE,
    START,
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
from tests.billing.money import give_funds
from tests.tenants.services import rows

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


@pytest.mark.parametrize("arrange", [subscribe, runs_out], ids=["subscribed", "given by hand"])
def test_balance_in_another_currency_pays_for_nothing(
    aurora: Tenant, plan: Plan, expired: Plan, arrange: Callable[[Tenant, Plan], object]
) -> None:
    arrange(aurora, plan)
    give_funds(aurora, 9000)
    PlatformSettings.objects.update(currency="EUR")
    assert swept() == {Step.LAPSE: 1}
    assert in_hand(aurora) == 9000


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
