"""The tenant's own plan: what it is, what is used of it, and moving to another. For owners."""

import secrets
from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.forms import ChoiceForm, CycleForm
from billing.plan_difference import what_changes
from billing.selectors import meters, plan_cards, price_now, trial_days_left
from billing.services.plan_choice import choose_plan, find_choice
from saas.core import clock
from saas.core.access import OWNERS, panel
from saas.core.htmx import saved
from tenants.models import Cycle, User

CYCLE = "billing_cycle"
"""Key of the session under which the cycle of the cards is remembered."""


@panel(roles=OWNERS)
def billing(request: HttpRequest) -> HttpResponse:
    tenant = request.tenant
    trial_days = trial_days_left(tenant, clock.now())
    cards = plan_cards(tenant, on_trial=trial_days is not None)
    discounts = {card.plan.annual_discount for card in cards if not card.plan.is_free}
    context = {
        "cards": cards,
        "annual": request.session.get(CYCLE, tenant.cycle) == Cycle.ANNUAL,
        "save": discounts.pop() if len(discounts) == 1 else 0,
        "currency": tenant.platform_settings.currency,
        "price": price_now(tenant),
        "trial_days": trial_days,
    }
    return render(request, "billing/billing.html", context)


@panel(roles=OWNERS)
def current_plan(request: HttpRequest) -> HttpResponse:
    """Usage against every limit of the present plan, in a dialog or on a page."""
    context = {
        "meters": meters(request.tenant.entitlements.usage()),
        "currency": request.tenant.platform_settings.currency,
        "price": price_now(request.tenant),
        "trial_days": trial_days_left(request.tenant, clock.now()),
        "back_url": reverse("billing:billing"),
        "shell": "panel_base.html",
    }
    return render(request, "billing/current_plan.html", context)


@panel(roles=OWNERS)
@require_POST
def cycle(request: HttpRequest) -> HttpResponse:
    """Remember which prices the cards show."""
    form = CycleForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(_("Choose monthly or annual."), content_type="text/plain")
    request.session[CYCLE] = form.cleaned_data["cycle"]
    return HttpResponse(status=204) if request.htmx else redirect("billing:billing")


@panel(roles=OWNERS)
def choose(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The question, with what will change; after a POST it has changed."""
    form = ChoiceForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        plan = choose_plan(
            request.tenant,
            plan_id,
            token=form.cleaned_data["token"],
            by=cast(User, request.user),
            now=clock.now(),
        )
        text = _("You are on %(plan)s now.") % {"plan": plan.name}
        return saved(request, reverse("billing:billing"), text)
    plan = find_choice(plan_id)
    if plan.pk == request.tenant.plan_id:
        text = _("You are on %(plan)s already.") % {"plan": plan.name}
        return saved(request, reverse("billing:billing"), text)
    context = {
        "title": _("Switch to %(plan)s?") % {"plan": plan.name},
        "lead": _("It takes effect at once. Nothing is deleted."),
        "happens": what_changes(request.tenant, plan),
        "fields": [("token", secrets.token_urlsafe(16))],
        "action": request.path,
        "action_label": _("Switch to %(plan)s") % {"plan": plan.name},
        "back_url": reverse("billing:billing"),
        "shell": "panel_base.html",
    }
    return render(request, "ui/confirm.html", context, status=422 if form.is_bound else 200)
