"""Giving a payment back, all of it or a part: asked of its gateway, then taken in by the same door as any other news.

A company is asked outside of a transaction, under a key made of the payment and of how much had gone back before. So a
second press, or another try after an answer that was lost, finds the very same refund, and nothing goes back twice.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing.gateways.balance import BalanceGateway
from billing.gateways.base import (
    GatewayRefused,
    GatewayUnavailable,
    HostedGateway,
    InstantGateway,
    RefundFact,
)
from billing.ledger import balance_of
from billing.models import Payment, Refund
from billing.services import gateways, settlement
from billing.services.fulfilment import purpose
from billing.services.gateways import NotConnected
from billing.services.resolving import end_what_it_began
from billing.services.ways import name_of
from saas.core import audit
from saas.core.errors import Conflict, DomainError, Sentence
from saas.core.money import format_money
from tenants.models import User

log = logging.getLogger(__name__)


class NotRefundable(Conflict):
    """There is nothing to give back, or not so much, or the gateway has never named what it collected."""


class NotGivenBack(Conflict):
    """The gateway said no. Nothing has changed."""

    def __init__(self, gateway: str, detail: str) -> None:
        super().__init__(
            _("%(gateway)s did not give it back: %(detail)s")
            % {"gateway": name_of(gateway), "detail": detail}
        )


class NotKnown(DomainError):
    """The gateway did not answer, so nobody knows whether the money went back."""

    status = 503

    def __init__(self, gateway: str) -> None:
        super().__init__(
            _(
                "%(gateway)s does not answer at present, so it is not known whether the money went back. "
                "Please press again in a few minutes: nothing goes back twice."
            )
            % {"gateway": name_of(gateway)}
        )


@dataclass(frozen=True)
class Wish:
    """What is to go back, and why. `seen` is how many refunds the page showed: none more may have come meanwhile."""

    amount: int
    reason: str
    seen: int
    by: User


def can_refund(payment: Payment) -> bool:
    """Whether there is something to give back, and a gateway that could be asked. No query."""
    return payment.is_paid and payment.left > 0 and bool(payment.charge_id)


def foretell(payment: Payment) -> list[Sentence]:
    """What giving back all that is left does, before it is done. Up to two queries."""
    words = {
        "gateway": name_of(payment.gateway),
        "paid_with": payment.paid_with or name_of(payment.gateway),
        "tenant": payment.tenant.name,
    }
    said: list[Sentence]
    if payment.gateway == BalanceGateway.key:
        account = balance_of(payment.tenant)
        words["balance"] = format_money(account.balance, account.currency)
        said = [_("The money goes to the balance of %(tenant)s, which is %(balance)s now.") % words]
        if account.debt:
            words["debt"] = format_money(account.debt, account.currency)
            said.append(_("It settles their debt of %(debt)s first.") % words)
    else:
        said = [
            _("%(gateway)s sends the money back to where it came from (%(paid_with)s).") % words
        ]
    if not payment.fulfilled_at:
        return [*said, _("It had no effect here, so nothing is taken back.")]
    known = purpose(payment.purpose).foretell
    return [*said, *(known(payment, payment.left) if known else [])]


def refund_payment(payment: Payment, wish: Wish, *, now: datetime) -> Payment:
    """`wish.amount` has gone back, and what it had bought is taken back (decision D18); the payment as it stands then.

    Call it outside of a transaction. Raises NotRefundable, NotGivenBack and NotKnown.
    """
    if _was_done(payment, wish):
        return _left_behind(_again(payment), now)
    try:
        gateway = gateways.connect_to(payment.gateway, payment.environment)
    except NotConnected as error:
        raise NotGivenBack(payment.gateway, _("its keys are missing.")) from error
    key = f"{payment.reference}:refund:{wish.seen}:{wish.amount}"
    if isinstance(gateway, InstantGateway):
        return _give_back(payment, gateway, wish, key, now)
    if not isinstance(gateway, HostedGateway):
        raise TypeError(f"{payment.gateway} cannot give anything back.")
    fact = _ask(payment, gateway, wish, key)
    own = {"gateway": payment.gateway, "environment": payment.environment}
    settlement.apply(fact, **own, now=now)
    return _left_behind(_record(payment, fact, wish), now)


def _left_behind(stored: Payment, now: datetime) -> Payment:
    """What a payment without effect began at its gateway is ended there; asked again where that did not answer."""
    if stored.fulfilled_at is None:
        end_what_it_began(stored, now=now)
    return stored


def _was_done(payment: Payment, wish: Wish) -> bool:
    """Whether this very wish was carried out meanwhile. Raises NotRefundable where it cannot be at all."""
    stored = _again(payment)
    there = list(stored.refunds.order_by("-pk"))  # read once: one may be coming in right now
    if len(there) != wish.seen:
        latest = there[0] if there else None
        if latest and latest.amount == wish.amount and latest.kind == Refund.Kind.REFUND:
            return True
        raise NotRefundable(_("Something else went back meanwhile. Please look again."))
    if not can_refund(stored):
        raise NotRefundable(_("There is nothing that could be given back."))
    if not 0 < wish.amount <= stored.left:
        raise NotRefundable(
            _("At most %(left)s can go back.")
            % {"left": format_money(stored.left, stored.currency)}
        )
    return False


def _ask(payment: Payment, gateway: HostedGateway, wish: Wish, key: str) -> RefundFact:
    try:
        fact = gateway.refund(payment.charge_id, wish.amount, payment.currency, key=key)
    except GatewayUnavailable as error:
        log.warning("Refund of payment %s: %s", payment.pk, error.detail)
        raise NotKnown(payment.gateway) from error
    except GatewayRefused as error:
        log.warning("Refund of payment %s was refused: %s", payment.pk, error.detail)
        raise NotGivenBack(payment.gateway, error.detail) from error
    if fact.is_reversed:
        raise NotGivenBack(payment.gateway, _("The bank did not take it."))
    return fact


@transaction.atomic
def _give_back(
    payment: Payment, gateway: InstantGateway, wish: Wish, key: str, now: datetime
) -> Payment:
    """The same where it is a matter of our own database: all of it, or nothing."""
    payment.tenant.lock()
    if _was_done(payment, wish):
        return _again(payment)
    fact = gateway.give_back(payment.charge_id, wish.amount, payment.currency, key=key, now=now)
    settlement.apply(fact, gateway=payment.gateway, environment=payment.environment, now=now)
    return _record(payment, fact, wish)


@transaction.atomic
def _record(payment: Payment, fact: RefundFact, wish: Wish) -> Payment:
    """Who gave it back and why is written down once, whoever took the news in."""
    payment.tenant.lock()
    refund = Refund.objects.filter(payment=payment, external_id=fact.external_id).first()
    stored = _again(payment)
    if refund is None:
        raise NotRefundable(_("All of it had been taken back before."))
    if refund.by_id is None:
        refund.by, refund.reason = wish.by, wish.reason[:300]
        refund.save(update_fields=["by", "reason"])
        changes = {"refunded": [None, format_money(refund.amount, stored.currency, "en")]}
        audit.record(
            "payment.refunded", stored, changes=changes, reason=wish.reason,
            tenant=stored.tenant, actor=wish.by,
        )  # fmt: skip
    return stored


def _again(payment: Payment) -> Payment:
    return Payment.objects.select_related("tenant").get(pk=payment.pk)
