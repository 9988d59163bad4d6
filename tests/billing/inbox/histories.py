"""What may happen at a gateway after an order, step by step, kept so that every step can be looked at again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum

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
from billing.services.inbox import working as inbox
from billing.services.inbox.working import Delivery
from saas.core import clock
from sandbox.stripe.clocks import MovableClock
from tenants.models import Tenant

Act = Callable[[Any], object]
TOLD = (
    "checkout.session.", "invoice.paid", "invoice.payment_failed", "customer.subscription.",
    "charge.refunded", "charge.dispute.", "refund.", "payment.", "chargebacks",
)  # fmt: skip
"""What an endpoint would be set to send; anything else is ignored unread, in any order."""


@dataclass(frozen=True)
class Parcel:
    """One event, ready to be delivered."""

    event_id: str
    kind: str
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Step:
    """The double after something happened: its objects, its time, and the deliveries that this brought."""

    now: datetime
    objects: dict[str, Any]
    parcels: list[Parcel]


class History:
    """Records steps of the double of `gateway`, and puts it back to one."""

    def __init__(self, sandbox: Any, gateway: str = "stripe") -> None:
        self.sandbox, self.gateway, self.steps = sandbox, gateway, list[Step]()
        self.sent_at = clock.true_now()
        self._seen = {event["id"] for event in sandbox.events()}

    def record(self, act: Act, **later: float) -> None:
        """`act` happens, `later` (days=31) than what was before; renewals that are due meanwhile, too."""
        if later:
            self.sandbox.advance(**later)
        act(self.sandbox)
        new = [event for event in self.sandbox.events() if event["id"] not in self._seen]
        self._seen |= {event["id"] for event in new}
        told = [
            Parcel(event["id"], event["type"], *self.sandbox.parcel(event["id"]))
            for event in new
            if event["type"].startswith(TOLD)
        ]
        objects = deepcopy(self.sandbox.world.store.objects)
        self.steps.append(Step(self.sandbox.now(), objects, told))

    def go_to(self, step: Step) -> None:
        """The double answers as it did then."""
        self.sandbox.world.store.objects = deepcopy(step.objects)
        self.sandbox.world.clock = MovableClock(step.now)

    def deliver(self, parcel: Parcel, now: datetime) -> None:
        """Over the wire; where the event has been worked on, it is worked on again."""
        delivery = Delivery(self.gateway, parcel.body, parcel.headers, self.sent_at)
        if not inbox.accept(delivery, now=now):
            again = {"outcome": Outcome.WAITING, "due_at": now, "attempts": 0}
            WebhookEvent.objects.filter(event_id__startswith=parcel.event_id).update(**again)


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
    """What money has done, by name; not when we heard of it, nor what was undone before we did."""
    tenant.refresh_from_db()
    found: dict[str, object] = {
        "tenant": (tenant.plan_id, tenant.cycle, str(tenant.expires_at)),
        "invoice numbers": sorted(Invoice.objects.values_list("serial", flat=True)),
    }
    if account := BalanceAccount.objects.filter(tenant=tenant).first():
        sums = BalanceEntry.objects.aggregate(amount=Sum("amount"), debt=Sum("debt_amount"))
        found["balance"] = (account.balance, account.debt)
        found["ledger"] = (sums["amount"], sums["debt"])
    for one in Payment.objects.select_related("subscription"):
        found[f"payment {one.external_id}"] = {
            "title": one.title, "purpose": one.purpose, "status": one.status, "amount": one.amount,
            "refunded": one.refunded, "charge": one.charge_id, "paid": str(one.paid_at),
            "carried out": one.fulfilled_at is not None, "problem": one.problem,
            "subscription": one.subscription.external_id if one.subscription else "",
        }  # fmt: skip
    for refund in Refund.objects.filter(reversed_at=None):
        found[f"refund {refund.external_id}"] = (refund.kind, refund.amount)
    for running in Subscription.objects.all():
        found[f"subscription {running.external_id}"] = {
            "standing": running.standing, "plan": running.plan_id, "cycle": running.cycle,
            "amount": running.amount, "anchor": str(running.started_at),
            "period": (str(running.period_start), str(running.period_end)),
            "is over": running.ended_at is not None, "needs review": running.needs_review,
            "customer": running.customer_id,
        }  # fmt: skip
    for invoice in Invoice.objects.select_related("payment"):
        found[f"invoice of {invoice.payment.external_id}"] = (invoice.total, invoice.lines)
    return found


def differences(expected: dict[str, object], got: dict[str, object]) -> dict[str, object]:
    """What is not the same, by name, as (expected, got)."""
    names = {*expected, *got}
    pairs = {name: (expected.get(name), got.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
