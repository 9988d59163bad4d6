"""What a change of plan costs, and when it takes effect. Pure: no query, no clock.

Decision B12: what costs more than what is paid for begins now, less a credit for the unused part of the paid cycle;
everything else begins when the paid time is over.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.models import Standing, Subscription
from plans.models import Plan
from saas.core.periods import add_months
from tenants.models import Cycle, Tenant

MONTHS = {Cycle.MONTHLY.value: 1, Cycle.ANNUAL.value: 12}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Quote:
    """An offer to one tenant at one moment. Amounts in minor units.

    `begins_at` is now or the end of the paid time; `until` is the end of the first new cycle. `due` is what is paid
    today: nothing where it begins later, or costs nothing.
    """

    plan: Plan
    cycle: str
    price: int
    credit: int
    credit_days: int
    begins_at: datetime
    until: datetime | None
    is_later: bool
    extends: bool = False
    """Whether the same plan is paid for once more, on top of the time that is paid already."""
    to_balance: int = 0
    """What of the unused part is more than this credit: paid in advance, it comes to the balance."""

    @property
    def due(self) -> int:
        return 0 if self.is_later else self.price - self.credit


def price_of(plan: Plan, cycle: str) -> int:
    """What `plan` charges on `cycle`, in minor units; 0 is free."""
    return plan.annual_price if cycle == Cycle.ANNUAL else plan.monthly_price


def cycle_end(anchor: datetime, cycle: str, after: datetime) -> datetime:
    """The first end of a cycle, counted from `anchor`, that is later than `after`."""
    step = MONTHS[cycle]
    passed = max((after.year - anchor.year) * 12 + after.month - anchor.month, 0) // step
    number = max(passed - 1, 0) + 1
    while add_months(anchor, number * step) <= after:
        number += 1
    return add_months(anchor, number * step)


def cycle_around(anchor: datetime, cycle: str, at: datetime) -> tuple[datetime, datetime]:
    """The cycle, counted from `anchor`, in which `at` lies: its first instant, and the first after it."""
    end = cycle_end(anchor, cycle, at)
    months = (end.year - anchor.year) * 12 + end.month - anchor.month
    return add_months(anchor, months - MONTHS[cycle]), end


def quote(
    tenant: Tenant,
    subscription: Subscription | None,
    plan: Plan,
    cycle: str,
    now: datetime,
    *,
    renews_itself: bool = False,
) -> Quote:
    """What `plan` on `cycle` costs `tenant`, whose live subscription is `subscription`, at `now`.

    `renews_itself`: by a gateway that collects each cycle, and so begins a cycle of its own today. Otherwise one more
    cycle of the same plan is added to the time that is there.
    """
    price = price_of(plan, cycle)
    if subscription is None or not is_paid(subscription, now):
        return _first(tenant, plan, cycle, now, renews_itself=renews_itself)
    paid_until = subscription.period_end
    is_same = subscription.plan_id == plan.pk and subscription.cycle == cycle
    is_prepaid = is_same and not subscription.external_id
    if is_prepaid and not renews_itself:
        until = cycle_end(subscription.started_at, cycle, paid_until)
        return Quote(plan, cycle, price, 0, 0, paid_until, until, is_later=False, extends=True)
    credit, days = unused(subscription, now)
    if price > credit and (is_prepaid or _costs_more(subscription, plan, cycle)):
        rest = unused_in_all(subscription, now) - credit
        until = cycle_end(now, cycle, now)
        return Quote(plan, cycle, price, credit, days, now, until, is_later=False, to_balance=rest)
    after = cycle_end(paid_until, cycle, paid_until) if price else None
    return Quote(plan, cycle, price, 0, 0, paid_until, after, is_later=True)


def basis_of(tenant: Tenant, subscription: Subscription | None) -> str:
    """What an offer to `tenant` stands on, as a short text: another one means that the page was made before a change.

    So what is confirmed in one tab is what that tab showed, whatever another has done meanwhile.
    """
    parts = [str(tenant.plan_id), _moment(tenant.expires_at)]
    if subscription is not None:
        parts += [str(subscription.pk), _moment(subscription.period_end), subscription.standing]
    return ".".join(parts)


def unused(subscription: Subscription, now: datetime) -> tuple[int, int]:
    """(credit in minor units, whole days) for the part of the paid period that is left at `now`: of one cycle.

    A day that has begun counts as left. Nothing where the period was not paid for, or that payment was taken back.
    """
    if subscription.standing != Standing.ACTIVE or subscription.needs_review:
        return 0, 0
    return _part_left(subscription.period_start, subscription.period_end, subscription.amount, now)


def unused_in_all(subscription: Subscription, now: datetime) -> int:
    """As `unused`, with the cycles that were paid in advance: each at what was paid for it."""
    credit, days = unused(subscription, now)
    if not days:
        return 0
    cycles = (
        (datetime.fromisoformat(start), datetime.fromisoformat(end), amount)
        for start, end, amount in subscription.prepaid
    )
    return max(sum(_part_left(*cycle, now)[0] for cycle in cycles), credit)


def with_cycle(
    subscription: Subscription, start: datetime, end: datetime, amount: int, now: datetime
) -> list[list[object]]:
    """What `subscription.prepaid` is when the cycle from `start` to `end` is paid, too; past ones are left out."""
    left = [one for one in subscription.prepaid if datetime.fromisoformat(one[1]) > now]
    return [*left, [start.isoformat(), end.isoformat(), amount]]


def _part_left(start: datetime, end: datetime, amount: int, now: datetime) -> tuple[int, int]:
    all_days = max(round((end - start) / DAY), 1)
    left = min(max(math.ceil((end - now) / DAY), 0), all_days)
    return amount * left // all_days, left


def is_paid(subscription: Subscription, now: datetime) -> bool:
    """Whether there is paid time left, so that a change may have to wait for its end."""
    return subscription.standing == Standing.ACTIVE and subscription.period_end > now


def _moment(instant: datetime | None) -> str:
    return f"{instant.timestamp():.0f}" if instant else ""


def _costs_more(subscription: Subscription, plan: Plan, cycle: str) -> bool:
    """Whether the move is an upgrade (decision D5), or the same plan for a longer time."""
    before = subscription.plan
    if before is None:
        return True
    if before.pk == plan.pk:
        return MONTHS[cycle] > MONTHS[subscription.cycle]
    return price_of(plan, cycle) > price_of(before, cycle)


def _first(tenant: Tenant, plan: Plan, cycle: str, now: datetime, *, renews_itself: bool) -> Quote:
    """A first payment. Time that was given of the same plan is kept, where the cycle need not begin today."""
    price = price_of(plan, cycle)
    begins_at = now
    if tenant.plan_id == plan.pk and tenant.cycle == cycle and not renews_itself:
        begins_at = max(tenant.expires_at or now, now)
    until = cycle_end(begins_at, cycle, begins_at) if price else None
    extends = begins_at > now
    return Quote(plan, cycle, price, 0, 0, begins_at, until, is_later=False, extends=extends)
