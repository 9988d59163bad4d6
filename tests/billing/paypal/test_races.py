"""Several at once, on connections of their own: one product, one page, one payment, one end."""

from datetime import timedelta

import pytest
from django.conf import settings as project
from django.db import transaction

from billing.gateways.base import RefundFact
from billing.ledger import balance_of
from billing.models import GatewayPrice, Payment, PlanSync, Subscription
from billing.services import checkout, plan_sync, pushing, settlement, subscriptions
from plans.models import Plan
from tenants.models import Tenant, User
from tests.billing.money import NOW, press
from tests.billing.paypal.shop import PLACE, Shop
from tests.races.test_money import PEOPLE, all_at_once

LATER = NOW + timedelta(hours=7)
"""After the longest pause between two tries."""
pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=project.INSTALLED_APPS),
]


def test_plan_that_many_send_is_one_product(shop: Shop, plan: Plan) -> None:
    assert all_at_once(lambda _: plan_sync.sync(plan.pk, NOW)) == {"done": PEOPLE}
    assert len(shop.at("product")) == 1
    assert len(shop.at("plan")) == 2
    assert GatewayPrice.objects.count() == 2
    assert PlanSync.objects.get().state == "done"


def test_order_that_is_begun_by_many_is_one_page(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    pressed = press(ana, 2900, gateway="paypal")
    payment = checkout.order_plan(on_free, plan.pk, "monthly", pressed, now=NOW)
    outcomes = all_at_once(lambda _: checkout.begin(Payment.objects.get(pk=payment.pk), now=NOW))
    assert outcomes == {"done": PEOPLE}
    assert len(shop.at("subscription")) == 1


def test_order_that_many_hear_of_is_collected_and_carried_out_once(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    """Return page, notifications and whoever looks for what was left: each may be the one that collects."""
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)

    def hear(_number: int) -> None:
        fact = shop.gateway.find_payment(payment.external_id)
        assert fact
        settlement.apply(fact, **PLACE, now=NOW)

    assert all_at_once(hear) == {"done": PEOPLE}
    assert len(shop.at("capture")) == 1
    assert balance_of(on_free).balance == 5000


def test_refund_that_many_press_is_one(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    shop.hear()
    payment.refresh_from_db()
    given: list[RefundFact] = []

    def give(_number: int) -> None:
        given.append(shop.gateway.refund(payment.charge_id, 2000, "USD", key="refund:1"))

    assert all_at_once(give) == {"done": PEOPLE}
    assert len({fact.external_id for fact in given}) == 1
    assert len(shop.at("refund")) == 1


def test_subscription_that_many_end_is_ended_once(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    with transaction.atomic():
        subscriptions.end(subscriptions.lock_live(on_free.lock()), now=NOW)  # type: ignore[arg-type]
    assert all_at_once(lambda _: pushing.push(running.pk, NOW)) == {"done": PEOPLE}
    assert shop.running() == []
    assert len(shop.sandbox.events("BILLING.SUBSCRIPTION.CANCELLED")) == 1
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
    is_cancelled = running.cancelled_at is not None
    said = (running.push_due_at, running.push_attempts, running.push_error)
    assert shop.subscription(running)["status"] == ("SUSPENDED" if is_cancelled else "ACTIVE"), said
