"""Buying: from “Pay” to the gateway's page and back. `orders` has written down what is wanted.

`begin` takes a payment to its gateway, `look` asks the gateway how it stands. What happens when the money has come is
`settlement`'s.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from billing.gateways.base import (
    GatewayRefused,
    HostedGateway,
    InstantGateway,
    PaymentState,
)
from billing.gateways.catalogue import KINDS
from billing.models import Payment, Status
from billing.services import gateways, orders
from billing.services.gateway_orders import PriceChanged as PriceChanged
from billing.services.gateway_orders import order_of
from billing.services.orders import NothingDue as NothingDue
from billing.services.orders import Press as Press
from billing.services.orders import find_plan_on_offer as find_plan_on_offer
from billing.services.orders import order as order
from billing.services.orders import order_plan as order_plan
from billing.services.orders import token_of as token_of
from billing.services.plan_choice import NotOffered
from billing.services.settlement import apply, fail_payment, settle_payment
from saas.core.errors import Conflict, DomainError, Sentence

log = logging.getLogger(__name__)
CHECK_AGAIN_AFTER = 3
"""Seconds within which a gateway is not asked twice about the same payment."""


@dataclass(frozen=True)
class Way:
    """Where the payer goes next: to the gateway's page at `url`, or nowhere when it is settled."""

    payment: Payment
    url: str = ""


def begin(payment: Payment, *, now: datetime) -> Way:
    """Take `payment` to its gateway: settled at once, or with the address where it is paid. Again finds the same way.

    Where its page has closed, or new payments are made in another environment by now, the same is ordered anew, and
    the way is that one's. Raises GatewayUnavailable, GatewayRefused (then it has failed), from the balance NotEnough,
    and what `orders.again` raises; nothing is half done then. Call it outside of a transaction.
    """
    if not payment.is_pending:
        return Way(payment)
    if not is_page_open(payment, now) or _is_elsewhere(payment):
        return _begin_anew(payment, now)
    if payment.pay_url:
        return Way(payment, payment.pay_url)
    gateway = gateways.connect_to(payment.gateway, payment.environment)
    if isinstance(gateway, InstantGateway):
        return Way(_collect_or_fail(payment, gateway, now))
    if not isinstance(gateway, HostedGateway):
        raise TypeError(f"{payment.gateway} has no page to pay on.")
    return _open_page(payment, gateway, now)


def is_page_open(payment: Payment, now: datetime) -> bool:
    """Whether the gateway's page of a pending payment can be counted on, or is still to be made."""
    return not payment.pay_url or now < payment.created_at + KINDS[payment.gateway].page_lasts


def look(payment: Payment, *, now: datetime) -> Payment:
    """`payment` as it stands at its gateway, settled where the money has come. Raises GatewayUnavailable.

    A gateway is not asked more often than every few seconds, however often the page is.
    """
    if not payment.is_pending or not payment.external_id or not _may_ask(payment, now):
        return payment
    gateway = gateways.connect_to(payment.gateway, payment.environment)
    if isinstance(gateway, HostedGateway) and (fact := gateway.find_payment(payment.external_id)):
        apply(fact, gateway=payment.gateway, environment=payment.environment, now=now)
    payment.refresh_from_db()
    return payment


def abandon(payment: Payment, *, now: datetime, why: Sentence = "") -> None:
    """The attempt is over, unless the money came first, or is on its way slowly. Raises GatewayUnavailable.

    It says `why`; without that what its gateway says, for which a closed page is one that nobody paid in time.

    Where the keys are gone it is over here alone: money that comes in all the same counts once they are there again.
    """
    gateway = _hosted_at(payment)
    if gateway:
        gateway.abandon(payment.external_id)
        fact = gateway.find_payment(payment.external_id)
        if fact and not (why and fact.state is PaymentState.FAILED):
            apply(fact, gateway=payment.gateway, environment=payment.environment, now=now)
        if fact and fact.state is PaymentState.PENDING and fact.is_begun:
            return
    fail_payment(payment, str(why or _("Cancelled.")), now=now)


def _open_page(payment: Payment, gateway: HostedGateway, now: datetime) -> Way:
    try:
        started = gateway.start(order_of(payment, gateway, now))
    except (PriceChanged, NotOffered) as error:
        fail_payment(payment, str(error.message), now=now)
        raise
    except GatewayRefused as error:
        fail_payment(payment, str(error.message), now=now)
        log.warning("Payment %s was refused: %s", payment.pk, error.detail)
        raise
    Payment.objects.filter(pk=payment.pk, pay_url="").update(
        external_id=started.external_id, pay_url=started.url
    )
    payment.refresh_from_db()
    if not payment.is_pending:  # given up in another tab while the gateway was asked
        gateway.abandon(started.external_id)
        return Way(payment)
    return Way(payment, payment.pay_url)


def _is_elsewhere(payment: Payment) -> bool:
    """Whether new payments are made in another environment by now: test cards pay for nothing once that is live."""
    return gateways.environment_of(payment.gateway) not in {"", payment.environment}


def _begin_anew(payment: Payment, now: datetime) -> Way:
    """The way of the order that takes the place of `payment`, unless its money came or is on its way.

    What was approved in the last moment is collected first; then the old page is closed, before there is another.
    """
    stored = _ask(payment, now)
    if stored.is_pending and not stored.slip_url:
        abandon(stored, now=now)
        stored.refresh_from_db()
    if stored.status != Status.FAILED:
        return Way(stored)
    failed = Payment.objects.filter(pk=stored.pk, status=Status.FAILED)
    try:
        anew = orders.again(stored, now=now)
    except Conflict as error:
        failed.update(failure=str(error.message)[:300])
        raise
    failed.update(failure=_("Its page had closed, so it was begun anew."))
    return begin(anew, now=now)


def _hosted_at(payment: Payment) -> HostedGateway | None:
    """The gateway that has been asked for `payment`; None where none was, or its keys are gone."""
    try:
        gateway = gateways.connect_to(payment.gateway, payment.environment)
    except gateways.NotConnected:
        return None
    return gateway if payment.external_id and isinstance(gateway, HostedGateway) else None


def _ask(payment: Payment, now: datetime) -> Payment:
    """`payment`, afresh, as its gateway says it stands."""
    gateway = _hosted_at(payment)
    fact = gateway.find_payment(payment.external_id) if gateway else None
    if fact:
        apply(fact, gateway=payment.gateway, environment=payment.environment, now=now)
    return Payment.objects.select_related("tenant").get(pk=payment.pk)


def _collect_or_fail(payment: Payment, gateway: InstantGateway, now: datetime) -> Payment:
    try:
        return _collect(payment, gateway, now)
    except DomainError as error:
        fail_payment(payment, str(error.message), now=now)
        raise


@transaction.atomic
def _collect(payment: Payment, gateway: InstantGateway, now: datetime) -> Payment:
    payment.tenant.lock()
    stored = Payment.objects.select_for_update().get(pk=payment.pk)
    if stored.is_pending:
        settle_payment(stored, gateway.collect(order_of(stored, gateway, now), now), now=now)
        stored.refresh_from_db()
    return stored


def _may_ask(payment: Payment, now: datetime) -> bool:
    """Whether this process is the one that asks now: a conditional update lets one of many through."""
    since = now - timedelta(seconds=CHECK_AGAIN_AFTER)
    free = Q(checked_at__isnull=True) | Q(checked_at__lte=since)
    return bool(Payment.objects.filter(free, pk=payment.pk).update(checked_at=now))
