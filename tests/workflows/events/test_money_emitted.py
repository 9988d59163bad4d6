"""What is told of money and of plans: once, with what it is about, and only when it happened."""

from dataclasses import replace
from datetime import timedelta

import pytest

from billing.gateways.base import PaymentState, SubscriptionFact
from billing.models import Payment, Standing, Subscription
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from saas.core import clock
from tenants.models import Tenant, User
from tenants.services import opening, signup
from tests.billing.money import NOW, card_fact, card_order, renewal_fact, tell
from tests.workflows.events.conftest import Heard

TOLD = {
    "billing.payment_received",
    "billing.payment_failed",
    "billing.renewal_failed",
    "billing.subscription_renewed",
    "billing.subscription_lapsed",
    "tenant.plan_changed",
    "tenant.signed_up",
}


@pytest.fixture
def on_free(aurora: Tenant, small_plan: Plan) -> Tenant:
    Tenant.objects.filter(pk=aurora.pk).update(plan=small_plan)
    aurora.refresh_from_db()
    return aurora


def subscribed(tenant: Tenant, plan: Plan, by: User) -> tuple[Payment, Subscription]:
    payment = card_order(tenant, plan, by)
    tell(card_fact(payment))
    found = live_subscription(tenant)
    assert found
    return payment, found


def told(heard: Heard) -> Heard:
    """What workflows can listen to, and nothing is left of it for the next question."""
    found = [one for one in heard if one[0] in TOLD]
    heard.clear()
    return found


def test_purchase_is_told_once_though_the_gateway_says_it_twice(
    on_free: Tenant, plan: Plan, ana: User, heard: Heard
) -> None:
    payment, _running = subscribed(on_free, plan, ana)
    assert told(heard) == [
        ("tenant.plan_changed", {"tenant_id": on_free.pk, "plan_id": plan.pk}),
        ("billing.payment_received", {"tenant_id": on_free.pk, "payment_id": payment.pk}),
    ]
    tell(card_fact(payment))
    assert told(heard) == []


def test_payment_that_fails_is_told_once(
    on_free: Tenant, plan: Plan, ana: User, heard: Heard
) -> None:
    payment = card_order(on_free, plan, ana)
    failed = card_fact(payment, state=PaymentState.FAILED, subscription=None)
    tell(failed)
    tell(failed)
    about = {"tenant_id": on_free.pk, "payment_id": payment.pk}
    assert told(heard) == [("billing.payment_failed", about)]


def test_renewal_is_told_with_its_own_payment(
    on_free: Tenant, plan: Plan, ana: User, heard: Heard
) -> None:
    _first, running = subscribed(on_free, plan, ana)
    told(heard)
    fact = renewal_fact(running)
    tell(fact, running.period_end)
    renewal = Payment.objects.get(purpose="renewal")
    about = {"tenant_id": on_free.pk, "payment_id": renewal.pk}
    assert told(heard) == [
        ("billing.subscription_renewed", about),
        ("billing.payment_received", about),
    ]
    tell(fact, running.period_end)
    assert told(heard) == []


def test_renewal_that_cannot_be_collected_is_told_once(
    on_free: Tenant, plan: Plan, ana: User, heard: Heard
) -> None:
    _first, running = subscribed(on_free, plan, ana)
    told(heard)
    later = running.period_end + timedelta(days=31)
    unpaid = SubscriptionFact(
        running.external_id, Standing.PAST_DUE, running.period_end, later, "cus_1", "price_1"
    )
    tell(unpaid, running.period_end)
    tell(replace(unpaid), running.period_end)
    about = {"tenant_id": on_free.pk, "subscription_id": running.pk}
    assert told(heard) == [("billing.renewal_failed", about)]


def test_business_is_told_when_it_opens_and_not_before(
    bruno: User, plan: Plan, heard: Heard
) -> None:
    start = (plan, NOW + timedelta(days=14))
    tenant = signup.open_business(bruno, name="Late", slug="late", now=NOW, start=start)
    assert told(heard) == []
    signup.activate(bruno, now=NOW)
    signup.activate(bruno, now=NOW)
    assert told(heard) == [("tenant.signed_up", {"tenant_id": tenant.pk})]


def test_business_that_is_opened_by_hand_is_told(plan: Plan, olivia: User, heard: Heard) -> None:
    new = opening.NewBusiness("By hand", "by-hand", "new@mail.example", "New", plan)
    made = opening.open_by_hand(new, by=olivia, now=clock.now())
    assert told(heard) == [("tenant.signed_up", {"tenant_id": made.tenant.pk})]
