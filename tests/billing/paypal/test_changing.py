"""What PayPal does not let us do by ourselves: nobody is charged anything wrong meanwhile, and it is said."""

from datetime import timedelta

import pytest
from django.db import transaction

from billing.models import Payment, Standing, Subscription
from billing.services import subscriptions
from plans.models import Plan
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.billing.paypal.shop import Shop

MONTH = NOW.replace(month=12)
SOON = timedelta(hours=1)


@pytest.fixture
def running(shop: Shop, on_free: Tenant, plan: Plan, ana: User) -> Subscription:
    shop.send(plan)
    return shop.buy(on_free, plan, ana, due=2900)


@pytest.fixture
def small(shop: Shop) -> Plan:
    made = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(made)
    return made


def follow(shop: Shop, tenant: Tenant, plan: Plan, cycle: str, amount: int) -> None:
    with transaction.atomic():
        found = subscriptions.lock_live(tenant.lock())
        assert found
        subscriptions.take_next(found, plan, cycle, amount, now=shop.now)


def test_price_is_written_on_the_subscription_with_what_it_is_the_price_of(
    shop: Shop, on_free: Tenant, running: Subscription, small: Plan
) -> None:
    follow(shop, on_free, small, "monthly", 900)
    shop.push_all()
    price = small.gateway_ids["paypal:sandbox"]["monthly"]
    first = Payment.objects.get(purpose="plan")
    assert shop.subscription(running)["custom_id"] == f"{first.reference}|{price}|2026-12-25"
    fact = shop.gateway.find_subscription(running.external_id)
    assert fact is not None
    assert fact.price_id != price, "the present period was paid at the old one"
    assert fact.reference == first.reference


def test_change_in_the_last_ten_days_ends_it_rather_than_charges_the_old_price(
    shop: Shop, on_free: Tenant, running: Subscription, small: Plan
) -> None:
    shop.sandbox.advance(days=25)
    follow(shop, on_free, small, "monthly", 900)
    assert shop.push_all() == 1
    running.refresh_from_db()
    assert (running.standing, running.push_error) == (Standing.ENDED, "")
    assert shop.subscription(running)["status"] == "CANCELLED"
    on_free.refresh_from_db()
    assert (on_free.plan, on_free.expires_at) == (running.plan, MONTH), "what is paid stays"
    shop.sandbox.advance_to(MONTH + SOON)
    shop.hear()
    assert not Payment.objects.filter(purpose="renewal").exists()


