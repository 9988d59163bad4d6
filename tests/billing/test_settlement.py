"""The one door from “the gateway says so” to effects: once, only what was ordered, and forward only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from billing.gateways.base import PaymentState, RefundFact, SubscriptionFact
from billing.ledger import balance_of
from billing.models import (
    BalanceEntry,
    GatewayPrice,
    Invoice,
    Payment,
    Standing,
    Status,
    Subscription,
)
from billing.services import subscriptions
from billing.services.subscriptions import cancel, live_subscription, resume
from plans.models import Plan
from tenants.models import PlanChange, Tenant, User
from tests.billing.money import NOW, buy, card_fact, card_order, give_funds, renewal_fact, tell
from tests.world import World

LATER = NOW + timedelta(days=18)


@pytest.fixture
def on_free(world: World) -> Tenant:
    Tenant.objects.filter(pk=world.aurora.pk).update(plan=world.small_plan)
    world.aurora.refresh_from_db()
    return world.aurora


@pytest.fixture
def bigger(db: None) -> Plan:
    return Plan.objects.create(name="Team+", monthly_price=5900, annual_price=59000)


def subscribed(tenant: Tenant, plan: Plan, by: User, now: datetime = NOW) -> Subscription:
    """On `plan`, paid by card since `now`."""
    payment = card_order(tenant, plan, by, now=now)
    tell(card_fact(payment, at=now), now)
    tenant.refresh_from_db()
    found = live_subscription(tenant)
    assert found
    return found


@pytest.mark.req(65, 66, 67)
def test_money_by_card_puts_the_tenant_on_the_plan(on_free: Tenant, plan: Plan, ana: User) -> None:
    running = subscribed(on_free, plan, ana)
    assert on_free.plan == plan
    assert on_free.expires_at == running.period_end == datetime(2026, 12, 25, 9, tzinfo=UTC)
    assert (running.external_id[:4], running.paid_with) == ("sub_", "Visa 4242")


def test_told_five_times_it_counts_once(on_free: Tenant, plan: Plan, ana: User) -> None:
    payment = card_order(on_free, plan, ana)
    for _ in range(5):
        tell(card_fact(payment))
    assert Invoice.objects.count() == 1
    assert Subscription.objects.count() == 1
    assert PlanChange.objects.filter(tenant=on_free, reason="paid").count() == 1


@pytest.mark.parametrize("changes", [{"amount": 2899}, {"amount": 2901}, {"currency": "EUR"}])
def test_money_that_is_not_as_ordered_has_no_effect_and_is_shown(
    on_free: Tenant, plan: Plan, ana: User, changes: dict[str, object]
) -> None:
    payment = card_order(on_free, plan, ana)
    tell(card_fact(payment, **changes))
    payment.refresh_from_db()
    assert (payment.status, payment.fulfilled_at) == (Status.PAID, None)
    assert "was ordered" in payment.problem
    on_free.refresh_from_db()
    assert on_free.plan != plan
    assert not Invoice.objects.exists()


def test_money_after_a_failure_still_counts(on_free: Tenant, plan: Plan, ana: User) -> None:
    payment = card_order(on_free, plan, ana)
    tell(card_fact(payment, state=PaymentState.FAILED, failure="Your card was declined."))
    payment.refresh_from_db()
    assert (payment.status, payment.failure) == (Status.FAILED, "Your card was declined.")
    tell(card_fact(payment))
    payment.refresh_from_db()
    assert (payment.status, payment.failure) == (Status.PAID, "")
    tell(card_fact(payment, state=PaymentState.FAILED))
    payment.refresh_from_db()
    assert payment.status == Status.PAID


def test_plan_that_was_deleted_meanwhile_keeps_the_money_and_says_so(
    on_free: Tenant, bigger: Plan, ana: User
) -> None:
    payment = card_order(on_free, bigger, ana)
    bigger.delete()
    tell(card_fact(payment))
    payment.refresh_from_db()
    assert payment.status == Status.PAID
    assert payment.fulfilled_at is None
    assert "not carried out" in payment.problem
    assert not Subscription.objects.exists()


@pytest.mark.req(68)
def test_what_renewed_before_is_over_only_when_the_new_one_is_there(
    on_free: Tenant, plan: Plan, bigger: Plan, ana: User
) -> None:
    old = subscribed(on_free, plan, ana)
    payment = card_order(on_free, bigger, ana, now=LATER)
    old.refresh_from_db()
    assert old.is_live
    tell(card_fact(payment, at=LATER), LATER)
    old.refresh_from_db()
    assert (old.standing, old.ended_at, old.push_due_at) == (Standing.ENDED, LATER, LATER)
    new = live_subscription(on_free)
    assert new
    assert (new.plan, new.amount, new.push_due_at) == (bigger, 5900, None)


def test_paying_the_same_plan_in_two_tabs_puts_the_second_on_the_balance(
    on_free: Tenant, plan: Plan, ana: User
) -> None:
    """The days that were paid twice come to the balance; two subscriptions never go on."""
    first, second = card_order(on_free, plan, ana), card_order(on_free, plan, ana)
    tell(card_fact(first))
    tell(card_fact(second))
    assert balance_of(on_free).balance == 2900
    assert Subscription.objects.live().count() == 1
    assert BalanceEntry.objects.get().kind == BalanceEntry.Kind.CREDIT


def test_quoted_credit_is_not_given_twice(
    on_free: Tenant, plan: Plan, bigger: Plan, ana: User
) -> None:
    subscribed(on_free, plan, ana)
    payment = card_order(on_free, bigger, ana, now=LATER)
    tell(card_fact(payment, at=LATER), LATER)
    assert balance_of(on_free).balance == 0


def test_credit_of_what_another_tab_has_replaced_is_not_given_twice(
    on_free: Tenant, plan: Plan, bigger: Plan, ana: User
) -> None:
    """Two upgrades from the same plan, each with the credit for it: it was paid once, so it counts once."""
    subscribed(on_free, plan, ana)
    top = Plan.objects.create(name="Top", monthly_price=9900)
    first, second = (card_order(on_free, one, ana, now=LATER) for one in (bigger, top))
    credit = first.ordered["credit"]
    assert credit == second.ordered["credit"] > 0
    for payment in (first, second):
        tell(card_fact(payment, at=LATER), LATER)
    paid = 2900 + first.amount + second.amount
    used = 2900 - credit
    assert balance_of(on_free).balance == paid - used - 9900


def test_renewal_goes_on_for_one_more_period(on_free: Tenant, plan: Plan, ana: User) -> None:
    running = subscribed(on_free, plan, ana)
    for _ in range(3):
        tell(renewal_fact(running), running.period_end)
    on_free.refresh_from_db()
    assert on_free.expires_at == datetime(2027, 1, 25, 9, tzinfo=UTC)
    assert Payment.objects.filter(purpose="renewal").count() == 1
    assert Invoice.objects.count() == 2


def test_renewal_at_an_unknown_price_counts_and_is_shown(
    on_free: Tenant, plan: Plan, ana: User
) -> None:
    running = subscribed(on_free, plan, ana)
    tell(renewal_fact(running, price="price_of_the_wind", amount=3100), running.period_end)
    renewal = Payment.objects.get(purpose="renewal")
    assert renewal.fulfilled_at
    assert "price_of_the_wind" in renewal.problem
    on_free.refresh_from_db()
    assert (on_free.plan, on_free.expires_at) == (plan, datetime(2027, 1, 25, 9, tzinfo=UTC))


def test_renewal_at_an_archived_price_is_understood(on_free: Tenant, plan: Plan, ana: User) -> None:
    """Decision D10: what was bought at the old price goes on at it."""
    running = subscribed(on_free, plan, ana)
    GatewayPrice.objects.create(
        gateway="stripe", environment="sandbox", external_id="price_1", plan=plan,
        cycle="monthly", amount=2900, currency="USD", archived_at=NOW,
    )  # fmt: skip
    Plan.objects.filter(pk=plan.pk).update(monthly_price=3900)
    tell(renewal_fact(running), running.period_end)
    renewal = Payment.objects.get(purpose="renewal")
    assert (renewal.amount, renewal.problem) == (2900, "")


def test_renewal_on_the_terms_that_were_chosen_changes_the_plan(
    on_free: Tenant, plan: Plan, bigger: Plan, ana: User
) -> None:
    running = subscribed(on_free, bigger, ana)
    running.next_plan, running.next_cycle, running.next_amount = plan, "monthly", 2900
    running.save()
    GatewayPrice.objects.create(
        gateway="stripe", environment="sandbox", external_id="price_small", plan=plan,
        cycle="monthly", amount=2900, currency="USD",
    )  # fmt: skip
    tell(renewal_fact(running, price="price_small", amount=2900), running.period_end)
    on_free.refresh_from_db()
    running.refresh_from_db()
    assert on_free.plan == running.plan == plan
    assert (running.next_plan, running.amount) == (None, 2900)


def test_failed_renewal_begins_the_grace_and_changes_nothing_else(
    on_free: Tenant, plan: Plan, ana: User
) -> None:
    running = subscribed(on_free, plan, ana)
    end = running.period_end
    failed = SubscriptionFact(running.external_id, Standing.PAST_DUE, end, end + timedelta(days=31))
    tell(failed, end)
    tell(failed, end + timedelta(hours=5))
    running.refresh_from_db()
    on_free.refresh_from_db()
    assert (running.standing, running.past_due_at) == (Standing.PAST_DUE, end)
    assert (on_free.plan, on_free.expires_at) == (plan, end)
    tell(renewal_fact(running), end + timedelta(days=2))
    running.refresh_from_db()
    assert (running.standing, running.past_due_at) == (Standing.ACTIVE, None)


def test_subscription_that_ended_at_the_gateway_leaves_the_paid_time(
    on_free: Tenant, plan: Plan, ana: User
) -> None:
    running = subscribed(on_free, plan, ana)
    tell(replace(card_fact(card_order(on_free, plan, ana, due=1)).subscription,
                 external_id=running.external_id, standing=Standing.ENDED), LATER)  # fmt: skip
    running.refresh_from_db()
    on_free.refresh_from_db()
    assert running.standing == Standing.ENDED
    assert running.push_due_at is None
    assert (on_free.plan, on_free.expires_at) == (plan, datetime(2026, 12, 25, 9, tzinfo=UTC))


def test_cancel_and_resume_tell_the_gateway(on_free: Tenant, plan: Plan, ana: User) -> None:
    subscribed(on_free, plan, ana)
    cancelled = cancel(on_free, reason="Too dear", now=LATER)
    assert (cancelled.goes_on, cancelled.is_live, cancelled.push_due_at) == (False, True, LATER)
    assert (
        cancel(on_free, reason="Again", now=LATER + timedelta(days=1)).cancel_reason == "Too dear"
    )
    resumed = resume(on_free, now=LATER)
    assert (resumed.goes_on, resumed.cancel_reason) == (True, "")


def test_nothing_to_cancel(on_free: Tenant) -> None:
    with pytest.raises(subscriptions.NothingRunning):
        cancel(on_free, reason="", now=NOW)


def funds_by_card(tenant: Tenant, by: User, amount: int = 5000) -> Payment:
    payment = Payment.objects.create(
        tenant=tenant, gateway="stripe", environment="sandbox", purpose="funds", amount=amount,
        currency="USD", title="Funds added", by=by, created_at=NOW,
    )  # fmt: skip
    tell(card_fact(payment))
    payment.refresh_from_db()
    return payment


def refund(payment: Payment, amount: int, name: str = "re_1", **changes: bool) -> RefundFact:
    return RefundFact(name, payment.charge_id, amount, at=LATER, **changes)


def test_refund_takes_the_balance_down_and_the_rest_is_debt(
    on_free: Tenant, plan: Plan, ana: User
) -> None:
    payment = funds_by_card(on_free, ana)
    buy(on_free, plan, ana, due=2900)
    for _ in range(3):
        tell(refund(payment, 5000), LATER)
    payment.refresh_from_db()
    account = balance_of(on_free)
    assert (payment.status, payment.refunded) == (Status.REFUNDED, 5000)
    assert (account.balance, account.debt) == (0, 2900)


def test_two_partial_refunds_add_up_and_never_exceed_the_payment(
    on_free: Tenant, ana: User
) -> None:
    payment = funds_by_card(on_free, ana)
    tell(refund(payment, 2000, "re_1"), LATER)
    payment.refresh_from_db()
    assert (payment.status, payment.refunded) == (Status.PAID, 2000)
    tell(refund(payment, 4000, "re_2"), LATER)
    payment.refresh_from_db()
    assert (payment.status, payment.refunded) == (Status.REFUNDED, 5000)
    assert balance_of(on_free).balance == 0


def test_dispute_that_is_won_gives_everything_back(on_free: Tenant, plan: Plan, ana: User) -> None:
    payment = funds_by_card(on_free, ana)
    buy(on_free, plan, ana, due=2900)
    tell(refund(payment, 5000, "dp_1", is_dispute=True), LATER)
    assert balance_of(on_free).debt == 2900
    for _ in range(2):
        tell(refund(payment, 5000, "dp_1", is_dispute=True, is_reversed=True), LATER)
    account = balance_of(on_free)
    payment.refresh_from_db()
    assert (account.balance, account.debt) == (2100, 0)
    assert (payment.status, payment.refunded) == (Status.PAID, 0)


def test_plan_payment_that_is_taken_back_marks_the_subscription(
    on_free: Tenant, plan: Plan, ana: User
) -> None:
    running = subscribed(on_free, plan, ana)
    payment = Payment.objects.get()
    tell(refund(payment, 2900, "dp_1", is_dispute=True), LATER)
    running.refresh_from_db()
    assert running.needs_review
    tell(refund(payment, 2900, "dp_1", is_dispute=True, is_reversed=True), LATER)
    running.refresh_from_db()
    assert not running.needs_review


def test_what_is_not_ours_is_left_alone(on_free: Tenant, plan: Plan, ana: User) -> None:
    payment = card_order(on_free, plan, ana)
    stranger = card_fact(payment, reference="pay_of_somebody_else")
    assert tell(stranger) == "Nothing of ours."
    assert tell(RefundFact("re_9", "pi_unknown", 100, at=NOW)) == "Nothing of ours."
    payment.refresh_from_db()
    assert payment.is_pending


def test_debt_is_settled_before_the_balance_grows(on_free: Tenant, plan: Plan, ana: User) -> None:
    payment = funds_by_card(on_free, ana)
    buy(on_free, plan, ana, due=2900)
    tell(refund(payment, 5000), LATER)
    give_funds(on_free, 4000)
    account = balance_of(on_free)
    assert (account.balance, account.debt) == (1100, 0)
