"""Where a tenant can go from its plan: what each plan's button says, and what pressing it leads to. No query."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from billing.panel.stand import Stand
from billing.quotes import price_of
from billing.wording import day_words
from plans.models import Plan
from tenants.models import Cycle
from tenants.standing import trial_days_left


class Kind(StrEnum):
    PAY = "pay"
    """Something is due today."""
    LATER = "later"
    """It begins when the paid time is over, and nothing is due today."""
    NOW = "now"
    """It costs nothing and begins at once."""
    NONE = "none"
    """There is nothing to do; the label says why, where that is not plain."""


@dataclass(frozen=True)
class Move:
    """From where a tenant is to `plan` on `cycle`. `label` is the verb of its button: “Upgrade to Team+”."""

    kind: Kind
    plan: Plan
    cycle: str
    label: str = ""
    is_step_up: bool = False
    """Whether it is the kind of move that the page proposes: paying for more, or at last."""


def moves_to(stand: Stand, plan: Plan) -> Iterator[Move]:
    """The moves to `plan`, by month and by year."""
    return (move_to(stand, plan, cycle.value) for cycle in Cycle)


def move_to(stand: Stand, plan: Plan, cycle: str) -> Move:
    """The one thing that can be done about `plan` on `cycle`."""
    if stand.goes_on_with(plan, cycle) and stand.running:
        begins = day_words(stand.running.period_end, stand.tenant, stand.now)
        return Move(Kind.NONE, plan, cycle, _("From %(day)s") % {"day": begins})
    if not plan.is_free and not price_of(plan, cycle):
        only = _("By the year only") if cycle == Cycle.MONTHLY else _("By the month only")
        return Move(Kind.NONE, plan, cycle, only)
    if stand.is_on(plan):
        return _own(stand, plan, cycle)
    return _other(stand, plan, cycle)


def _own(stand: Stand, plan: Plan, cycle: str) -> Move:
    """One more cycle of the own plan, or another length of cycles."""
    has_end = stand.running is not None or stand.tenant.expires_at is not None
    if plan.is_free or not has_end or stand.is_being_collected:
        return Move(Kind.NONE, plan, cycle)
    if not stand.is_paid:
        return Move(Kind.PAY, plan, cycle, _pay_for_own(stand, plan), is_step_up=True)
    if cycle != stand.cycle:
        return _other_cycle(stand, plan, cycle)
    if stand.running and stand.running.external_id:
        return Move(Kind.NONE, plan, cycle)
    more = _("Pay one more year") if cycle == Cycle.ANNUAL else _("Pay one more month")
    return Move(Kind.PAY, plan, cycle, more)


def _pay_for_own(stand: Stand, plan: Plan) -> str:
    on_trial = trial_days_left(stand.tenant, stand.now) is not None
    return (_("Keep %(plan)s") if on_trial else _("Pay for %(plan)s")) % {"plan": plan.name}


def _other_cycle(stand: Stand, plan: Plan, cycle: str) -> Move:
    if stand.quote(plan, cycle).is_later:
        label = _("Switch to yearly") if cycle == Cycle.ANNUAL else _("Switch to monthly")
        return Move(Kind.LATER, plan, cycle, label)
    return Move(Kind.PAY, plan, cycle, _("Pay by the year"))


def _other(stand: Stand, plan: Plan, cycle: str) -> Move:
    names = {"plan": plan.name}
    offer = stand.quote(plan, cycle)
    if offer.is_later:
        return Move(Kind.LATER, plan, cycle, _("Switch to %(plan)s") % names)
    if plan.is_free:
        return Move(Kind.NOW, plan, cycle, _("Switch to %(plan)s") % names)
    if not _has_a_paid_plan(stand):
        return Move(Kind.PAY, plan, cycle, _("Choose %(plan)s") % names, is_step_up=True)
    if price_of(plan, cycle) > price_of(stand.tenant.plan, cycle):
        return Move(Kind.PAY, plan, cycle, _("Upgrade to %(plan)s") % names, is_step_up=True)
    return Move(Kind.PAY, plan, cycle, _("Switch to %(plan)s") % names)


def _has_a_paid_plan(stand: Stand) -> bool:
    """Whether it has a plan that costs something and is no trial: what follows is no first choice then."""
    on_trial = trial_days_left(stand.tenant, stand.now) is not None
    return not (stand.is_lost or on_trial or stand.tenant.plan.is_free)