def test_plan_for_the_same_money_may_follow_until_the_last_day(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    other = Plan.objects.create(name="Crew", monthly_price=2900)
    shop.send(other)
    shop.sandbox.advance(days=29)
    follow(shop, on_free, other, "monthly", 2900)
    assert shop.push_all() == 1
    shop.sandbox.advance_to(MONTH + SOON)
    shop.hear()
    on_free.refresh_from_db()
    assert (on_free.plan, Payment.objects.get(purpose="renewal").amount) == (other, 2900)


@pytest.mark.parametrize("amount", [3900, 1900])
def test_new_price_of_the_same_plan_that_comes_too_late_holds_a_period_later(
    shop: Shop, on_free: Tenant, running: Subscription, plan: Plan, amount: int
) -> None:
    """The owner moves subscribers to another price: nobody loses a subscription by that."""
    Plan.objects.filter(pk=plan.pk).update(monthly_price=amount)
    plan.refresh_from_db()
    shop.send(plan)
    shop.sandbox.advance(days=25)
    follow(shop, on_free, plan, "monthly", amount)
    assert shop.push_all() == 1
    for days in (31, 62):
        shop.sandbox.advance_to(NOW + timedelta(days=days))
        shop.hear()
    paid = Payment.objects.filter(purpose="renewal").order_by("pk")
    assert [one.amount for one in paid] == [2900, amount]
    assert not paid.exclude(problem="").exists()
    running.refresh_from_db()
    assert (running.amount, running.next_plan) == (amount, None)


def test_change_that_is_taken_back_in_time_goes_on_as_it_was(
    shop: Shop, on_free: Tenant, running: Subscription, small: Plan
) -> None:
    follow(shop, on_free, small, "monthly", 900)
    shop.push_all()
    shop.sandbox.advance(days=5)
    subscriptions.resume(on_free, now=shop.now)
    assert shop.push_all() == 1
    shop.sandbox.advance_to(MONTH + SOON)
    shop.hear()
    assert Payment.objects.get(purpose="renewal").amount == 2900


def test_change_that_is_taken_back_too_late_costs_nobody_more(
    shop: Shop, on_free: Tenant, running: Subscription, small: Plan
) -> None:
    """PayPal charges the smaller price once more; the plan stays, as was wanted."""
    follow(shop, on_free, small, "monthly", 900)
    shop.push_all()
    shop.sandbox.advance(days=25)
    subscriptions.resume(on_free, now=shop.now)
    assert shop.push_all() == 1
    assert shop.running() == [running.external_id]
    for days in (31, 62):
        shop.sandbox.advance_to(NOW + timedelta(days=days))
        shop.hear()
    paid = Payment.objects.filter(purpose="renewal").order_by("pk")
    assert [one.amount for one in paid] == [900, 2900]
    on_free.refresh_from_db()
    assert on_free.plan == running.plan


def test_other_rhythm_that_needs_the_payers_word_ends_it(
    shop: Shop, on_free: Tenant, running: Subscription, plan: Plan
) -> None:
    follow(shop, on_free, plan, "annual", plan.annual_price)
    assert shop.push_all() == 1
    running.refresh_from_db()
    assert (running.standing, shop.running()) == (Standing.ENDED, [])
    assert (running.next_plan, running.next_cycle) == (plan, "annual"), "still known, for the sweep"


def test_other_rhythm_without_the_payers_word_follows(
    shop: Shop, on_free: Tenant, running: Subscription, plan: Plan
) -> None:
    shop.sandbox.world.store.get("subscription", running.external_id)["_asks"] = False
    follow(shop, on_free, plan, "annual", plan.annual_price)
    assert shop.push_all() == 1
    shop.sandbox.advance_to(MONTH + SOON)
    shop.hear()
    renewal = Payment.objects.get(purpose="renewal")
    assert (renewal.amount, renewal.problem) == (plan.annual_price, "")
    running.refresh_from_db()
    assert (running.cycle, running.period_end) == ("annual", MONTH.replace(year=2027))


def test_other_rhythm_of_another_plan_ends_it(
    shop: Shop, on_free: Tenant, running: Subscription, ana: User
) -> None:
    top = Plan.objects.create(name="Top", annual_price=90000)
    shop.send(top)
    follow(shop, on_free, top, "annual", 90000)
    assert shop.push_all() == 1
    assert shop.running() == []


def test_suspended_after_a_cancellation_is_cancelled_when_it_is_over(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    subscriptions.cancel(on_free, reason="", now=shop.now)
    shop.push_all()
    assert shop.subscription(running)["status"] == "SUSPENDED"
    with transaction.atomic():
        on_free.lock()
        subscriptions.end(running, now=shop.now)
    assert shop.push_all() == 1
    assert shop.subscription(running)["status"] == "CANCELLED"


def test_payer_who_cancels_at_paypal_keeps_the_paid_time(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    from sandbox.paypal.subscriptions import cancel

    cancel(shop.sandbox.world, {"reason": "payer"}, running.external_id)
    assert "It has ended." in shop.hear()
    running.refresh_from_db()
    on_free.refresh_from_db()
    assert running.standing == Standing.ENDED
    assert on_free.expires_at == MONTH


def test_what_is_open_is_collected_when_we_go_on(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    """After three failures PayPal has suspended it; the payer can pay again, and nobody need wait."""
    shop.sandbox.set_funding(running.external_id, "fail")
    shop.sandbox.advance_to(MONTH + timedelta(days=11))
    shop.hear()
    shop.sandbox.set_funding(running.external_id, "work")
    Subscription.objects.update(push_due_at=shop.now)
    assert shop.push_all() == 1
    assert shop.running() == [running.external_id]
    shop.hear()
    running.refresh_from_db()
    assert (running.standing, running.period_end) == (
        Standing.ACTIVE,
        NOW.replace(year=2027, month=1),
    )
    assert Payment.objects.get(purpose="renewal").amount == 2900
