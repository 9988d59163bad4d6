"""The tenant's own plan: what it is, what is used of it, and moving to another. For owners."""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.forms import ChoiceForm, CycleForm
from billing.meters import full_meters
from billing.plan_difference import what_changes
from billing.selectors import plan_cards, price_now
from billing.services.plan_choice import choose_plan, find_choice
from billing.tightening import Tight, chosen, tight_limits
from plans.models import Plan
from saas.core import clock
from saas.core.access import OWNERS, panel
from saas.core.htmx import saved
from tenants.cards import common_discount
from tenants.models import Cycle, Tenant, User
from tenants.services.fitting import preview_fit
from tenants.standing import is_without_plan, trial_days_left

CYCLE = "billing_cycle"
"""Key of the session under which the cycle of the cards is remembered."""


@panel(roles=OWNERS)
def billing(request: HttpRequest) -> HttpResponse:
    tenant, plan_words = request.tenant, plan_context(request.tenant, clock.now())
    cards = plan_cards(tenant, on_trial=plan_words["trial_days"] is not None)
    context = {
        "cards": cards,
        "annual": request.session.get(CYCLE, tenant.cycle) == Cycle.ANNUAL,
        "save": common_discount([card.plan for card in cards]),
        **plan_words,
    }
    return render(request, "billing/billing.html", context)


def plan_context(tenant: Tenant, now: datetime) -> dict[str, Any]:
    """What the sentence about the present plan is made of."""
    runs_until = tenant.expires_at if tenant.expires_at and tenant.expires_at > now else None
    return {
        "currency": tenant.platform_settings.currency,
        "price": price_now(tenant),
        "trial_days": trial_days_left(tenant, now),
        "without_plan": is_without_plan(tenant),
        "runs_until": runs_until,
    }


@panel(roles=OWNERS)
def current_plan(request: HttpRequest) -> HttpResponse:
    """Usage against every limit of the present plan, in a dialog or on a page."""
    context = {
        "meters": full_meters(request.tenant),
        **plan_context(request.tenant, clock.now()),
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
    """The question, with what will change and what may stay; after a POST it has changed."""
    tenant, now, plan = request.tenant, clock.now(), find_choice(plan_id)
    fits = preview_fit(tenant, plan, now)
    tight = tight_limits(tenant, plan, fits, now)
    form = ChoiceForm(request.POST if request.method == "POST" else None, tight=tight)
    if form.is_bound and form.is_valid():
        by, token = cast(User, request.user), form.cleaned_data["token"]
        plan = choose_plan(tenant, plan_id, token=token, by=by, now=now, keep=form.keep)
        text = _("You are on %(plan)s now.") % {"plan": plan.name}
        return saved(request, reverse("billing:billing"), text)
    if plan.pk == tenant.plan_id:
        text = _("You are on %(plan)s already.") % {"plan": plan.name}
        return saved(request, reverse("billing:billing"), text)
    context = {
        **question(tenant, plan),
        "tight": [as_sent(form, one) for one in tight] if form.is_bound else tight,
        "happens": what_changes(tenant, plan, fits, now),
        "token": secrets.token_urlsafe(16),
        "action": request.path,
    }
    return render(request, "billing/choose.html", context, status=422 if form.is_bound else 200)


def question(tenant: Tenant, plan: Plan) -> dict[str, Any]:
    """The words of the dialog around its content."""
    names = {"plan": plan.name, "now": tenant.plan.name}
    stay = _("Stay as you are") if is_without_plan(tenant) else _("Stay on %(now)s") % names
    return {
        "title": _("Switch to %(plan)s?") % names,
        "action_label": _("Switch to %(plan)s") % names,
        "cancel_label": stay,
        "back_url": reverse("billing:billing"),
        "shell": "panel_base.html",
    }


def as_sent(form: ChoiceForm, tight: Tight) -> Tight:
    """`tight` with the boxes as they were ticked, and what is wrong with them."""
    error = " ".join(str(said) for said in form.errors.get(tight.field, ()))
    return replace(chosen(tight, form.wanted(tight)), error=error)
