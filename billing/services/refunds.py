"""Money that goes back: what it had bought goes, too, down to what is left (decision D18)."""

from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from billing.gateways.base import RefundFact
from billing.models import Payment, Refund, Status
from billing.services.fulfilment import purpose
from saas.core.events import emit

NOT_PAID_YET = "The payment has not come yet."


@transaction.atomic
def take_in(fact: RefundFact, *, gateway: str, environment: str, now: datetime) -> str:
    """The refund or dispute that the gateway tells of has its effect here, once; a dispute that was won undoes it."""
    found = Payment.objects.filter(
        gateway=gateway, environment=environment, charge_id=fact.charge_id
    ).exclude(charge_id="")
    payment = found.first()
    if payment is None:
        return "Nothing of ours."
    tenant = payment.tenant.lock()
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    payment.tenant = tenant
    if not payment.is_paid:
        return NOT_PAID_YET
    refund = Refund.objects.filter(payment=payment, external_id=fact.external_id).first()
    if refund is None:
        return _take_back(payment, fact, now)
    if fact.is_reversed and refund.reversed_at is None:
        return _give_back(payment, refund, now)
    return "It was taken in before."


def _take_back(payment: Payment, fact: RefundFact, now: datetime) -> str:
    if fact.is_reversed:
        return "It was over before we heard of it."
    amount = min(fact.amount, payment.amount - payment.refunded)
    if amount <= 0:
        return "All of it was taken back before."
    refund = Refund.objects.create(
        payment=payment,
        kind=Refund.Kind.DISPUTE if fact.is_dispute else Refund.Kind.REFUND,
        external_id=fact.external_id,
        amount=amount,
        at=fact.at,
        reason=fact.reason[:300],
    )
    if payment.fulfilled_at:
        purpose(payment.purpose).take_back(payment, amount, f"refund:{refund.pk}", now)
    _write_total(payment)
    emit("billing.payment_taken_back", payment_id=payment.pk, tenant_id=payment.tenant_id)
    return "Taken back."


def _give_back(payment: Payment, refund: Refund, now: datetime) -> str:
    refund.reversed_at = now
    refund.save(update_fields=["reversed_at"])
    _write_total(payment)
    if payment.fulfilled_at:
        purpose(payment.purpose).give_back(payment, refund.amount, f"won:{refund.pk}", now)
    return "The money came back."


def _write_total(payment: Payment) -> None:
    """`refunded` is the sum of what is gone; all of it gone makes the payment a refunded one."""
    gone = payment.refunds.filter(reversed_at__isnull=True).aggregate(sum=Sum("amount"))["sum"] or 0
    payment.refunded = gone
    payment.status = Status.REFUNDED if gone == payment.amount else Status.PAID
    payment.save(update_fields=["refunded", "status"])
