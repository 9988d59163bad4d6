"""Not going on, going on after all, and the card that is charged for it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.panel.forms import CancelForm
from billing.panel.plan_state import Situation, plan_state
from billing.panel.stand import Stand
from billing.panel.views.overview import stand_now
from billing.panel.views.paying import leave_for
from billing.panel.what_cancelling_does import what_cancelling_does
from billing.services import subscriptions
from billing.services.cards import card_page
from billing.services.subscriptions import NothingRunning
from billing.services.ways import company_of
from billing.wording import day_words
from saas.core.access import OWNERS, panel
from saas.core.htmx import saved
from saas.core.throttling import throttled
from tenants.models import Tenant


@panel(roles=OWNERS)
def cancel(request: HttpRequest) -> HttpResponse:
    """What happens when it is not renewed, and why somebody wants that; after a POST it is so."""
    stand = stand_now(request.tenant)
    state = plan_state(stand)
    if stand.running is None:
        raise NothingRunning
    if not state.can_cancel:
        return saved(request, reverse("billing:billing"), _("It is not renewed, as you wished."))
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        subscriptions.cancel(stand.tenant, reason=form.sentence, now=stand.now)
        return saved(request, reverse("billing:billing"), _cancelled(stand))
    context = {
        "title": _("Cancel the renewal of %(plan)s?") % {"plan": stand.tenant.plan.name},
        "form": form,
        "happens": what_cancelling_does(stand, state),
        "action": request.path,
        "action_label": _("Cancel renewal"),
        "cancel_label": _("Keep %(plan)s") % {"plan": stand.tenant.plan.name},
        "danger": True,
        "back_url": reverse("billing:billing"),
        "back_label": _("Billing"),
        "shell": "panel_base.html",
    }
    return render(request, "billing/cancel.html", context, status=422 if form.is_bound else 200)


@panel(roles=OWNERS)
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """It is renewed as if nothing else had been chosen."""
    stand = stand_now(request.tenant)
    subscriptions.resume(stand.tenant, now=stand.now)
    return saved(request, reverse("billing:billing"), _goes_on(stand))


@panel(roles=OWNERS)
@require_POST
@throttled("card", "20/hour")
def card(request: HttpRequest) -> HttpResponse:
    """On to the gateway's page where the card is changed."""
    stand = stand_now(request.tenant)
    url = card_page(stand.tenant, reverse("billing:billing"))
    return leave_for(request, url, company_of(stand.running.gateway) if stand.running else "")


def _cancelled(stand: Stand) -> str:
    tenant: Tenant = stand.tenant
    if stand.running is None or plan_state(stand).situation is Situation.FAILED:
        return _("It is not renewed. Nothing more is charged.")
    words = {
        "plan": tenant.plan.name,
        "day": day_words(stand.running.period_end, tenant, stand.now),
    }
    return _("%(plan)s ends on %(day)s. Nothing more is charged.") % words


def _goes_on(stand: Stand) -> str:
    if stand.running is None:
        return _("It is renewed.")
    words = {
        "plan": stand.tenant.plan.name,
        "day": day_words(stand.running.period_end, stand.tenant, stand.now),
    }
    return _("%(plan)s is renewed on %(day)s.") % words
