"""Several at once, on connections of their own: one product, one page, one end; and no lock while Stripe thinks."""

from datetime import timedelta

import pytest
from django.conf import settings as project
from django.db import transaction

from billing.gateways.base import SubscriptionWish
from billing.models import GatewayPrice, Payment, PlanSync, Subscription
from billing.services import checkout, plan_sync, pushing, subscriptions
from plans.models import Plan
from plans.services.plans import save_plan
from tenants.models import Tenant, User
from tests.billing.money import NOW, press
from tests.billing.stripe.conftest import Asked
from tests.billing.stripe.shop import Shop
from tests.races.test_money import PEOPLE, all_at_once

LATER = NOW + timedelta(hours=1)
pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=project.INSTALLED_APPS),
]


@pytest.mark.req(88)
def test_plan_that_many_send_is_one_product(shop: Shop, plan: Plan) -> None:
    assert all_at_once(lambda _: plan_sync.sync(plan.pk, NOW)) == {"done": PEOPLE}
    assert len(shop.at("product")) == 1
    assert len(shop.at("price")) == 2
    assert GatewayPrice.objects.count() == 2
    assert PlanSync.objects.get().state == "done"


def test_plan_that_is_saved_and_sent_by_many_is_at_stripe_as_it_was_saved_last(
    shop: Shop, plan: Plan
) -> None:
    def save_and_send(number: int) -> None:
        save_plan(plan, {"name": f"Team {number}", "monthly_price": 1000 + number})
        plan_sync.mark_due([plan.pk], NOW)
        plan_sync.sync(plan.pk, NOW)

    assert all_at_once(save_and_send) == {"done": PEOPLE}
    for plan_id in plan_sync.due(NOW):  # what a sweep would find
        plan_sync.sync(plan_id, NOW)
    plan.refresh_from_db()
    product = shop.at("product")
    assert [one["name"] for one in product] == [plan.name]
    monthly = [
        one["unit_amount"]
        for one in shop.at("price", active=True)
        if one["recurring"]["interval"] == "month"
    ]
    assert monthly == [plan.monthly_price]
    current = GatewayPrice.objects.get(archived_at__isnull=True, cycle="monthly")
    assert (current.amount, current.external_id) == (
        plan.monthly_price,
        plan.gateway_ids["stripe:sandbox"]["monthly"],
    )


def test_order_that_is_begun_by_many_is_one_page(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    payment = checkout.order_plan(
        on_free, plan.pk, "monthly", press(ana, 2900, gateway="stripe"), now=NOW
    )
    outcomes = all_at_once(lambda _: checkout.begin(Payment.objects.get(pk=payment.pk), now=NOW))
    # Stripe answers “the same request is on its way” to some; they find the page when they ask again.
    assert set(outcomes) <= {"done", "GatewayUnavailable"}
    assert outcomes["done"] >= 1
    assert len(shop.at("checkout.session")) == 1
    assert len(shop.at("customer")) == 1


def test_subscription_that_many_end_is_ended_once(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    with transaction.atomic():
        subscriptions.end(subscriptions.lock_live(on_free.lock()), now=NOW)  # type: ignore[arg-type]
    assert all_at_once(lambda _: pushing.push(running.pk, NOW)) == {"done": PEOPLE}
    assert shop.running() == []
    ended = shop.sandbox.events("customer.subscription.deleted")
    assert len(ended) == 1
    assert Subscription.objects.get(pk=running.pk).push_due_at is None


def test_wishes_that_change_while_many_tell_end_as_the_last_one(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)

    def change_and_tell(number: int) -> None:
        if number % 2:
            subscriptions.cancel(on_free, reason="", now=NOW)
        else:
            subscriptions.resume(on_free, now=NOW)
        pushing.push(running.pk, NOW)

    assert all_at_once(change_and_tell) == {"done": PEOPLE}
    while pushing.due(LATER, 10):  # a gateway that was busy is told a minute later
        pushing.push(running.pk, LATER)
    running.refresh_from_db()
    at_stripe = shop.at("subscription")[0]
    assert at_stripe["cancel_at_period_end"] is (running.cancelled_at is not None)


def test_whatever_speaks_to_stripe_holds_no_lock(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User, spoken: Asked
) -> None:
    """From a plan that is sent to a subscription that is ended; the guard of every test here looks on."""
    bigger = Plan.objects.create(name="Team+", monthly_price=5900)
    shop.send(plan, bigger)
    shop.buy(on_free, plan, ana, due=2900)
    payment = shop.order(on_free, bigger, ana, due=3000)
    checkout.look(payment, now=NOW)
    shop.sandbox.pay(payment.pay_url)
    shop.hear()
    shop.push_all()
    funds = shop.funds(on_free, ana, 5000)
    checkout.abandon(funds, now=NOW)
    save_plan(bigger, {"monthly_price": 6900})
    shop.send(bigger)
    assert len(spoken) > 30
    assert spoken.wrong == []


def test_guard_sees_a_question_in_a_transaction(shop: Shop, spoken: Asked) -> None:
    wish = SubscriptionWish("sub_1", True, False, "", "")
    shop.gateway.push(wish)
    assert spoken.wrong == []
    with transaction.atomic():
        shop.gateway.push(wish)
    assert spoken.wrong == ["GET subscriptions/sub_1"]
    spoken.wrong.clear()
