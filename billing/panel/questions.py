"""What the dialog of a plan asks, in its head and on its buttons: paid now, later, or at once for nothing."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.panel.moves import Kind, Move
from billing.panel.plan_state import PlanState, Situation
from billing.panel.stand import Stand
from billing.wording import day_words, price_words
from tenants.models import Cycle, PlanChange, Tenant
from tenants.services.plan_changes import starts_again


@dataclass(frozen=True)
class Question:
    """Title, one sentence, and what stands on the two buttons. `action` is empty where an amount stands there."""

    title: str
    lead: str
    action: str
    stay: str


def question(stand: Stand, move: Move, state: PlanState, *, tight: bool) -> Question:
    """How `move` is asked. `tight`: something will be paused."""
    if move.kind is Kind.PAY:
        return Question(_pay_title(stand, move), _pay_lead(stand, move, state), "", _("Cancel"))
    if move.kind is Kind.LATER:
        return _later(stand, move)
    names = {"plan": move.plan.name}
    lead = (
        _("It takes effect at once. What does not fit is paused, not deleted.")
        if tight
        else _("It takes effect at once. Nothing is deleted.")
    )
    title, action = _("Switch to %(plan)s?") % names, _("Switch to %(plan)s") % names
    return Question(title, " ".join(filter(None, [lead, _what_ends(state)])), action, _stay(stand))


def _pay_title(stand: Stand, move: Move) -> str:
    names = {"plan": move.plan.name}
    if not stand.is_on(move.plan):
        return _("%(move)s today") % {"move": move.label}
    if stand.is_paid and move.cycle != stand.cycle:
        return _("Pay for %(plan)s by the year") % names
    if not stand.is_paid:
        return move.label
    if move.cycle == Cycle.ANNUAL:
        return _("One more year of %(plan)s") % names
    return _("One more month of %(plan)s") % names


def _pay_lead(stand: Stand, move: Move, state: PlanState) -> str:
    if state.situation is Situation.FAILED and stand.is_on(move.plan):
        return _("What you pay now begins today. The renewal that failed is not tried any more.")
    if stand.is_on(move.plan):
        if state.situation is Situation.TRIAL:
            return _("Everything stays as it is.")
        return _("Everything stays as it is, for longer.")
    if starts_again(stand.tenant.plan, move.plan, cycle=move.cycle, reason=PlanChange.Reason.PAID):
        return _("It takes effect at once, and this month’s counters start again from zero.")
    return _("It takes effect at once.")


def _later(stand: Stand, move: Move) -> Question:
    running, plan = stand.running, move.plan
    if running is None:
        raise ValueError("Nothing runs that could be waited for.")
    day = day_words(running.period_end, stand.tenant, stand.now)
    currency = stand.tenant.platform_settings.currency
    words = {
        "plan": plan.name,
        "now": running.plan_name,
        "day": day,
        "price": price_words(stand.quote(plan, move.cycle).price, currency, move.cycle),
    }
    if stand.is_on(plan):
        title = _("%(move)s on %(day)s") % {"move": move.label, "day": day}
    else:
        title = _("Switch to %(plan)s on %(day)s") % words
    if plan.is_free:
        lead = _("%(now)s stays until then: it is paid. From %(day)s you pay nothing.")
    elif stand.is_on(plan):
        lead = _("Until then it is paid. From %(day)s you pay %(price)s.")
    else:
        lead = _("%(now)s stays until then: it is paid. From %(day)s you pay %(price)s.")
    return Question(title, lead % words, _("Switch on %(day)s") % words, _stay(stand))


def _what_ends(state: PlanState) -> str:
    """What is given up by going over at once, although nothing of it was paid."""
    names = {"plan": state.plan.name}
    if state.situation is Situation.TRIAL:
        return _("Your free trial of %(plan)s ends with it.") % names
    if state.situation is Situation.GIVEN and state.end:
        day = date_format(state.end, "j F Y")
        return _("%(plan)s, which you have until %(day)s, ends with it.") % {**names, "day": day}
    if state.situation is Situation.FAILED:
        return _("The renewal of %(plan)s that failed is not tried any more.") % names
    return ""


def _stay(stand: Stand) -> str:
    if stand.is_lost:
        return _("Stay as you are")
    return _("Stay on %(now)s") % {"now": stand.tenant.plan.name}


def thanks(tenant: Tenant, now: datetime) -> str:
    """What is said once a plan is paid for, to `tenant` as it is by then."""
    words = {"plan": tenant.plan.name}
    if tenant.expires_at is None:
        return _("You are on %(plan)s now.") % words
    words["day"] = day_words(tenant.expires_at, tenant, now)
    return _("Paid. You are on %(plan)s until %(day)s.") % words
