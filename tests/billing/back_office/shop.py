"""Short ways for tests of the back office: what was paid by card at the double, and rows that were meddled with."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection

from billing.models import Payment, Subscription
from billing.services import checkout, settlement
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.inbox.shop import Shop
from tests.billing.money import NOW, press

GUARDED = ("billing_balanceentry", "billing_invoice")


class Till(Shop):
    """The double, and what is sold at it. Nothing comes from it by itself: a test says when we hear of it."""

    def __init__(self, sandbox: StripeSandbox) -> None:
        super().__init__(sandbox)
        self.offered: set[int] = set()

    def plan(self, tenant: Tenant, plan: Plan, by: User, *, now: datetime = NOW) -> Payment:
        """A plan, paid by card, and carried out here."""
        if plan.pk not in self.offered:
            self.offer(plan)
            self.offered.add(plan.pk)
        payment = self.buy(tenant, plan, by, now=now)
        return hear(payment, now)

    def funds(self, tenant: Tenant, by: User, amount: int, *, now: datetime = NOW) -> Payment:
        """Funds, paid by card, and on the balance."""
        return hear(self.unheard_funds(tenant, by, amount, now=now), now)

    def unheard_funds(
        self, tenant: Tenant, by: User, amount: int, *, now: datetime = NOW
    ) -> Payment:
        """Funds that were paid at the double, and of which nothing is known here yet."""
        payment = order_funds(tenant, by, amount, now=now)
        begun = checkout.begin(payment, now=now).payment
        self.sandbox.pay(begun.pay_url)
        return begun


def order_funds(
    tenant: Tenant, by: User, amount: int, *, gateway: str = "stripe", now: datetime = NOW
) -> Payment:
    return checkout.order(
        tenant, "funds", title="Funds added", ordered={}, press=press(by, amount, gateway=gateway), now=now,
    )  # fmt: skip


def funds_row(tenant: Tenant, by: User, amount: int, *, now: datetime = NOW) -> Payment:
    """Pending funds by card, as `order` writes them, for tests in which no gateway is asked."""
    return Payment.objects.create(
        tenant=tenant, gateway="stripe", environment="sandbox", purpose="funds", amount=amount,
        currency="USD", title="Funds added", by=by, created_at=now,
    )  # fmt: skip


def hear(payment: Payment, now: datetime = NOW) -> Payment:
    """Whoever is first asks the gateway; the payment as it stands then, and its tenant with it."""
    Payment.objects.filter(pk=payment.pk).update(checked_at=None)
    payment.refresh_from_db()
    checkout.look(payment, now=now)
    payment.refresh_from_db()
    payment.tenant.refresh_from_db()
    return payment


def renew(till: Till, subscription: Subscription, now: datetime) -> None:
    """We hear of every paid invoice of the subscription."""
    gateway = _gateway(subscription)
    for fact in gateway.paid_since(NOW):
        if fact.subscription and fact.subscription.external_id == subscription.external_id:
            settlement.apply(fact, gateway="stripe", environment="sandbox", now=now)


def running(tenant: Tenant) -> Subscription:
    found = live_subscription(tenant)
    assert found
    return found


def _gateway(subscription: Subscription) -> Any:
    from billing.services import gateways

    return gateways.connect_to(subscription.gateway, subscription.environment)


@contextmanager
def unguarded() -> Iterator[Any]:
    """A cursor for meddling with rows that the database does not let anybody change."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or the tables cannot be altered
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        yield cursor
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only")
