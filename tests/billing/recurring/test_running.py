"""What we want of a subscription is made so at its gateway, at last, once, and nobody is charged for anything else."""

from datetime import timedelta

import pytest
from django.db import transaction

from billing.gateways.base import GatewayUnavailable, SubscriptionWish
from billing.ledger import balance_of
from billing.models import Payment, Standing, Status, Subscription
from billing.quotes import quote
from billing.services import pushing, subscriptions
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.billing.recurring.street import Shop
from tests.billing.stripe.conftest import Asked

MONTH = NOW.replace(month=12)
SOON = timedelta(hours=1)


def go_on_with(tenant: Tenant, plan: Plan, shop: Shop, cycle: str = "monthly") -> Subscription:
    """What the tenant presses for “later”, whatever the plan costs."""
    with transaction.atomic():
        locked = tenant.lock()
        offer = quote(locked, live_subscription(locked), plan, cycle, NOW, renews_itself=True)
        return subscriptions.go_on_with(locked, offer, now=shop.now)


def renewals() -> list[int]:
    found = Payment.objects.filter(purpose="renewal", status=Status.PAID).order_by("pk")
    return list(found.values_list("amount", flat=True))


def pass_month(shop: Shop, months: int = 1) -> None:
    for month in range(1, months + 1):
        shop.sandbox.advance_to(NOW + timedelta(days=31 * month))
        shop.hear()


def test_nothing_to_tell_asks_nothing(shop: Shop, running: Subscription, spoken: Asked) -> None:
    spoken.clear()
    assert shop.push_all() == 0
    assert spoken == []


def test_it_renews_month_by_month(shop: Shop, on_free: Tenant, running: Subscription) -> None:
    pass_month(shop, 3)
    assert renewals() == [2900] * 3
    running.refresh_from_db()
    assert running.period_end == NOW.replace(year=2027, month=3)


