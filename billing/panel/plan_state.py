"""How a tenant stands with its plan, as one sentence tells it: what it costs, until when, and what comes then."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from billing.models import BillingSettings
from billing.panel.stand import Stand
from billing.quotes import price_of
from billing.services.cards import has_card
from billing.wording import card_words, local_day, price_words
from plans.models import Plan
from tenants.models import Cycle
from tenants.standing import trial_days_left


class Situation(StrEnum):
    LOST = "lost"
    """On the platform's Expired plan, whose name no tenant reads."""
    TRIAL = "trial"
    FREE = "free"
    OPEN = "open"
    """A plan with a price and without an end: the platform collects in another way, or not at all."""
    GIVEN = "given"
    """Until a day, and nothing runs: given by hand."""
    OVER = "over"
    """That day has passed, and the plan has stayed."""
    RENEWS = "renews"
    COLLECTING = "collecting"
    """The renewal is under way."""
    CANCELLED = "cancelled"
    WAITS = "waits"
    """Another plan, or another length of cycles, is chosen for the end of the paid time."""
    FAILED = "failed"
    """The renewal could not be collected."""


@dataclass(frozen=True)
class PlanState:
    """What the sentence and the buttons beside it are made of. Days are the tenant's own."""

    situation: Situation
    plan: Plan
    price: int
    cycle: str
    currency: str
    end: date | None = None
    """Until when it is paid, or given."""
    trial_days: int = 0
    paid_with: str = ""
    """“Visa ending 4242”; empty for the balance."""
    from_balance: bool = False
    is_short: bool = False
    """Whether the balance does not cover the next renewal yet."""
    next_plan: Plan | None = None
    next_price: str = ""
    """“$9.00 a month”; empty for nothing."""
    stays_until: date | None = None
    """Until when everything stays although the renewal failed."""
    can_change_card: bool = False

    @property
    def is_annual(self) -> bool:
        return self.cycle == Cycle.ANNUAL

    @property
    def can_resume(self) -> bool:
        return self.situation in {Situation.CANCELLED, Situation.WAITS}

    @property
    def can_cancel(self) -> bool:
        return self.situation in {Situation.RENEWS, Situation.WAITS, Situation.FAILED}


def plan_state(stand: Stand) -> PlanState:
    """How the tenant of `stand` stands. One query where the balance or the grace has a part in it, else none."""
    running = stand.running
    if running is None or running.plan_id != stand.tenant.plan_id:
        return _without_subscription(stand)
    situation = _situation(stand)
    failed = situation is Situation.FAILED
    return PlanState(
        situation,
        stand.tenant.plan,
        running.amount,
        running.cycle,
        running.currency,
        end=local_day(running.period_end, stand.tenant),
        paid_with=card_words(running.paid_with) if running.external_id else "",
        from_balance=not running.external_id,
        is_short=situation in {Situation.RENEWS, Situation.WAITS} and _is_short(stand),
        next_plan=running.next_plan,
        next_price=_next_price(stand),
        stays_until=local_day(running.period_end + _grace(), stand.tenant) if failed else None,
        can_change_card=has_card(running) and running.goes_on,
    )


def _without_subscription(stand: Stand) -> PlanState:
    tenant, end = stand.tenant, stand.tenant.expires_at
    return PlanState(
        _plain_situation(stand),
        tenant.plan,
        price_of(tenant.plan, tenant.cycle),
        tenant.cycle,
        tenant.platform_settings.currency,
        end=local_day(end, tenant) if end else None,
        trial_days=trial_days_left(tenant, stand.now) or 0,
        from_balance=True,
    )


def _plain_situation(stand: Stand) -> Situation:
    tenant, end = stand.tenant, stand.tenant.expires_at
    if stand.is_lost:
        return Situation.LOST
    if trial_days_left(tenant, stand.now) is not None:
        return Situation.TRIAL
    if end is not None:
        return Situation.GIVEN if end > stand.now else Situation.OVER
    return Situation.OPEN if price_of(tenant.plan, tenant.cycle) else Situation.FREE


def _situation(stand: Stand) -> Situation:
    running = stand.running
    if running is None:
        raise ValueError("Nothing runs.")
    is_over = running.period_end <= stand.now
    if running.cancelled_at is not None:
        return Situation.OVER if is_over else Situation.CANCELLED
    if stand.is_failed:
        return Situation.FAILED
    if is_over:
        return Situation.COLLECTING
    return Situation.WAITS if running.next_plan_id else Situation.RENEWS


def _next_price(stand: Stand) -> str:
    running = stand.running
    if running is None or not running.next_amount:
        return ""
    return price_words(running.next_amount, running.currency, running.next_cycle)


def _is_short(stand: Stand) -> bool:
    running = stand.running
    if running is None or running.external_id:
        return False
    due = running.amount if running.next_amount is None else running.next_amount
    return stand.account.balance < due


def _grace() -> timedelta:
    return timedelta(days=BillingSettings.load().grace_days)
