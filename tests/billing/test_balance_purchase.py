"""A plan paid from the balance: ordered, collected, settled and carried out in one go."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.ledger import NotEnough, balance_of
from billing.models import BalanceEntry, Payment, Status, Subscription
from billing.services import checkout
from billing.services.checkout import NothingDue, PriceChanged
from plans.models import Plan
from tenants.models import PlanChange, Tenant, User
from tests.billing.money import NOW, buy, give_funds, press
from tests.tenants.services.rows import make_plan
from tests.world import World


@pytest.fixture
def on_free(world: World) -> Tenant:
    world.aurora.plan = world.small_plan
    world.aurora.save()
    return world.aurora


@pytest.mark.req(65, 66, 67)
def test_paid_plan_is_there_at_once(on_free: Tenant, plan: Plan, ana: User) -> None:
    give_funds(on_free, 5000)
    payment = buy(on_free, plan, ana, due=2900)
    on_free.refresh_from_db()
    assert (on_free.plan, on_free.cycle) == (plan, "monthly")
    assert on_free.expires_at == on_free.expiry_check_at == datetime(2026, 12, 25, 9, tzinfo=UTC)
    assert payment.status == Status.PAID
    assert payment.fulfilled_at == NOW
    assert payment.invoice.total == 2900
    assert balance_of(on_free).balance == 2100
    running = Subscription.objects.get(tenant=on_free)
    assert (running.amount, running.period_end) == (2900, on_free.expires_at)


@pytest.mark.req(11, 67)
def test_annual_cycle_charges_the_annual_price_for_a_year(
    on_free: Tenant, plan: Plan, ana: User
) -> None:
    give_funds(on_free, 30000)
    buy(on_free, plan, ana, cycle="annual", due=29000)
    on_free.refresh_from_db()
    assert on_free.expires_at == datetime(2027, 11, 25, 9, tzinfo=UTC)
    assert balance_of(on_free).balance == 1000


def test_too_little_leaves_everything_as_it_was(on_free: Tenant, plan: Plan, ana: User) -> None:
    give_funds(on_free, 2899)
    with pytest.raises(NotEnough, match=r"\$28.99 is not enough for \$29.00"):
        buy(on_free, plan, ana, due=2900)
    on_free.refresh_from_db()
    assert on_free.plan != plan
    assert balance_of(on_free).balance == 2899
    payment = Payment.objects.get()
    assert (payment.status, payment.fulfilled_at) == (Status.FAILED, None)
    assert "not enough" in payment.failure
    assert not PlanChange.objects.filter(tenant=on_free, to_plan=plan, reason="paid").exists()


def test_second_press_pays_once(on_free: Tenant, plan: Plan, ana: User) -> None:
    give_funds(on_free, 9000)
    pressed = press(ana, 2900)
    for _ in range(2):
        payment = checkout.order_plan(on_free, plan.pk, "monthly", pressed, now=NOW)
        checkout.begin(payment, now=NOW)
    assert balance_of(on_free).balance == 6100
    assert BalanceEntry.objects.filter(kind="payment").count() == 1


def test_price_that_changed_meanwhile_is_not_charged(
    on_free: Tenant, plan: Plan, ana: User
) -> None:
    give_funds(on_free, 9000)
    Plan.objects.filter(pk=plan.pk).update(monthly_price=3900)
    with pytest.raises(PriceChanged, match=r"\$39.00"):
        buy(on_free, plan, ana, due=2900)
    assert not Payment.objects.exists()


def test_free_plan_has_nothing_to_pay(on_free: Tenant, small_plan: Plan, ana: User) -> None:
    with pytest.raises(NothingDue):
        buy(on_free, small_plan, ana, due=0)


def test_one_more_cycle_is_added_to_the_time_that_is_paid(
    on_free: Tenant, plan: Plan, ana: User
) -> None:
    give_funds(on_free, 9000)
    buy(on_free, plan, ana, due=2900)
    buy(on_free, plan, ana, due=2900, now=NOW + timedelta(days=3))
    on_free.refresh_from_db()
    assert on_free.expires_at == datetime(2027, 1, 25, 9, tzinfo=UTC)
    assert Subscription.objects.filter(tenant=on_free).count() == 1


def test_upgrade_takes_the_unused_days_off(on_free: Tenant, plan: Plan, ana: User) -> None:
    """12 of 30 days are left of $29.00: $11.60 less."""
    bigger = Plan.objects.create(name="Team+", monthly_price=5900)
    give_funds(on_free, 9000)
    buy(on_free, plan, ana, due=2900)
    payment = buy(on_free, bigger, ana, due=4740, now=NOW + timedelta(days=18))
    on_free.refresh_from_db()
    assert on_free.plan == bigger
    assert on_free.expires_at == datetime(2027, 1, 13, 9, tzinfo=UTC)
    assert balance_of(on_free).balance == 9000 - 2900 - 4740
    assert [line["amount"] for line in payment.invoice.lines] == [5900, -1160]
    assert Subscription.objects.live().get(tenant=on_free).plan == bigger


def test_months_that_were_paid_ahead_are_not_lost_with_an_upgrade(
    on_free: Tenant, plan: Plan, ana: User
) -> None:
    bigger = make_plan("Team+", price=6000)
    give_funds(on_free, 20_000)
    for _ in range(3):
        buy(on_free, plan, ana, due=2900)
    assert balance_of(on_free).balance == 20_000 - 3 * 2900
    buy(on_free, bigger, ana, due=6000 - 2900)
    assert balance_of(on_free).balance == 20_000 - 6000
    running = Subscription.objects.live().get(tenant=on_free)
    assert (running.plan, len(running.prepaid)) == (bigger, 1)
    back = BalanceEntry.objects.get(kind="credit")
    assert (back.amount, back.note) == (5800, "Unused part of Team")