def test_cancelled_one_is_not_charged_again_and_stays_paid_until_its_end(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    subscriptions.cancel(on_free, reason="Too much", now=shop.now)
    assert shop.push_all() == 1
    assert shop.running() == []
    running.refresh_from_db()
    assert (running.push_due_at, running.push_error, running.is_live) == (None, "", True)
    fact = shop.gateway.find_subscription(running.external_id)
    assert fact is not None
    assert fact.ends_after_period
    pass_month(shop, 2)
    assert renewals() == []
    on_free.refresh_from_db()
    assert on_free.expires_at == MONTH, "what comes after the paid time is the sweep’s to do"


def test_resumed_one_renews(shop: Shop, on_free: Tenant, running: Subscription) -> None:
    subscriptions.cancel(on_free, reason="", now=shop.now)
    shop.push_all()
    subscriptions.resume(on_free, now=shop.now)
    assert shop.push_all() == 1
    assert shop.running() == [running.external_id]
    pass_month(shop)
    assert renewals() == [2900]


def test_telling_the_same_again_changes_nothing(
    shop: Shop, on_free: Tenant, running: Subscription, spoken: Asked
) -> None:
    subscriptions.cancel(on_free, reason="", now=shop.now)
    shop.push_all()
    Subscription.objects.update(push_due_at=shop.now)
    spoken.clear()
    assert shop.push_all() == 1
    assert [one for one in spoken if not one.startswith("GET")] == []


def test_other_price_follows_with_the_next_period(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    small = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(small)
    go_on_with(on_free, small, shop)
    assert shop.push_all() == 1
    pass_month(shop, 2)
    assert renewals() == [900, 900]
    on_free.refresh_from_db()
    running.refresh_from_db()
    assert (on_free.plan, running.plan, running.next_plan) == (small, small, None)
    assert not Payment.objects.exclude(problem="").exists()


def test_switch_that_was_taken_back_is_not_charged(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    small = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(small)
    go_on_with(on_free, small, shop)
    shop.push_all()
    subscriptions.resume(on_free, now=shop.now)
    assert shop.push_all() == 1
    pass_month(shop)
    assert renewals() == [2900]


def test_switch_after_a_cancellation_goes_on(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    small = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(small)
    subscriptions.cancel(on_free, reason="", now=shop.now)
    shop.push_all()
    go_on_with(on_free, small, shop)
    shop.push_all()
    assert shop.running() == [running.external_id]
    pass_month(shop)
    assert renewals() == [900]


def test_cancellation_after_a_switch_ends_it(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    small = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(small)
    go_on_with(on_free, small, shop)
    shop.push_all()
    subscriptions.cancel(on_free, reason="", now=shop.now)
    shop.push_all()
    assert shop.running() == []
    pass_month(shop)
    assert renewals() == []


def test_last_of_many_switches_counts(shop: Shop, on_free: Tenant, running: Subscription) -> None:
    small, smaller = (Plan.objects.create(name=f"P{n}", monthly_price=n) for n in (900, 500))
    shop.send(small, smaller)
    for plan in (small, smaller, small, smaller):
        go_on_with(on_free, plan, shop)
        shop.push_all()
    pass_month(shop)
    assert renewals() == [500]


def test_free_plan_that_follows_ends_it_there(
    shop: Shop, on_free: Tenant, running: Subscription, small_plan: Plan
) -> None:
    go_on_with(on_free, small_plan, shop)
    shop.push_all()
    assert shop.running() == []
    pass_month(shop)
    assert renewals() == []


@pytest.mark.req(68)
def test_upgrade_that_is_not_paid_leaves_the_old_one(
    shop: Shop, on_free: Tenant, running: Subscription, bigger: Plan, ana: User
) -> None:
    shop.order(on_free, bigger, ana, due=3000)
    shop.sandbox.advance(hours=25)
    shop.hear()
    shop.push_all()
    assert shop.running() == [running.external_id]
    assert live_subscription(on_free) == running


@pytest.mark.req(68)
def test_two_tabs_that_both_pay_leave_one_running(
    shop: Shop, on_free: Tenant, plan: Plan, bigger: Plan, ana: User
) -> None:
    shop.send(plan, bigger)
    first = shop.order(on_free, plan, ana, due=2900)
    second = shop.order(on_free, bigger, ana, due=5900)
    shop.sandbox.pay(first.pay_url)
    shop.sandbox.pay(second.pay_url)
    shop.hear()
    shop.push_all()
    live = live_subscription(on_free)
    assert live is not None
    assert shop.running() == [live.external_id]
    assert balance_of(on_free).balance > 0, "nobody pays twice for the same days"


def test_renewal_while_the_old_one_waits_to_be_ended_is_on_the_balance(
    shop: Shop, on_free: Tenant, running: Subscription, bigger: Plan, ana: User
) -> None:
    shop.sandbox.advance(days=29)
    payment = shop.order(on_free, bigger, ana, due=5900 - 96)
    shop.sandbox.pay(payment.pay_url)
    shop.hear()
    shop.sandbox.advance(days=2)
    shop.hear()
    late = Payment.objects.get(title="Funds instead of Team, monthly")
    assert (late.status, late.amount, late.problem) == (Status.PAID, 2900, "")
    assert balance_of(on_free).balance == 2900
    shop.push_all()
    live = live_subscription(on_free)
    assert live is not None
    assert shop.running() == [live.external_id]


def test_ending_what_has_ended_is_fine(shop: Shop, running: Subscription) -> None:
    wish = SubscriptionWish(running.external_id, True, False, "", "")
    for _ in range(2):
        fact = shop.gateway.push(wish)
        assert fact is not None
        assert fact.standing == Standing.ENDED
    assert shop.gateway.push(SubscriptionWish("I-UNKNOWN", True, False, "", "")) is None


@pytest.mark.parametrize("kind", ["500", "connection", "after"])
def test_gateway_that_does_not_answer_is_told_later(
    shop: Shop, on_free: Tenant, running: Subscription, kind: str
) -> None:
    subscriptions.cancel(on_free, reason="", now=shop.now)
    shop.sandbox.fault(kind, times=99, method="POST")
    shop.sandbox.fault(kind, times=99, method="DELETE")
    pushing.push(running.pk, shop.now)
    running.refresh_from_db()
    assert running.push_error
    shop.sandbox.plan.clear()
    assert running.push_due_at is not None
    assert pushing.push(running.pk, running.push_due_at)
    assert shop.running() == []


def test_news_in_any_order_and_twice_come_to_the_same(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    payment = shop.order(on_free, plan, ana, due=2900)
    shop.sandbox.pay(payment.pay_url)
    shop.sandbox.fault("reorder")
    shop.sandbox.fault("duplicate", times=99)
    shop.hear()
    pass_month(shop)
    assert renewals() == [2900]
    assert Payment.objects.filter(status=Status.PAID).count() == 2


def test_lost_answer_makes_one_page(shop: Shop, on_free: Tenant, plan: Plan, ana: User) -> None:
    shop.send(plan)
    shop.sandbox.fault("after", times=9, method="POST")
    with pytest.raises(GatewayUnavailable):
        shop.order(on_free, plan, ana, due=2900)
    shop.sandbox.plan.clear()
    payment = shop.order(on_free, plan, ana, due=2900)
    shop.sandbox.pay(payment.pay_url)
    shop.hear()
    assert len(shop.running()) == 1
