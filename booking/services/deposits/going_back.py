"""Giving a deposit back: written down first, then asked of the company until it says yes or no, and never done twice.

The key under which a company is asked is made of the payment and of how often it has refused. So another try after an
answer that was lost finds the very same refund; only what was refused, and so did not happen, is asked anew.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from billing.services import merchants
from billing.services.merchants import GatewayRefused, GatewayUnavailable, NotConnected, RefundFact
from booking.models import DepositPayment, DepositRefund, DepositState, RefundReason
from booking.models.deposits import NOT_OURS as BY_OTHERS
from booking.selectors import find_row
from booking.services.deposits.accounts import find_account
from booking.services.deposits.errands import look_at_once
from booking.services.resources import allowed, locked
from saas.core import audit
from saas.core.errors import Conflict, DomainError
from saas.core.events import emit
from saas.core.money import format_money
from tenants.models import Tenant

log = logging.getLogger(__name__)
ASK_AGAIN_AFTER = timedelta(minutes=1)
"""Longer than a company is waited for, so that nobody asks anew what may still be on its way."""


class NotRefundable(Conflict):
    """There is nothing to give back, or not so much, or it goes back already."""


class NotGivenBack(Conflict):
    """The company said no. Nothing has moved."""

    def __init__(self, gateway: str, detail: str) -> None:
        words = {"gateway": merchants.name_of(gateway), "detail": detail}
        super().__init__(_("%(gateway)s did not give it back: %(detail)s") % words)


class NotKnown(DomainError):
    """The company did not answer, so nobody knows yet whether the money went back."""

    status = 503

    def __init__(self, gateway: str) -> None:
        super().__init__(
            _(
                "%(gateway)s does not answer at present, so it is not known yet whether the money went back. "
                "It is asked again by itself every few minutes: nothing goes back twice."
            )
            % {"gateway": merchants.name_of(gateway)}
        )


def ours(payment: DepositPayment) -> DepositRefund | None:
    """What we have asked to go back of it; there is at most one. One query."""
    return payment.refunds.exclude(reason__in=BY_OTHERS).first()


def wish(
    tenant: Tenant, payment: DepositPayment, amount: int, reason: RefundReason, *, now: datetime
) -> DepositRefund | None:
    """Under the lock: `amount` is to go back by itself, soon after the commit. None where nothing is left to give."""
    if not 0 < amount <= payment.left or not payment.charge_id or ours(payment):
        return None
    look_at_once(tenant, now)
    return DepositRefund.objects.create(payment=payment, reason=reason, amount=amount, asked_at=now)


def give_back(
    tenant: Tenant, payment_id: int, amount: int, *, by_id: int | None, now: datetime
) -> DepositRefund:
    """`amount` has gone back; pressed again it is the same refund. Call it outside of a transaction.

    Raises CapabilityMissing, NotHere, NotRefundable; NotGivenBack and NotKnown, after both of which it may be tried
    again.
    """
    with allowed(tenant, "appointments.edit"):
        payment = find_row(DepositPayment, payment_id)
        refund = ours(payment)
        if refund and not refund.is_open:
            if refund.amount == amount:
                return refund
            raise NotRefundable(_("It was given back already."))
        _require_room(payment, amount)
        if refund is None:
            refund = DepositRefund(payment=payment, reason=RefundReason.BY_HAND, asked_at=now)
        elif not refund.failure and refund.amount != amount:
            raise NotRefundable(_("It goes back already. Please look again in a few minutes."))
        refund.amount, refund.by_id = amount, by_id
        refund.failure = ""
        refund.save()
        look_at_once(tenant, now)
        changes = {"given_back": [None, format_money(amount, payment.currency, "en")]}
        audit.record("deposit.given_back", payment, changes=changes, tenant=tenant)
    return carry_out(tenant, refund.pk, now=now)


def carry_out(tenant: Tenant, refund_id: int, *, now: datetime) -> DepositRefund:
    """The company gives it back, unless it has; what it says is written down. Outside of a transaction.

    Raises NotGivenBack, NotKnown.
    """
    refund = DepositRefund.objects.select_related("payment").get(pk=refund_id)
    payment = refund.payment
    if not refund.is_open:
        return refund
    if not _may_ask(refund, now):
        raise NotKnown(payment.gateway)
    key = f"{payment.reference}:back:{refund.refusals}"
    try:
        gateway = merchants.connect_to(find_account(payment.gateway), payment.environment)
        fact = gateway.refund(payment.charge_id, refund.amount, payment.currency, key=key)
    except GatewayUnavailable as error:
        log.warning("Refund %s of a deposit: %s", refund.pk, error.detail)
        raise NotKnown(payment.gateway) from error
    except GatewayRefused as error:
        raise _refused(refund, error.detail) from error
    except NotConnected as error:
        raise _refused(refund, _("its keys are missing.")) from error
    if fact.is_reversed:
        raise _refused(refund, _("the bank did not take it."))
    own = {"gateway": payment.gateway, "environment": payment.environment}
    take_in(tenant, fact, now=now, mine=refund.pk, **own)
    refund.refresh_from_db()
    return refund


def take_in(
    tenant: Tenant,
    fact: RefundFact,
    *,
    gateway: str,
    environment: str,
    now: datetime,
    mine: int | None = None,
) -> str:
    """A refund that the company tells of is written down, once; `mine` says that it is the answer to our own wish.

    Emits `appointment.deposit_returned` for what is new.
    """
    with locked(tenant):
        found = DepositPayment.objects.select_for_update().filter(
            gateway=gateway, environment=environment, charge_id=fact.charge_id
        )
        payment = found.exclude(charge_id="").first()
        if payment is None:
            return "Nothing of ours."
        known = payment.refunds.filter(external_id=fact.external_id).first()
        if mine is not None and (known is None or known.pk != mine):
            return _answered(tenant, payment, fact, mine, known, now)
        if known is None:
            return _heard_of(tenant, payment, fact, now)
        if fact.is_reversed and known.reversed_at is None:
            known.reversed_at = now
            known.save(update_fields=["reversed_at"])
            _write_total(payment)
            return "The money came back."
        return "It was taken in before."


def _answered(
    tenant: Tenant,
    payment: DepositPayment,
    fact: RefundFact,
    mine: int,
    heard: DepositRefund | None,
    now: datetime,
) -> str:
    """Our wish has come true. The news of it may have been faster, and was taken for somebody else's: it is ours."""
    if heard:
        heard.delete()
    done = payment.refunds.select_for_update().get(pk=mine)
    done.external_id, done.amount, done.done_at, done.failure = (
        fact.external_id,
        fact.amount,
        now,
        "",
    )
    done.save()
    _write_total(payment)
    if not heard:
        _tell(tenant, payment)
    return "Given back."


