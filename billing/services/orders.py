"""Ordering: what a tenant wants to pay for is written down, before anybody is asked for money.

The same press of a button, another tab, and an order whose page has closed find one order, not two.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from billing.gateways.base import Gateway
from billing.models import Payment, Status
from billing.quotes import Quote, basis_of, quote
from billing.services import gateways, plan_purchases
from billing.services.gateway_orders import PriceChanged
from billing.services.plan_choice import NotOffered, ShownOtherwise, keep_choice
from billing.services.renewals import title_of
from billing.services.subscriptions import lock_live
from plans.models import Plan
from saas.core.errors import Conflict
from tenants.models import Tenant, User
from tenants.standing import is_without_plan

SAME_PLAN = ("plan_id", "cycle", "replaces", "extends")
"""What of the order of a plan says whether another one is for the very same thing."""


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
    by: User | None
    basis: str = ""


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
    _check_due(locked, offer, press.due)
    keep_choice(locked, plan, keep or {}, now)
    what = plan_purchases.ordered(offer, running)
    if found := _same_order(locked, gateway, plan_purchases.PLAN, offer.due, what):
        return found
    return _written(locked, gateway, plan_purchases.PLAN, title_of(plan, cycle), what, press, now)


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
    return _written(locked, gateway, purpose, title, ordered, press, now)


@transaction.atomic
def again(payment: Payment, *, now: datetime) -> Payment:
    """What `payment`, which came to nothing, was to pay for, ordered once more as things stand now.

    Asked twice, it is the same one; and the press that had found `payment` finds that one from now on. Raises
    NotConnected, ShownOtherwise where money is counted in another currency by now, and for a plan as `order_plan`.
    """
    locked = payment.tenant.lock()
    gateway = gateways.connect(payment.gateway, payment.purpose)
    if payment.currency != locked.platform_settings.currency:
        raise ShownOtherwise
    purpose, what, title = payment.purpose, payment.ordered, payment.title
    if purpose == plan_purchases.PLAN:
        plan, running = find_plan_on_offer(locked, what["plan_id"]), lock_live(locked)
        cycle = what["cycle"]
        offer = quote(locked, running, plan, cycle, now, renews_itself=gateway.is_recurring)
        _check_due(locked, offer, payment.amount)
        what, title = plan_purchases.ordered(offer, running), title_of(plan, cycle)
    if found := _same_order(locked, gateway, purpose, payment.amount, what):
        return found
    token = Payment.objects.select_for_update().get(pk=payment.pk).token
    Payment.objects.filter(pk=payment.pk).update(token="")
    press = Press(payment.gateway, payment.amount, token, payment.by)
    return _written(locked, gateway, purpose, title, what, press, now)


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


def _pressed_before(locked: Tenant, press: Press) -> Payment | None:
    found = Payment.objects.filter(tenant=locked, token=press.token).first()
    return found if found and press.token else None


def _same_order(
    locked: Tenant, gateway: Gateway, purpose: str, amount: int, what: Mapping[str, object]
) -> Payment | None:
    """A pending payment of the very same thing, from another tab: paying it twice is not what anybody wants."""
    pending = Payment.objects.pending().filter(
        tenant=locked,
        purpose=purpose,
        gateway=gateway.key,
        environment=gateway.environment,
        amount=amount,
    )
    is_plan = purpose == plan_purchases.PLAN
    own = {f"ordered__{key}": what[key] for key in SAME_PLAN} if is_plan else {"ordered": what}
    return pending.filter(**own).order_by("-pk").first()


def _written(
    locked: Tenant,
    gateway: Gateway,
    purpose: str,
    title: str,
    ordered: Mapping[str, object],
    press: Press,
    now: datetime,
) -> Payment:
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


def _check_due(locked: Tenant, offer: Quote, shown: int) -> None:
    if offer.due <= 0:
        raise NothingDue
    if offer.due != shown:
        raise PriceChanged(offer.due, locked.platform_settings.currency)
