"""Running subscriptions keep their price until a super admin moves them, and then change it at their next period."""

import pytest

from billing.models import Payment, Subscription
from billing.quotes import quote
from billing.services import repricing, subscriptions
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from plans.services.plans import save_plan
from saas.core.errors import Conflict
from saas.core.models import AuditEntry
from tenants.models import Tenant, User
from tests.billing.money import buy, give_funds
from tests.billing.stripe.shop import Shop


@pytest.fixture
def running(shop: Shop, on_free: Tenant, plan: Plan, ana: User) -> Subscription:
    shop.send(plan)
    return shop.buy(on_free, plan, ana, due=2900)


def raise_price(shop: Shop, plan: Plan, monthly: int) -> None:
    save_plan(plan, {"monthly_price": monthly})
    shop.send(plan)


def move(shop: Shop, plan: Plan, by: User) -> int:
    """As the confirmation on the Plans page does."""
    plan.refresh_from_db()
    to = {"monthly": plan.monthly_price, "annual": plan.annual_price}
    return repricing.move_subscriptions(plan.pk, to, by=by, now=shop.now)


def renew(shop: Shop, running: Subscription) -> Payment:
    running.refresh_from_db()
    shop.sandbox.advance_to(running.period_end)
    shop.hear()
    found = Payment.objects.filter(purpose="renewal").order_by("-pk").first()
    assert found
    return found


def test_price_that_was_bought_is_kept(shop: Shop, running: Subscription, plan: Plan) -> None:
    raise_price(shop, plan, 3900)
    assert shop.push_all() == 0
    payment = renew(shop, running)
    assert (payment.amount, payment.problem) == (2900, "")
    running.refresh_from_db()
    assert running.amount == 2900


def test_moved_ones_cost_the_new_price_from_the_next_period_on(
    shop: Shop, running: Subscription, on_free: Tenant, plan: Plan, olivia: User
) -> None:
    raise_price(shop, plan, 3900)
    old = repricing.old_prices(plan)
    assert [(one.cycle, one.amount, one.now, one.count) for one in old] == [
        ("monthly", 2900, 3900, 1)
    ]
    assert move(shop, plan, olivia) == 1
    running.refresh_from_db()
    assert (running.next_plan, running.next_cycle, running.next_amount) == (plan, "monthly", 3900)
    assert running.amount == 2900
    assert shop.push_all() == 1
    payment = renew(shop, running)
    assert (payment.amount, payment.problem) == (3900, "")
    running.refresh_from_db()
    assert (running.amount, running.next_plan, running.plan) == (3900, None, plan)
    assert renew(shop, running).amount == 3900
    on_free.refresh_from_db()
    assert on_free.plan == plan
    entry = AuditEntry.objects.get(verb="subscription.moved")
    assert entry.actor_id == olivia.pk
    assert entry.changes == {"monthly price": ["$29.00", "$39.00"], "subscriptions": ["", "1"]}


def test_moving_again_moves_nothing(
    shop: Shop, running: Subscription, plan: Plan, olivia: User
) -> None:
    raise_price(shop, plan, 3900)
    move(shop, plan, olivia)
    assert move(shop, plan, olivia) == 0
    assert AuditEntry.objects.filter(verb="subscription.moved").count() == 1
    with pytest.raises(Conflict, match="have its present price"):
        repricing.check_any(plan)


def test_price_that_changes_once_more_is_followed_once_more(
    shop: Shop, running: Subscription, plan: Plan, olivia: User
) -> None:
    for amount in (3900, 4900):
        raise_price(shop, plan, amount)
        assert move(shop, plan, olivia) == 1
        shop.push_all()
    assert renew(shop, running).amount == 4900


def test_price_that_is_not_the_confirmed_one_any_more_moves_nobody(
    shop: Shop, running: Subscription, plan: Plan, olivia: User
) -> None:
    raise_price(shop, plan, 4900)
    confirmed = {"monthly": 3900, "annual": 29000}
    assert repricing.move_subscriptions(plan.pk, confirmed, by=olivia, now=shop.now) == 0
    running.refresh_from_db()
    assert running.next_amount is None


def test_price_that_came_back_leaves_the_old_one(
    shop: Shop, running: Subscription, plan: Plan, olivia: User
) -> None:
    raise_price(shop, plan, 3900)
    move(shop, plan, olivia)
    shop.push_all()
    raise_price(shop, plan, 2900)
    assert move(shop, plan, olivia) == 1
    shop.push_all()
    assert renew(shop, running).amount == 2900


def test_what_its_tenant_chose_is_not_touched(
    shop: Shop, running: Subscription, on_free: Tenant, plan: Plan, small_plan: Plan, olivia: User
) -> None:
    raise_price(shop, plan, 3900)
    subscriptions.cancel(on_free, reason="", now=shop.now)
    assert move(shop, plan, olivia) == 0
    from django.db import transaction

    with transaction.atomic():
        locked = on_free.lock()
        offer = quote(locked, live_subscription(locked), small_plan, "monthly", shop.now)
        subscriptions.go_on_with(locked, offer, now=shop.now)
    assert repricing.old_prices(plan) == []
    subscriptions.resume(on_free, now=shop.now)
    assert move(shop, plan, olivia) == 1


def test_plan_that_became_free_moves_nobody(
    shop: Shop, running: Subscription, plan: Plan, olivia: User
) -> None:
    save_plan(plan, {"monthly_price": 0})
    assert move(shop, plan, olivia) == 0


def test_those_who_pay_from_the_balance_move_too(
    shop: Shop, on_free: Tenant, borealis: Tenant, plan: Plan, ana: User, carla: User, olivia: User
) -> None:
    shop.send(plan)
    give_funds(on_free, 5000)
    buy(on_free, plan, ana, due=2900)
    give_funds(borealis, 50_000)
    buy(borealis, plan, carla, cycle="annual", due=29000)
    save_plan(plan, {"monthly_price": 3900, "annual_price": 39000})
    counts = [(one.cycle, one.count) for one in repricing.old_prices(plan)]
    assert counts == [("annual", 1), ("monthly", 1)]
    assert move(shop, plan, olivia) == 2
    assert sorted(Subscription.objects.values_list("next_amount", flat=True)) == [3900, 39000]
    assert shop.push_all() == 0


def test_plan_that_is_gone_moves_nobody(shop: Shop, olivia: User) -> None:
    assert repricing.move_subscriptions(999_999, {}, by=olivia, now=shop.now) == 0