def _heard_of(tenant: Tenant, payment: DepositPayment, fact: RefundFact, now: datetime) -> str:
    amount = min(fact.amount, payment.left)
    if fact.is_reversed or amount <= 0:
        return "It was over before we heard of it."
    reason = RefundReason.DISPUTE if fact.is_dispute else RefundReason.ELSEWHERE
    payment.refunds.create(
        reason=reason, amount=amount, external_id=fact.external_id, asked_at=fact.at, done_at=now
    )
    _write_total(payment)
    _tell(tenant, payment)
    return "Taken in."


def _write_total(payment: DepositPayment) -> None:
    gone = payment.refunds.filter(done_at__isnull=False, reversed_at__isnull=True)
    payment.refunded = gone.aggregate(sum=Sum("amount"))["sum"] or 0
    is_all = payment.refunded == payment.received
    payment.status = DepositState.REFUNDED if is_all else DepositState.PAID
    payment.save(update_fields=["refunded", "status"])


def _tell(tenant: Tenant, payment: DepositPayment) -> None:
    about = {"tenant_id": tenant.pk, "appointment_id": payment.appointment_id}
    emit("appointment.deposit_returned", **about)


def _refused(refund: DepositRefund, detail: str) -> NotGivenBack:
    """Nothing moved, so the next try is asked as if anew. Of two that were refused at once, one counts."""
    gateway = refund.payment.gateway
    log.warning("Refund %s of a deposit was refused: %s", refund.pk, detail)
    same = DepositRefund.objects.filter(
        pk=refund.pk, refusals=refund.refusals, done_at__isnull=True
    )
    same.update(refusals=F("refusals") + 1, failure=detail[:300], tried_at=None)
    return NotGivenBack(gateway, detail)


def _may_ask(refund: DepositRefund, now: datetime) -> bool:
    """Whether the caller is the one that asks now: a conditional update lets one of many through."""
    free = Q(tried_at__isnull=True) | Q(tried_at__lte=now - ASK_AGAIN_AFTER)
    same = DepositRefund.objects.filter(
        free, pk=refund.pk, done_at__isnull=True, refusals=refund.refusals
    )
    return bool(same.update(tried_at=now))


def _require_room(payment: DepositPayment, amount: int) -> None:
    if not payment.charge_id or payment.left <= 0:
        raise NotRefundable(_("There is nothing that could be given back."))
    if not 0 < amount <= payment.left:
        words = {"left": format_money(payment.left, payment.currency)}
        raise NotRefundable(_("At most %(left)s can go back.") % words)
