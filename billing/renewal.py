"""What happens to a tenant whose paid time is over (decision D11). Pure: the sweep and its dry run ask it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from billing.models import Subscription
from billing.quotes import cycle_end, price_of
from plans.models import Plan
from tenants.models import Tenant


class Step(StrEnum):
    """In the order in which they are tried."""

    WAIT = "wait"
    """A gateway may still collect: look again later."""
    MOVE = "move"
    """Onto the plan without a price that the tenant has chosen for this moment."""
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
    """What to do with one tenant. `plan`, `cycle` and `amount` are what it goes on with; `at` is when to look again."""

    step: Step
    plan: Plan | None = None
    cycle: str = ""
    amount: int = 0
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
    """The one next step for `tenant`, with its plan loaded, its live subscription, and `balance` in minor units.

    A trial never takes money by itself: nobody has chosen to pay yet.
    """
    end = tenant.expires_at
    if end is None or end > now:
        return Decision(Step.NOTHING)
    goes_on = subscription is None or subscription.goes_on
    if subscription and subscription.external_id and goes_on and now < end + grace:
        return Decision(Step.WAIT, at=end + grace)
    plan, cycle, amount = _terms(tenant, subscription)
    if goes_on and amount == 0 and subscription and subscription.next_plan_id:
        return Decision(Step.MOVE, plan, cycle)
    if goes_on and not is_trial and 0 < amount <= balance:
        anchor = subscription.started_at if subscription and not subscription.next_plan_id else end
        return Decision(Step.RENEW, plan, cycle, amount, until=cycle_end(anchor, cycle, now))
    if expired_plan is None or expired_plan.pk == tenant.plan_id:
        return Decision(Step.STAY)
    return Decision(Step.LAPSE, expired_plan)


def _terms(tenant: Tenant, subscription: Subscription | None) -> tuple[Plan | None, str, int]:
    """Plan, cycle and price of the next period: as chosen, else as bought, else as the plan says."""
    if subscription is None:
        return tenant.plan, tenant.cycle, price_of(tenant.plan, tenant.cycle)
    if subscription.next_plan_id:
        return subscription.next_plan, subscription.next_cycle, subscription.next_amount or 0
    return subscription.plan, subscription.cycle, subscription.amount
