"""The tenant's own plan: what it is, what is used of it, and which others there are."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.panel.forms import CycleForm
from billing.panel.meters import full_meters
from billing.panel.money_section import money_section
from billing.panel.moves import Kind, move_to
from billing.panel.parts import brought_to
from billing.panel.plan_state import plan_state
from billing.panel.selectors import Card, plan_cards
from billing.panel.stand import Stand, stand_of
from billing.services.ways import WayToPay, ways_to_pay_for_plans
from saas.core import clock
from saas.core.access import OWNERS, panel
from tenants.cards import common_discount
from tenants.models import Cycle, Tenant

CYCLE = "billing_cycle"
"""Key of the session under which the cycle of the cards is remembered."""


def stand_now(tenant: Tenant) -> Stand:
    """Where `tenant` is at this moment. One query."""
    return stand_of(tenant, clock.now())


@panel(roles=OWNERS)
def billing(request: HttpRequest) -> HttpResponse:
    stand = stand_now(request.tenant)
    paying = ways_to_pay_for_plans(stand.account)
    brought = brought_to(stand.tenant, stand.now)
    is_urgent = any(one.is_urgent for one in brought) and not stand.is_failed
    cards = plan_cards(stand, can_pay=bool(paying.ways), may_propose=not is_urgent)
    context = {
        "cards": cards,
        "banners": [one.banner for one in brought if one.banner],
        "sections": [one.section for one in brought if one.section],
        "is_urgent": is_urgent,
        "annual": request.session.get(CYCLE, stand.cycle) == Cycle.ANNUAL,
        "save": common_discount([card.plan for card in cards]),
        "pay_own": pay_own_label(stand, cards, paying.ways),
        **plan_context(stand),
        **money_section(
            stand.tenant,
            is_primary=not (
                stand.is_failed or is_urgent or any(card.is_proposed for card in cards)
            ),
            account=stand.account,
            can_add=paying.can_add_funds,
        ),
    }
    return render(request, "billing/billing.html", context)


def plan_context(stand: Stand) -> dict[str, Any]:
    """What the sentence about the present plan is made of."""
    return {"state": plan_state(stand), "currency": stand.tenant.platform_settings.currency}


def pay_own_label(stand: Stand, cards: list[Card], ways: list[WayToPay]) -> str:
    """What the button beside the sentence says where the own plan can be paid for and has no card to say so."""
    plan = stand.tenant.plan
    has_card = any(card.plan.pk == plan.pk for card in cards)
    if not ways or stand.is_lost or (has_card and not stand.is_failed):
        return ""
    move = move_to(stand, plan, stand.cycle)
    if move.kind is not Kind.PAY:
        return ""
    return _("Pay another way") if stand.is_failed else move.label


@panel(roles=OWNERS)
def current_plan(request: HttpRequest) -> HttpResponse:
    """Usage against every limit of the present plan, in a dialog or on a page."""
    stand = stand_now(request.tenant)
    context = {
        "meters": full_meters(request.tenant, stand.now),
        **plan_context(stand),
        "back_url": reverse("billing:billing"),
        "back_label": _("Billing"),
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
