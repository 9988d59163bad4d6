"""Money that came in and did not do what it was paid for: a person decides what becomes of it.

What the gateway says of it is always asked anew, outside of a transaction, and then done through the same doors as if
it had just come.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing.gateways.balance import BalanceGateway
from billing.gateways.base import (
    GatewayRefused,
    GatewayUnavailable,
    HostedGateway,
    PaymentFact,
    PaymentState,
)
from billing.models import Payment, Subscription
from billing.services import checkout, gateways, settlement
from billing.services.fulfilment import purpose
from billing.services.funds import OtherCurrency, become_funds
from billing.services.gateways import NotConnected
from billing.services.reconciliation.leftovers import let_go
from billing.services.ways import name_of
from saas.core import audit
from saas.core.audit import Snapshot
from saas.core.errors import Conflict, DomainError, NotHere
from saas.core.money import format_money
from tenants.models import User

log = logging.getLogger(__name__)
ASKING_FAILS = (GatewayUnavailable, GatewayRefused, NotConnected)
AUDITED = ("title", "purpose", "problem", "fulfilled_at", "seen_note")


class NotToResolve(Conflict):
    """This is not possible with this payment as it stands. Nothing has changed."""


class NoAnswer(DomainError):
    """The gateway cannot be asked at present. Nothing has changed."""

    status = 503

    def __init__(self, gateway: str, detail: str) -> None:
        super().__init__(
            _("%(gateway)s cannot be asked at present: %(detail)s")
            % {"gateway": name_of(gateway), "detail": detail}
        )


def why_not(error: Exception) -> str:
    """Why a gateway could not be asked, for the super admin."""
    return str(getattr(error, "detail", "")) or _("its keys are missing.")


def find_payment(payment_id: int) -> Payment:
    """The payment with everything that its page in the console names. One query. Raises NotHere."""
    every = Payment.objects.select_related("tenant", "invoice", "subscription__plan", "by")
    payment = every.filter(pk=payment_id).first()
    if payment is None:
        raise NotHere(_("There is no such payment."))
    return payment


def can_ask(payment: Payment) -> bool:
    """Whether its gateway may know more of it than we do. No query."""
    return payment.is_pending and bool(payment.external_id)


def ask_now(payment: Payment, *, now: datetime) -> Payment:
    """A pending payment as it stands at its gateway, settled where the money has come. Raises NoAnswer."""
    try:
        return checkout.look(payment, now=now)
    except ASKING_FAILS as error:
        raise NoAnswer(payment.gateway, why_not(error)) from error


def carry_out_again(payment: Payment, *, by: User, now: datetime) -> Payment:
    """What was paid for is done, as it was ordered; again does nothing more.

    Raises NotToResolve where it still cannot be, or what came in is not what was ordered, and NoAnswer.
    """
    if not payment.is_without_effect:
        return payment
    return _carry_out(payment, _ask(payment), by, now)


def can_put_on_balance(payment: Payment) -> bool:
    """Whether what came in can be funds instead; what came from the balance is given back to it. No query."""
    return payment.is_without_effect and payment.gateway != BalanceGateway.key


def put_on_balance(payment: Payment, *, reason: str, by: User, now: datetime) -> Payment:
    """What came in is on the tenant's balance, and the payment is one of funds from now on; again does nothing more.

    A subscription that it began at its gateway, and of which nothing is known here, is ended there. Raises
    NotToResolve and NoAnswer.
    """
    if not payment.is_without_effect:
        return payment
    if not can_put_on_balance(payment):
        raise NotToResolve(_("It was paid from the balance. Give it back instead."))
    return _put_on_balance(payment, _ask(payment), reason, by, now)


def mark_seen(payment: Payment, *, note: str, by: User, now: datetime) -> Payment:
    """Nobody has to look at the payment any more; `note` says why. Again changes nothing.

    A subscription that it began at its gateway, and of which nothing is known here, is ended there. Call it outside
    of a transaction.
    """
    stored = _mark_seen(payment, note, by, now)
    if stored.seen_at and stored.is_without_effect:
        end_what_it_began(stored, now=now)
    return stored


@transaction.atomic
def _mark_seen(payment: Payment, note: str, by: User, now: datetime) -> Payment:
    stored = _lock(payment)
    if not stored.needs_a_look:
        return stored
    before = _snapshot(stored)
    stored.seen_at, stored.seen_note = now, note.strip()[:300]
    stored.save(update_fields=["seen_at", "seen_note"])
    return _recorded(stored, before, by, note)


@transaction.atomic
def mark_reviewed(subscription: Subscription, *, note: str, by: User) -> bool:
    """The mark of decision D18 is gone: somebody has looked. False when it was gone before."""
    subscription.tenant.lock()
    marked = Subscription.objects.filter(pk=subscription.pk, needs_review=True)
    if not marked.update(needs_review=False):
        return False
    changes = {"needs_review": [True, False]}
    audit.record(
        "subscription.reviewed", subscription, changes=changes, reason=note,
        tenant=subscription.tenant, actor=by,
    )  # fmt: skip
    return True


def end_what_it_began(payment: Payment, *, now: datetime) -> None:
    """A subscription at the gateway that came with `payment`, which had no effect here, is ended there.

    For money that was given back or seen to otherwise: nobody is to be charged again for what nobody has. One that
    may still be carried out, because a part of what was ordered is left, keeps it. A gateway that does not answer is
    logged; the same press again asks anew.
    """
    try:
        fact = _ask(payment)
    except (NoAnswer, NotToResolve) as error:
        log.warning("Payment %s: whether it began a subscription: %s", payment.pk, error)
        return
    with transaction.atomic():
        stored = _lock(payment)
        if stored.fulfilled_at is None and not _may_be_carried_out(stored, fact):
            let_go(stored, fact, now)


def _may_be_carried_out(stored: Payment, fact: PaymentFact) -> bool:
    """Whether somebody may still want what was ordered: not where it was seen to, is gone, or does not fit."""
    fits = (fact.amount, fact.currency) == (stored.amount, stored.currency)
    return fits and stored.left > 0 and stored.seen_at is None


@transaction.atomic
def _carry_out(payment: Payment, fact: PaymentFact, by: User, now: datetime) -> Payment:
    stored = _lock(payment)
    if not stored.is_without_effect:
        return stored
    if (fact.amount, fact.currency) != (stored.amount, stored.currency):
        raise NotToResolve(
            _(
                "%(got)s came in where %(ordered)s was ordered. Put it on the balance, or give it back."
            )
            % {
                "got": format_money(fact.amount, fact.currency),
                "ordered": format_money(stored.amount, stored.currency),
            }
        )
    before = _snapshot(stored)
    return _recorded(_fulfil(stored, fact, now), before, by, "")


@transaction.atomic
def _put_on_balance(
    payment: Payment, fact: PaymentFact, reason: str, by: User, now: datetime
) -> Payment:
    stored = _lock(payment)
    if not stored.is_without_effect:
        return stored
    before = _snapshot(stored)
    try:
        become_funds(stored, fact)
    except OtherCurrency as error:
        raise NotToResolve(error.message) from error
    _fulfil(stored, fact, now)
    let_go(stored, fact, now)
    return _recorded(stored, before, by, reason)


def _ask(payment: Payment) -> PaymentFact:
    """What its gateway says of a payment that came in. Raises NoAnswer and NotToResolve."""
    try:
        gateway = gateways.connect_to(payment.gateway, payment.environment)
        if not isinstance(gateway, HostedGateway):
            return _own_fact(payment)
        fact = gateway.find_payment(payment.external_id) if payment.external_id else None
    except ASKING_FAILS as error:
        raise NoAnswer(payment.gateway, why_not(error)) from error
    if fact is None or fact.state is not PaymentState.PAID:
        raise NotToResolve(
            _("%(gateway)s does not have this payment as paid.")
            % {"gateway": name_of(payment.gateway)}
        )
    return fact


def _own_fact(payment: Payment) -> PaymentFact:
    """The same of one that was paid from the balance: nobody else has anything to say about it."""
    return PaymentFact(
        PaymentState.PAID,
        amount=payment.amount,
        currency=payment.currency,
        external_id=payment.external_id,
        reference=payment.reference,
        charge_id=payment.charge_id,
        paid_with=payment.paid_with,
        at=payment.paid_at,
    )


def _fulfil(stored: Payment, fact: PaymentFact, now: datetime) -> Payment:
    """Done, less what of it went back before. Raises NotToResolve where it cannot be: then nothing is."""
    settlement.fulfil(stored, fact, now)
    if stored.fulfilled_at is None:
        raise NotToResolve(stored.problem)
    if stored.refunded:
        key = f"before:{stored.pk}"
        purpose(stored.purpose).take_back(stored, stored.refunded, key, now)
    return stored


def _lock(payment: Payment) -> Payment:
    tenant = payment.tenant.lock()
    stored = Payment.objects.select_for_update().get(pk=payment.pk)
    stored.tenant = tenant
    return stored


def _snapshot(payment: Payment) -> Snapshot:
    return audit.snapshot(payment, AUDITED)


def _recorded(stored: Payment, before: Snapshot, by: User, reason: str) -> Payment:
    changes = audit.differences(before, _snapshot(stored))
    audit.record(
        "payment.resolved", stored, changes=changes, reason=reason, tenant=stored.tenant, actor=by
    )
    return stored
