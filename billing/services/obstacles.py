"""What money has to say against deleting a plan, and against another currency."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import BalanceEntry, Payment, Subscription
from plans.models import Plan
from saas.core.errors import Sentence


def to_deleting(plan: Plan) -> Sentence:
    """Why `plan` has to stay for now; empty when nothing is paid for on it, nor about to be."""
    live = Subscription.objects.live()
    running = (
        live.filter(plan=plan).count() + live.filter(next_plan=plan).exclude(plan=plan).count()
    )
    if running:
        return ngettext(
            "%(count)s subscription runs on %(plan)s, or is about to. Move its tenant to another plan first.",
            "%(count)s subscriptions run on %(plan)s, or are about to. Move their tenants to another plan first.",
            running,
        ) % {"count": running, "plan": plan.name}
    pending = Payment.objects.pending().filter(ordered__plan_id=plan.pk).count()
    if pending:
        return ngettext(
            "%(count)s payment for %(plan)s is under way. Please wait until it is through.",
            "%(count)s payments for %(plan)s are under way. Please wait until they are through.",
            pending,
        ) % {"count": pending, "plan": plan.name}
    return ""


def to_another_currency() -> Sentence:
    """Why the currency has to stay; empty as long as no money has moved, nor is about to."""
    if Payment.objects.exists() or BalanceEntry.objects.exists():
        return _("Payments and balances are in this currency, so it has to stay.")
    if Subscription.objects.live().exists():
        return _("Subscriptions run in this currency, so it has to stay.")
    return ""
