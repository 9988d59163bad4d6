"""Buying: from “Pay” to the gateway's page and back. An order is written down before anybody is asked for money.

`order_…` opens the payment, `begin` takes it to its gateway, `look` asks the gateway how it stands. What happens when
the money has come is `settlement`'s.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from billing.gateways.base import (
    Gateway,
    GatewayRefused,
    HostedGateway,
    InstantGateway,
    PaymentState,
)
from billing.gateways.catalogue import KINDS
from billing.models import Payment, Status
from billing.quotes import Quote, basis_of, quote
from billing.services import gateways, plan_purchases
from billing.services.gateway_orders import PriceChanged as PriceChanged
from billing.services.gateway_orders import order_of
from billing.services.plan_choice import NotOffered, ShownOtherwise, keep_choice
from billing.services.renewals import title_of
from billing.services.settlement import apply, fail_payment, settle_payment
from billing.services.subscriptions import lock_live
from plans.models import Plan
from saas.core.errors import Conflict, DomainError
from tenants.models import Tenant, User
from tenants.standing import is_without_plan

log = logging.getLogger(__name__)
CHECK_AGAIN_AFTER = 3
"""Seconds within which a gateway is not asked twice about the same payment."""


class NothingDue(Conflict):
    """The plan costs nothing today, so there is nothing to pay."""

    def __init__(self) -> None:
        super().__init__(_("Nothing is due for this today. Please reload the page."))


@dataclass(frozen=True)
class Press:
    """One press of a “Pay” button: which gateway, what the page said was due, and which showing of it this was.

    `basis` is what the page's offer stood on (`quotes.basis_of`); empty where there was none to look at.
    """

    gateway: str
    due: int
    token: str
    by: User
    basis: str = ""


@dataclass(frozen=True)
class Way:
    """Where the payer goes next: to the gateway's page at `url`, or nowhere when it is settled."""

    payment: Payment
    url: str = ""


def find_plan_on_offer(tenant: Tenant, plan_id: int) -> Plan:
    """A plan that `tenant` may pay for: a visible one, or the hidden one that it is on. Raises NotOffered.

    The platform's Expired plan, on which nobody is by choice, is offered as little as any other hidden plan.
    """
    plan = Plan.objects.filter(pk=plan_id).first()
    is_own = plan is not None and plan.pk == tenant.plan_id and not is_without_plan(tenant)
    if plan is None or (plan.is_hidden and not is_own):
        raise NotOffered
    return plan


@transaction.atomic
def order_plan(
    tenant: Tenant,
    plan_id: int,
    cycle: str,
    press: Press,
    *,
    now: datetime,
    keep: Mapping[str, Collection[int]] | None = None,
) -> Payment:
    """The payment for `plan_id` on `cycle`, pending. The same press finds the same payment, and so does a second tab.

    Raises NotOffered, NotConnected, NothingDue, PriceChanged, ShownOtherwise, and Conflict for rows to keep that do not
    fit.
    """
    locked = tenant.lock()
    if found := _pressed_before(locked, press):
        return found
    plan = find_plan_on_offer(locked, plan_id)
    gateway = gateways.connect(press.gateway, plan_purchases.PLAN)
    running = lock_live(locked)
    if press.basis and press.basis != basis_of(locked, running):
        raise ShownOtherwise
    offer = quote(locked, running, plan, cycle, now, renews_itself=gateway.is_recurring)
    _check_due(locked, offer, press)
    keep_choice(locked, plan, keep or {}, now)
    what = plan_purchases.ordered(offer, running)
    if found := _same_order(locked, gateway, offer.due, what, now):
        return found
    return Payment.objects.create(
        tenant=locked,
        gateway=gateway.key,
        environment=gateway.environment,
        purpose=plan_purchases.PLAN,
        amount=offer.due,
        currency=locked.platform_settings.currency,
        title=title_of(plan, cycle),
        ordered=what,
        token=press.token,
        by=press.by,
        created_at=now,
    )


