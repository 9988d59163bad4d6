"""The Plans page and the gateways: how far a plan is sent, *Retry*, and moving subscriptions to a new price."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.services import plan_sync, repricing
from billing.services.repricing import OldPrice
from billing.tasks.gateways import move_subscriptions
from plans.models import Plan
from plans.services.plans import find_plan
from saas.core import clock
from saas.core.access import console
from saas.core.htmx import saved
from saas.core.money import format_money
from saas.dashboard.plan_sending import with_sendings
from saas.dashboard.plan_views import SAVED
from tenants.models import Cycle


@console
@require_safe
def plan_sending(request: HttpRequest, pk: int) -> HttpResponse:
    """The lines of one row that tell how far it is sent; asked again while it is on its way."""
    plan = get_object_or_404(Plan, pk=pk)
    with_sendings([plan])
    return render(request, "plans/_sending.html", {"plan": plan})


@console
@require_POST
def plan_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """What was not sent is sent again at once."""
    plan = find_plan(pk)
    plan_sync.retry(plan, clock.now())
    text = _("%(plan)s is being sent again.") % {"plan": plan.name}
    return saved(request, reverse("plans:list"), text, event=SAVED)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def plan_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Who pays an older price and what they would pay; then they are moved. 409 when that changed meanwhile."""
    plan = find_plan(pk)
    old = repricing.check_any(plan)
    token = repricing.token_of(old)
    if request.method == "POST" and request.POST.get("seen", "") == token:
        to = {one.cycle: one.now for one in old}
        move_subscriptions.delay(plan.pk, to, request.user.pk)
        text = _("%(count)s to the new price of %(plan)s.") % {
            "count": _moving(old),
            "plan": plan.name,
        }
        return saved(request, reverse("plans:list"), text, event=SAVED)
    context = _confirmation(request, plan, old) | {"fields": [("seen", token)]}
    status = 409 if request.method == "POST" else 200
    return render(request, "ui/confirm.html", context, status=status)


def _confirmation(request: HttpRequest, plan: Plan, old: list[OldPrice]) -> dict[str, Any]:
    count = _count(old)
    return {
        "title": _("Move %(count)s to the new price of %(plan)s?")
        % {"count": count, "plan": plan.name},
        "happens": [
            *(_sentence(one) for one in old),
            _(
                "Nothing is charged today: each keeps its price until the period that is paid is over."
            ),
            _("Whoever has cancelled, or has chosen another plan, is left alone."),
            _("Their owners are not told by this: write to them first."),
        ],
        "action": request.path,
        "action_label": _("Move %(count)s") % {"count": count},
        "back_url": reverse("plans:list"),
        "back_label": _("Plans"),
    }


def _sentence(one: OldPrice) -> str:
    """“3 pay $29.00 a month. From their next period on they pay $39.00.”"""
    amounts = {"count": one.count, "old": format_money(one.amount, one.currency)}
    amounts["new"] = format_money(one.now, one.currency)
    if one.cycle == Cycle.ANNUAL:
        return (
            ngettext(
                "%(count)s pays %(old)s a year, and %(new)s from its next year on.",
                "%(count)s pay %(old)s a year, and %(new)s from their next year on.",
                one.count,
            )
            % amounts
        )
    return (
        ngettext(
            "%(count)s pays %(old)s a month, and %(new)s from its next month on.",
            "%(count)s pay %(old)s a month, and %(new)s from their next month on.",
            one.count,
        )
        % amounts
    )


def _count(old: list[OldPrice]) -> str:
    count = sum(one.count for one in old)
    return ngettext("%(count)s subscription", "%(count)s subscriptions", count) % {"count": count}


def _moving(old: list[OldPrice]) -> str:
    count = sum(one.count for one in old)
    text = ngettext("%(count)s subscription is moved", "%(count)s subscriptions are moved", count)
    return text % {"count": count}
