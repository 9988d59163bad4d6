"""The one door from “the company says so” to what that does to a deposit.

Return page, notification and beat all come through `take_in`, so whoever is first does the work and the others find it
done. Everything happens under the tenant's lock; that money counts once is the database's affair all the same.
"""

import logging
from datetime import datetime

from django.utils.translation import gettext as _

from billing.services.merchants import DEPOSITS, Fact, PaymentFact, PaymentState, RefundFact
from booking.models import (
    Appointment,
    BookingRules,
    DepositPayment,
    DepositState,
    RefundReason,
    Status,
)
from booking.services import history
from booking.services.deposits import going_back
from booking.services.deposits.coming_back import bring_back
from booking.services.resources import locked
from saas.core.events import emit
from saas.core.money import format_money
from tenants.models import Tenant

log = logging.getLogger(__name__)
NOT_OURS = "Nothing of ours."
BEFORE = "It was settled before."


def take_in(tenant: Tenant, fact: Fact, *, gateway: str, environment: str, now: datetime) -> str:
    """Make what the company says true here; answers in one sentence what that did. Doing it again does nothing more.

    Emits `appointment.deposit_paid`, and `appointment.status_changed` for an appointment that waited for it.
    """
    own = {"gateway": gateway, "environment": environment}
    if isinstance(fact, RefundFact):
        return going_back.take_in(tenant, fact, gateway=gateway, environment=environment, now=now)
    if not isinstance(fact, PaymentFact) or not fact.reference.startswith(DEPOSITS):
        return NOT_OURS
    with locked(tenant):
        found = DepositPayment.objects.select_for_update().filter(reference=fact.reference, **own)
        payment = found.first()
        return _settle(tenant, payment, fact, now) if payment else NOT_OURS


def _settle(tenant: Tenant, payment: DepositPayment, fact: PaymentFact, now: datetime) -> str:
    if payment.is_paid:
        return _paid_again(tenant, payment, fact, now)
    payment.paid_with = fact.paid_with or payment.paid_with
    if fact.state is PaymentState.PENDING:
        payment.slip_url = fact.slip_url
        payment.save(update_fields=["slip_url", "paid_with"])
        return "The company has not collected it yet."
    payment.external_id = payment.external_id or fact.external_id
    payment.charge_id = fact.charge_id or payment.charge_id
    if fact.state is PaymentState.FAILED:
        return _fail(payment, fact, now)
    return _pay(tenant, payment, fact, now)


def _fail(payment: DepositPayment, fact: PaymentFact, now: datetime) -> str:
    """A charge that failed names no money: another one may follow under another name."""
    if not payment.is_pending:
        return BEFORE
    payment.status, payment.failed_at, payment.closed_at = DepositState.FAILED, now, now
    payment.failure = (fact.failure or _("The payment was not completed."))[:300]
    payment.charge_id = ""
    payment.save()
    return "The payment failed."


def _pay(tenant: Tenant, payment: DepositPayment, fact: PaymentFact, now: datetime) -> str:
    payment.status, payment.paid_at = DepositState.PAID, fact.at or now
    payment.failed_at, payment.failure, payment.slip_url = None, "", ""
    is_same_money = fact.currency == payment.currency
    payment.received = fact.amount if is_same_money else 0
    if not is_same_money or fact.amount != payment.amount:
        payment.problem = _mismatch(payment, fact)
        payment.save()
        log.error("Deposit %s does not fit what was asked: %s", payment.pk, payment.problem)
        return payment.problem
    payment.save()
    row = Appointment.objects.with_all().get(pk=payment.appointment_id)
    reason = _why_not(tenant, row, payment, now)
    if reason:
        payment.problem = str(reason.label)
        payment.save(update_fields=["problem"])
        going_back.wish(tenant, payment, payment.received, reason, now=now)
        return f"It goes back: {reason.value}."
    _receive(tenant, row, payment, now)
    return "Paid, and counted."


def _why_not(
    tenant: Tenant, row: Appointment, payment: DepositPayment, now: datetime
) -> RefundReason | None:
    """Why the money is of no use; None where it is, and then a time that was released is held again."""
    if row.deposit_paid_at is not None:
        return RefundReason.TWICE
    if not row.is_cancelled:
        return None
    if not row.was_released:
        return RefundReason.CANCELLED
    return None if bring_back(tenant, row, now) else RefundReason.TOO_LATE


def _receive(tenant: Tenant, row: Appointment, payment: DepositPayment, now: datetime) -> None:
    before, row.deposit_paid_at = row.status, payment.paid_at or now
    if row.status == Status.PENDING and not BookingRules.load().confirms_by_hand:
        row.status = Status.APPROVED
    row.save(update_fields=["status", "deposit_paid_at"])
    payment.fulfilled_at = now
    payment.save(update_fields=["fulfilled_at"])
    about = {"tenant_id": tenant.pk, "appointment_id": row.pk}
    with history.by_customer():
        history.noted(row, deposit_paid_at=[history.ONLINE, row.deposit_paid_at.isoformat()])
        if row.status != before:
            history.noted(row, status=[str(before), str(row.status)])
    emit("appointment.deposit_paid", **about)
    if row.status != before:
        emit("appointment.status_changed", **about, before=before)


def _paid_again(tenant: Tenant, first: DepositPayment, fact: PaymentFact, now: datetime) -> str:
    """Other money for the same order, as from two cards on one page, is a payment of its own, and goes back."""
    is_other = fact.state is PaymentState.PAID and fact.charge_id not in {"", first.charge_id}
    own = {"gateway": first.gateway, "environment": first.environment}
    if not is_other or DepositPayment.objects.filter(charge_id=fact.charge_id, **own).exists():
        return BEFORE
    again = DepositPayment.objects.create(
        appointment_id=first.appointment_id, amount=fact.amount, currency=fact.currency,
        received=fact.amount, charge_id=fact.charge_id, paid_with=fact.paid_with,
        status=DepositState.PAID, created_at=now, paid_at=fact.at or now,
        problem=str(RefundReason.TWICE.label), **own,
    )  # fmt: skip
    going_back.wish(tenant, again, again.received, RefundReason.TWICE, now=now)
    return "It was paid twice: the second goes back."


def _mismatch(payment: DepositPayment, fact: PaymentFact) -> str:
    return _("%(got)s came in where %(asked)s was asked. It does not count as the deposit.") % {
        "got": format_money(fact.amount, fact.currency),
        "asked": format_money(payment.amount, payment.currency),
    }
