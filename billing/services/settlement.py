"""The one door from “the gateway says so” to what that does here.

Return page, webhook and reconciler all come through `apply`, so whoever is first does the work and the others find it
done. A payment moves forward only: pending, failed, paid, refunded.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing.gateways.base import Fact, PaymentFact, PaymentState, RefundFact, SubscriptionFact
from billing.models import Payment, Status
from billing.services import invoices, paid_twice, refunds, renewals, subscriptions
from billing.services.fulfilment import purpose
from saas.core.errors import DomainError
from saas.core.events import emit
from saas.core.money import format_money

log = logging.getLogger(__name__)
NOT_OURS = "Nothing of ours."
NOT_COLLECTED = "The gateway has not collected it yet."


def apply(fact: Fact, *, gateway: str, environment: str, now: datetime) -> str:
    """Make what the gateway says true here; answers in one sentence what that did. Doing it again does nothing more."""
    if isinstance(fact, RefundFact):
        return refunds.take_in(fact, gateway=gateway, environment=environment, now=now)
    if isinstance(fact, SubscriptionFact):
        return subscriptions.take_in(fact, gateway=gateway, environment=environment, now=now)
    if fact.reference:
        found = Payment.objects.filter(
            reference=fact.reference, gateway=gateway, environment=environment
        ).first()
        return settle_payment(found, fact, now=now) if found else NOT_OURS
    payment = renewals.find_or_open(fact, gateway=gateway, environment=environment, now=now)
    return settle_payment(payment, fact, now=now) if payment else NOT_OURS


@transaction.atomic
def settle_payment(payment: Payment, fact: PaymentFact, *, now: datetime) -> str:
    """`payment` stands as `fact` says, and what it was paid for is done; answers in one sentence what happened.

    Under the lock of its tenant, compared with what was ordered. Money that does not fit the order is kept as paid,
    without effect and with the problem written down, for a person to decide. Emits `billing.payment_received` or
    `billing.payment_failed`.
    """
    tenant = payment.tenant.lock()
    stored = Payment.objects.select_for_update().get(pk=payment.pk)
    stored.tenant = tenant
    if stored.is_paid:
        return paid_twice.take_in(stored, fact, now) or "It was settled before."
    if fact.state is PaymentState.PENDING:
        return _note_slip(stored, fact)
    _note_ids(stored, fact)
    if fact.state is PaymentState.FAILED:
        return _fail(stored, fact, now)
    return _pay(stored, fact, now)


def fail_payment(payment: Payment, failure: str, *, now: datetime) -> bool:
    """A pending payment that comes to nothing; False when it is pending no longer."""
    changed = Payment.objects.filter(pk=payment.pk, status=Status.PENDING).update(
        status=Status.FAILED, failed_at=now, failure=failure[:300]
    )
    return bool(changed)


def _note_slip(stored: Payment, fact: PaymentFact) -> str:
    """How its payer has chosen to pay it, at a counter or a bank; another choice takes its place."""
    if stored.is_pending and (stored.slip_url, stored.paid_with) != (fact.slip_url, fact.paid_with):
        stored.slip_url, stored.paid_with = fact.slip_url, fact.paid_with
        stored.save(update_fields=["slip_url", "paid_with"])
    return "It waits for its slip to be paid." if fact.slip_url else NOT_COLLECTED


def _note_ids(stored: Payment, fact: PaymentFact) -> None:
    stored.external_id = stored.external_id or fact.external_id
    stored.charge_id = fact.charge_id or stored.charge_id
    stored.paid_with = fact.paid_with or stored.paid_with


def _fail(stored: Payment, fact: PaymentFact, now: datetime) -> str:
    if stored.status == Status.FAILED:
        return "It had failed before."
    stored.status, stored.failed_at = Status.FAILED, now
    stored.failure = (fact.failure or _("The payment was not completed."))[:300]
    stored.save()
    emit("billing.payment_failed", payment_id=stored.pk, tenant_id=stored.tenant_id)
    return "The payment failed."


def _pay(stored: Payment, fact: PaymentFact, now: datetime) -> str:
    stored.status, stored.paid_at = Status.PAID, fact.at or now
    stored.failed_at, stored.failure = None, ""
    stored.problem = _mismatch(stored, fact)
    stored.save()
    if stored.problem:
        log.error("Payment %s does not fit its order: %s", stored.pk, stored.problem)
        return stored.problem
    return fulfil(stored, fact, now)


def fulfil(stored: Payment, fact: PaymentFact, now: datetime) -> str:
    """What `stored`, paid and locked, was paid for is done. Where that cannot be, the reason is written down."""
    try:
        with transaction.atomic():
            stored.problem = purpose(stored.purpose).fulfil(stored, fact, now)[:300]
    except DomainError as error:
        stored.problem = _("Paid, and not carried out: %(why)s") % {"why": error.message}
        stored.problem = stored.problem[:300]
        stored.save(update_fields=["problem"])
        log.exception("Payment %s was paid and could not be carried out", stored.pk)
        return stored.problem
    stored.fulfilled_at = now
    stored.save(update_fields=["fulfilled_at", "problem", "subscription"])
    invoices.issue(stored, now)
    emit("billing.payment_received", payment_id=stored.pk, tenant_id=stored.tenant_id)
    return "Paid and carried out."


def _mismatch(stored: Payment, fact: PaymentFact) -> str:
    """What is not as ordered; empty when all is."""
    if (fact.amount, fact.currency) == (stored.amount, stored.currency):
        return ""
    return _("%(got)s came in where %(ordered)s was ordered. Nothing was carried out.") % {
        "got": format_money(fact.amount, fact.currency, "en"),
        "ordered": format_money(stored.amount, stored.currency, "en"),
    }