@transaction.atomic
def order(
    tenant: Tenant,
    purpose: str,
    *,
    title: str,
    ordered: dict[str, object],
    press: Press,
    now: datetime,
) -> Payment:
    """A one-time payment of `press.due` for `purpose`, pending; the same press finds it again. Raises NotConnected."""
    locked = tenant.lock()
    if found := _pressed_before(locked, press):
        return found
    gateway = gateways.connect(press.gateway, purpose)
    return Payment.objects.create(
        tenant=locked,
        gateway=gateway.key,
        environment=gateway.environment,
        purpose=purpose,
        amount=press.due,
        currency=locked.platform_settings.currency,
        title=title,
        ordered=ordered,
        token=press.token,
        by=press.by,
        created_at=now,
    )


def token_of(tenant: Tenant, press: Press, chosen: str = "") -> str:
    """One for each choice that was made on a showing of the form, and for each attempt that came to nothing.

    So whoever comes back with the browser's button and chooses another amount is not sent to pay the first one.
    `chosen`: what else there was to choose. One query.
    """
    choice = f"{press.token}:{press.gateway}:{press.due}{chosen and f':{chosen}'}"
    digest = sha256(choice.encode()).hexdigest()[:32]
    failed = Payment.objects.filter(
        tenant=tenant, token__startswith=digest, status=Status.FAILED
    ).count()
    return f"{digest}-{failed}"


def begin(payment: Payment, *, now: datetime) -> Way:
    """Take `payment` to its gateway: settled at once, or with the address where it is paid. Again finds the same way.

    Raises GatewayUnavailable, GatewayRefused (then it has failed) and, from the balance, NotEnough; nothing is half
    done then. Call it outside of a transaction.
    """
    if not payment.is_pending or payment.pay_url:
        return Way(payment, payment.pay_url if payment.is_pending else "")
    gateway = gateways.connect_to(payment.gateway, payment.environment)
    if isinstance(gateway, InstantGateway):
        return Way(_collect_or_fail(payment, gateway, now))
    if not isinstance(gateway, HostedGateway):
        raise TypeError(f"{payment.gateway} has no page to pay on.")
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
    return Way(payment, payment.pay_url)


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


def abandon(payment: Payment, *, now: datetime) -> None:
    """The attempt is over, unless the money came first, or is on its way slowly. Raises GatewayUnavailable."""
    gateway = gateways.connect_to(payment.gateway, payment.environment)
    if isinstance(gateway, HostedGateway) and payment.external_id:
        gateway.abandon(payment.external_id)
        fact = gateway.find_payment(payment.external_id)
        if fact:
            apply(fact, gateway=payment.gateway, environment=payment.environment, now=now)
        if fact and fact.state is PaymentState.PENDING:
            return
    fail_payment(payment, _("Cancelled."), now=now)


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


def _pressed_before(locked: Tenant, press: Press) -> Payment | None:
    found = Payment.objects.filter(tenant=locked, token=press.token).first()
    return found if found and press.token else None


def _same_order(
    locked: Tenant, gateway: Gateway, due: int, what: Mapping[str, object], now: datetime
) -> Payment | None:
    """A pending payment of the very same thing, from another tab: paying it twice is not what anybody wants."""
    pending = Payment.objects.pending().filter(
        tenant=locked,
        purpose=plan_purchases.PLAN,
        gateway=gateway.key,
        environment=gateway.environment,
        amount=due,
        created_at__gt=now - KINDS[gateway.key].page_lasts,
    )
    same = {f"ordered__{key}": what[key] for key in ("plan_id", "cycle", "replaces", "extends")}
    return pending.filter(**same).order_by("-pk").first()


def _check_due(locked: Tenant, offer: Quote, press: Press) -> None:
    if offer.due <= 0:
        raise NothingDue
    if offer.due != press.due:
        raise PriceChanged(offer.due, locked.platform_settings.currency)


def _may_ask(payment: Payment, now: datetime) -> bool:
    """Whether this process is the one that asks now: a conditional update lets one of many through."""
    since = now - timedelta(seconds=CHECK_AGAIN_AFTER)
    free = Q(checked_at__isnull=True) | Q(checked_at__lte=since)
    return bool(Payment.objects.filter(free, pk=payment.pk).update(checked_at=now))
