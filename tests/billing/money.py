"""Short ways to money for tests: plans with prices, funds, and one press of “Pay”."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from billing import ledger
from billing.gateways.base import Fact, PaymentFact, PaymentState, SubscriptionFact
from billing.ledger import Kind, Why
from billing.models import Payment, Subscription
from billing.quotes import cycle_end, quote
from billing.services import checkout, plan_purchases
from billing.services.checkout import Press
from billing.services.renewals import title_of
from billing.services.settlement import apply
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from saas.core import clock
from tenants.models import Tenant, User

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
_presses = itertools.count(1)


def begin_before_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the code itself asks the time for lies in the hour before NOW, whatever day it is outside.

    Signatures follow the machine's time, here as everywhere.
    """
    ahead = NOW - timedelta(hours=1) - clock.true_now()
    monkeypatch.setattr(clock, "offset", lambda: ahead)


def press(by: User, due: int, *, gateway: str = "balance", token: str = "") -> Press:
    """A press of a button that nobody has pressed before, unless `token` is given."""
    return Press(gateway, due, token or f"press-{next(_presses):012d}", by)


def give_funds(tenant: Tenant, amount: int, *, key: str = "test", now: datetime = NOW) -> None:
    with transaction.atomic():
        ledger.deposit(tenant.lock(), amount, Why(Kind.ADJUSTMENT, f"{key}:{amount}"), now=now)


def buy(
    tenant: Tenant, plan: Plan, by: User, *, cycle: str = "monthly", due: int, now: datetime = NOW
) -> Payment:
    """A plan from the balance, as it stands afterwards."""
    payment = checkout.order_plan(tenant, plan.pk, cycle, press(by, due), now=now)
    return checkout.begin(payment, now=now).payment


def card_order(
    tenant: Tenant,
    plan: Plan,
    by: User,
    *,
    cycle: str = "monthly",
    now: datetime = NOW,
    due: int = 0,
) -> Payment:
    """A pending payment by card, as `order_plan` writes it, for tests in which no gateway is asked."""
    running = live_subscription(tenant)
    offer = quote(tenant, running, plan, cycle, now, renews_itself=True)
    return Payment.objects.create(
        tenant=tenant,
        gateway="stripe",
        environment="sandbox",
        purpose="plan",
        amount=due or offer.due,
        currency="USD",
        title=title_of(plan, cycle),
        ordered=plan_purchases.ordered(offer, running),
        by=by,
        created_at=now,
    )


def card_fact(
    payment: Payment, *, at: datetime = NOW, sub: str = "", **changes: Any
) -> PaymentFact:
    """What the gateway says once `payment` is collected; for a plan a subscription `sub` has begun."""
    cycle = payment.ordered.get("cycle", "monthly")
    subscription = SubscriptionFact(
        sub or f"sub_{payment.pk}", "active", at, cycle_end(at, cycle, at), "cus_1", "price_1"
    )
    known = {
        "state": PaymentState.PAID,
        "amount": payment.amount,
        "currency": payment.currency,
        "external_id": f"cs_{payment.pk}",
        "reference": payment.reference,
        "charge_id": f"pi_{payment.pk}",
        "paid_with": "Visa 4242",
        "at": at,
        "subscription": subscription if payment.purpose == "plan" else None,
    }
    return PaymentFact(**{**known, **changes})


def renewal_fact(
    subscription: Subscription, *, invoice: str = "in_2", amount: int = 0, price: str = "price_1"
) -> PaymentFact:
    """What the gateway says when it has collected the next period by itself."""
    start = subscription.period_end
    fact = SubscriptionFact(
        subscription.external_id,
        "active",
        start,
        cycle_end(subscription.started_at, subscription.cycle, start),
        "cus_1",
        price,
    )
    return PaymentFact(
        PaymentState.PAID,
        amount or subscription.amount,
        "USD",
        invoice,
        charge_id=f"pi_{invoice}",
        paid_with="Visa 4242",
        at=start,
        subscription=fact,
    )


def tell(fact: Fact, now: datetime = NOW) -> str:
    """Whoever hears of it first: webhook, return page or reconciler."""
    return apply(fact, gateway="stripe", environment="sandbox", now=now)
