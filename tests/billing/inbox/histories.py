"""What may happen at Stripe after an order, step by step, kept so that every step can be looked at again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from billing.models import (
    BalanceAccount,
    BalanceEntry,
    Invoice,
    Outcome,
    Payment,
    Refund,
    Subscription,
    WebhookEvent,
)
from billing.services import inbox
from billing.services.inbox import Delivery
from saas.core import clock
from sandbox.stripe.clocks import MovableClock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant

Act = Callable[[StripeSandbox], object]
TOLD = (
    "checkout.session.", "invoice.paid", "invoice.payment_failed", "customer.subscription.",
    "charge.refunded", "charge.dispute.", "refund.",
)  # fmt: skip
"""What an endpoint at Stripe would be set to send; anything else is ignored unread, in any order."""


@dataclass(frozen=True)
class Step:
    """The double after something happened: its objects, its time, and the deliveries that this brought."""

    now: datetime
    objects: dict[str, Any]
    deliveries: list[tuple[bytes, dict[str, str]]]


class History:
    """Records steps, and puts the double back to one."""

    def __init__(self, sandbox: StripeSandbox) -> None:
        self.sandbox, self.steps = sandbox, list[Step]()
        self.sent_at = clock.true_now()
        self._seen = {event["id"] for event in sandbox.events()}

    def record(self, act: Act, **later: float) -> None:
        """`act` happens, `later` (days=31) than what was before; renewals that are due meanwhile, too."""
        if later:
            self.sandbox.advance(**later)
        act(self.sandbox)
        new = [event for event in self.sandbox.events() if event["id"] not in self._seen]
        self._seen |= {event["id"] for event in new}
        told = [self.sandbox.parcel(e["id"]) for e in new if e["type"].startswith(TOLD)]
        objects = deepcopy(self.sandbox.world.store.objects)
        self.steps.append(Step(self.sandbox.now(), objects, told))

    def go_to(self, step: Step) -> None:
        """The double answers as it did then."""
        self.sandbox.world.store.objects = deepcopy(step.objects)
        self.sandbox.world.clock = MovableClock(step.now)

    def deliver(self, delivery: tuple[bytes, dict[str, str]], now: datetime) -> None:
        """Over the wire; where the event has been worked on, it is worked on again."""
        body, headers = delivery
        if not inbox.accept(Delivery("stripe", body, headers, self.sent_at), now=now):
            body_id = body.decode().split('"id": "', 1)[1].split('"', 1)[0]
            WebhookEvent.objects.filter(event_id=body_id).update(
                outcome=Outcome.WAITING, due_at=now, attempts=0
            )


@contextmanager
def undone() -> Iterator[None]:
    """Nothing that the block writes stays."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def work_one_by_one(events: list[WebhookEvent], now: datetime) -> None:
    """In just this order."""
    for event in events:
        if claimed := inbox.claim_one(event.pk, now):
            inbox.process(claimed, now)


def work_to_the_end(now: datetime) -> None:
    """As the workers go on, hour after hour, until nothing waits."""
    for _ in range(inbox.MOST_ATTEMPTS + 1):
        while events := inbox.claim(now, 50):
            for event in events:
                inbox.process(event, now)
        now += timedelta(hours=5)
    left = WebhookEvent.objects.exclude(outcome__in=[Outcome.DONE, Outcome.IGNORED])
    assert [(event.kind, event.detail) for event in left] == []


def state(tenant: Tenant) -> dict[str, object]:
    """Everything that money has done, without when we heard of it."""
    tenant.refresh_from_db()
    account = BalanceAccount.objects.filter(tenant=tenant).first()
    return {
        "tenant": (tenant.plan_id, tenant.cycle, tenant.expires_at),
        "payments": sorted(
            (
                one.title, one.purpose, one.status, one.amount, one.refunded, one.charge_id,
                one.external_id, str(one.paid_at), one.fulfilled_at is not None, one.problem,
                one.subscription.external_id if one.subscription else "",
            )
            for one in Payment.objects.select_related("subscription")
        ),
        "refunds": sorted(
            (one.external_id, one.kind, one.amount, one.reversed_at is not None)
            for one in Refund.objects.all()
        ),
        "subscriptions": sorted(
            (
                one.external_id, one.standing, one.plan_id, one.cycle, one.amount, str(one.started_at),
                str(one.period_start), str(one.period_end), one.past_due_at is not None,
                one.ended_at is not None, one.needs_review, one.customer_id, one.paid_with,
            )
            for one in Subscription.objects.all()
        ),
        "balance": (account.balance, account.debt) if account else (0, 0),
        "entries": sorted(BalanceEntry.objects.values_list("kind", "amount", "debt_amount")),
        "invoices": sorted(Invoice.objects.values_list("total", "currency", "payment__external_id")),
        "numbers": sorted(Invoice.objects.values_list("serial", flat=True)),
    }  # fmt: skip
