"""Packs that are bought by themselves when few credits are left: once at a time, within a cap, until one fails.

What is wanted stands on `AutoRecharge`. A spend that leaves too few sets `due_at` and counts the attempt up; a worker
claims it, orders the pack under the attempt's own token, and collects. So whoever dies on the way leaves an order that
the next worker finds, and the gateway carries it out once.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import Payment, Status
from billing.services import cards, checkout
from billing.services.checkout import Press
from billing.services.subscriptions import live_subscription
from billing.services.ways import GatewayUnavailable
from credits.models import AutoRecharge, CreditAccount
from credits.services import purchases
from credits.services.accounts import left
from credits.services.depletion import ask_for_recharge
from credits.services.purchases import NotOnOffer
from credits.services.recharge_wishes import month_of, spent_by_itself
from saas.core.errors import Conflict, DomainError
from saas.core.events import emit
from tenants.models import Tenant

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=6)
LATER = timedelta(minutes=15)
"""When a gateway that did not answer is asked again."""
REASON = 300
Source = AutoRecharge.Source


class CannotBuy(Conflict):
    """Nothing can be bought by itself as things are."""


@dataclass(frozen=True)
class Attempt:
    """One claimed recharge, with everything that it needs."""

    wish: AutoRecharge
    tenant: Tenant
    account: CreditAccount

    @property
    def token(self) -> str:
        return f"recharge:{self.account.pk}:{self.wish.attempt}"


def due(now: datetime, at_most: int = 500) -> list[int]:
    """The accounts for which a worker is to buy now, the longest waiting first."""
    waiting = AutoRecharge.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    return list(waiting.values_list("pk", flat=True)[:at_most])


def recharge(account_id: int, now: datetime) -> bool:
    """What the tenant wants bought by itself is bought, if that is due; whether something was.

    Speaks to the gateway, so call it outside of a transaction. A failure pauses it, and the owners are told.
    """
    attempt = _claim(account_id, now)
    if attempt is None:
        return False
    try:
        payment = _collected(attempt, now)
    except GatewayUnavailable as error:
        log.warning("Recharging account %s waits: %s", account_id, error.detail)
        _later(attempt, now + LATER)
        return False
    except DomainError as error:
        _pause(attempt, str(error.message), now)
        return False
    return _finish(attempt, payment, now) if payment else False


def _claim(account_id: int, now: datetime) -> Attempt | None:
    """The attempt, if it is due, is wanted, and nobody else carries it out; what is not needed any more is let go."""
    free = AutoRecharge.objects.filter(
        pk=account_id, due_at__lte=now, is_on=True, paused_at__isnull=True
    )
    if not free.update(due_at=now + LEASE):
        return None
    wish = AutoRecharge.objects.select_related("account__tenant__plan", "pack", "by").get(
        pk=account_id
    )
    tenant = wish.account.tenant
    attempt = Attempt(wish, tenant, wish.account)
    if not tenant.is_open or (not _has_ordered(attempt) and not _is_needed(attempt, now)):
        _let_go(attempt)
        return None
    return attempt


def _is_needed(attempt: Attempt, now: datetime) -> bool:
    total = left(attempt.tenant, attempt.account, now).total
    return total is not None and total <= attempt.wish.below


def _has_ordered(attempt: Attempt) -> bool:
    return _order_of(attempt) is not None


def _order_of(attempt: Attempt) -> Payment | None:
    return Payment.objects.filter(tenant=attempt.tenant, token=attempt.token).first()


def _collected(attempt: Attempt, now: datetime) -> Payment | None:
    """The payment, paid or failed; None where the cap leaves no room this month, and it waits for the next."""
    payment = _order_of(attempt) or _order(attempt, now)
    if payment is None or not payment.is_pending:
        return payment
    if attempt.wish.source == Source.CARD:
        cards.charge_saved_card(payment, now=now)
    else:
        checkout.begin(payment, now=now)
    payment.refresh_from_db()
    return payment


def _order(attempt: Attempt, now: datetime) -> Payment | None:
    wish = attempt.wish
    try:
        pack = purchases.find_on_offer(attempt.tenant, wish.pack.pk if wish.pack else 0)
    except NotOnOffer:
        raise CannotBuy(_("The top-up plan is not on offer any more.")) from None
    spent = spent_by_itself(attempt.account, now)
    if spent + pack.price > wish.monthly_cap:
        _later(attempt, month_of(attempt.tenant, now)[1])
        return None
    if wish.by is None:
        raise CannotBuy(_("Whoever switched it on is not here any more."))
    press = Press(_gateway(attempt), pack.price, attempt.token, wish.by)
    return purchases.order_pack(attempt.tenant, pack, 1, press, now=now, by_itself=True)


def _gateway(attempt: Attempt) -> str:
    if attempt.wish.source == Source.BALANCE:
        return "balance"
    running = live_subscription(attempt.tenant)
    if running is None or not cards.chargeable(running):
        raise CannotBuy(_("There is no saved card any more."))
    return running.gateway


def _finish(attempt: Attempt, payment: Payment, now: datetime) -> bool:
    if payment.is_pending:  # a slow means of payment: asked about again
        _later(attempt, now + LATER)
        return False
    if payment.status == Status.FAILED:
        _pause(attempt, payment.failure, now)
        return False
    _let_go(attempt)
    ask_if_needed(attempt.account.pk, now)
    return True


@transaction.atomic
def ask_if_needed(account_id: int, now: datetime) -> None:
    """A worker is to buy where so few are left already; once, until that has been tried."""
    wish = AutoRecharge.objects.select_related("account__tenant__plan").filter(pk=account_id)
    for one in wish:
        attempt = Attempt(one, one.account.tenant, one.account)
        if _is_needed(attempt, now):
            ask_for_recharge(account_id, now)


def _let_go(attempt: Attempt) -> None:
    AutoRecharge.objects.filter(pk=attempt.account.pk, attempt=attempt.wish.attempt).update(
        due_at=None
    )


def _later(attempt: Attempt, when: datetime) -> None:
    AutoRecharge.objects.filter(pk=attempt.account.pk, attempt=attempt.wish.attempt).update(
        due_at=when
    )


@transaction.atomic
def _pause(attempt: Attempt, reason: str, now: datetime) -> None:
    """It waits for the tenant, who is told once."""
    running = AutoRecharge.objects.filter(pk=attempt.account.pk, paused_at__isnull=True)
    paused = running.update(paused_at=now, pause_reason=reason[:REASON], told_at=None, due_at=None)
    if paused:
        emit("credits.recharge_paused", account_id=attempt.account.pk)
