"""What a tenant goes on with when its paid time is over: less, or the same in shorter cycles."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from billing.models import Subscription
from billing.quotes import basis_of, quote
from billing.services.checkout import find_plan_on_offer
from billing.services.plan_choice import ShownOtherwise, keep_choice
from billing.services.subscriptions import go_on_with, lock_live
from tenants.models import Tenant


@dataclass(frozen=True)
class Shown:
    """What the page promised: `basis` as of `quotes.basis_of`, and the price of the cycles to come."""

    basis: str
    price: int


@transaction.atomic
def switch_later(
    tenant: Tenant,
    plan_id: int,
    cycle: str,
    shown: Shown,
    *,
    now: datetime,
    keep: Mapping[str, Collection[int]] | None = None,
) -> Subscription:
    """When the paid time is over, `tenant` goes on with that plan on `cycle`; until then nothing changes.

    `keep` says by limit which rows stay then. Nothing is charged now. Raises NotOffered, ShownOtherwise where this is
    not what the page showed, and Conflict for rows to keep that do not fit.
    """
    locked = tenant.lock()
    plan, running = find_plan_on_offer(locked, plan_id), lock_live(locked)
    offer = quote(locked, running, plan, cycle, now)
    if not offer.is_later or (basis_of(locked, running), offer.price) != (
        shown.basis,
        shown.price,
    ):
        raise ShownOtherwise
    keep_choice(locked, plan, keep or {}, now)
    return go_on_with(locked, offer, now=now)
