"""What happens when a renewal is cancelled, said before it is."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.panel.plan_state import PlanState, Situation
from billing.panel.stand import Stand
from billing.wording import in_sentence, listed
from plans.models import Plan
from tenants.services.fitting import LimitFit, preview_fit


def what_cancelling_does(stand: Stand, state: PlanState) -> list[str]:
    """One sentence each: what is charged, until when everything stays, what is paused then, and the way back."""
    if state.situation is Situation.FAILED:
        return [
            _("The renewal that failed is not tried any more, and nothing is charged."),
            _("%(plan)s ends soon: the time that is paid is over.") % {"plan": state.plan.name},
            *_afterwards(stand),
        ]
    day = date_format(state.end, "j F Y") if state.end else ""
    words = {"plan": state.plan.name, "day": day}
    told = [
        _("Nothing is charged on %(day)s, nor later.") % words,
        _("Until then %(plan)s stays as it is: it is paid.") % words,
    ]
    if state.next_plan:
        told.append(_("The switch to %(next)s is cancelled, too.") % {"next": state.next_plan.name})
    return [
        *told,
        *_afterwards(stand),
        _("Until %(day)s you can change your mind with one press.") % words,
    ]


def _afterwards(stand: Stand) -> list[str]:
    """What is paused where there is less room afterwards. Nothing is said of how the plan is called that follows."""
    follows: Plan | None = stand.tenant.platform_settings.expired_plan
    fits = preview_fit(stand.tenant, follows, stand.now) if follows else []
    paused = [_paused(fit) for fit in fits if fit.pause]
    return [*paused, _("Nothing is deleted: it comes back with the plan that you choose next.")]


def _paused(fit: LimitFit) -> str:
    words = {
        "count": len(fit.pause),
        "label": in_sentence(fit.limit),
        "names": listed(fit.pause),
    }
    return _("After that these %(label)s are paused, not deleted: %(names)s.") % words
