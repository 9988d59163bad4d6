"""What happens to a tenant whose paid time is over (decision D11). Pure: the sweep and its dry run ask it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from billing.models import Subscription
from billing.quotes import cycle_around, cycle_end, price_of
from plans.models import Plan
from tenants.models import Tenant

MOMENT = timedelta(microseconds=1)


class Step(StrEnum):
    """In the order in which they are tried."""

    MOVE = "move"
    """Onto the plan without a price that the tenant has chosen for this moment."""
    WAIT = "wait"
    """A gateway may still collect: look again later."""
    RENEW = "renew"
    """From the balance."""
    LAPSE = "lapse"
    """Onto the platform's Expired plan."""
    STAY = "stay"
    """There is no Expired plan: everything stays as it is, and that is recorded."""
    NOTHING = "nothing"
    """Not due (any more)."""


@dataclass(frozen=True)
class Decision:
    """What to do with one tenant. `plan`, `cycle` and `amount` are what it goes on with; `at` is when to look again.

    A renewal is for the cycle from `since` to `until`, counted from `anchor`.
    """

    step: Step
    plan: Plan | None = None
    cycle: str = ""
    amount: int = 0
    anchor: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    at: datetime | None = None


def decide(
    tenant: Tenant,
    subscription: Subscription | None,
    *,
    balance: int,
    expired_plan: Plan | None,
    is_trial: bool,
    grace: timedelta,
    now: datetime,
) -> Decision:
    """The one next step for `tenant`, with its plan loaded, its latest subscription, and `balance` in minor units.

    The latest one matters also when it has ended: its gateway may have reported that a moment ago, and what the tenant
    had said (do not renew, go on with that plan) still holds. A trial never takes money by itself: nobody has chosen
    to pay yet. However late it is, one cycle is renewed: the present one.
    """
    end = tenant.expires_at
    if end is None or end > now:
        return Decision(Step.NOTHING, at=end)
    current = subscription if is_current(tenant, subscription) else None
    plan, cycle, amount = _terms(tenant, current)
    if not _was_stopped(tenant, subscription, current):
        if current and current.next_plan_id and amount == 0:
            return Decision(Step.MOVE, plan, cycle)
        if current and current.is_live and current.external_id and now < end + grace:
            return Decision(Step.WAIT, at=end + grace)
        if not is_trial and 0 < amount <= balance:
            anchor = _anchor(current, cycle, end)
            since, until = cycle_around(anchor, cycle, now)
            return Decision(Step.RENEW, plan, cycle, amount, anchor, since, until)
    if expired_plan is None or expired_plan.pk == tenant.plan_id:
        return Decision(Step.STAY)
    return Decision(Step.LAPSE, expired_plan)


def is_current(tenant: Tenant, subscription: Subscription | None) -> bool:
    """Whether `subscription` is what `tenant` has until its end, even if its gateway has ended it by now."""
    if subscription is None or subscription.is_live:
        return subscription is not None
    has = (subscription.plan_id, subscription.period_end)
    return has == (tenant.plan_id, tenant.expires_at)


def _was_stopped(
    tenant: Tenant, subscription: Subscription | None, current: Subscription | None
) -> bool:
    """Whether the tenant has said that what it has is not to be renewed. Then it is not charged, by nobody."""
    if subscription is None or subscription.cancelled_at is None:
        return False
    return current is not None or subscription.plan_id == tenant.plan_id


def _terms(tenant: Tenant, current: Subscription | None) -> tuple[Plan, str, int]:
    """Plan, cycle and price of the next period: as chosen, else as bought, else as the plan says."""
    if current and current.next_plan:
        return current.next_plan, current.next_cycle, current.next_amount or 0
    if current and current.plan:
        return current.plan, current.cycle, current.amount
    return tenant.plan, tenant.cycle, price_of(tenant.plan, tenant.cycle)


def _anchor(current: Subscription | None, cycle: str, end: datetime) -> datetime:
    """What the cycles are counted from: as before, where that has a boundary at `end`; otherwise `end`."""
    if current and cycle_end(current.started_at, cycle, end - MOMENT) == end:
        return current.started_at
    return end
