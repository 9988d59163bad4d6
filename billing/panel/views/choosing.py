"""One plan, asked about and then chosen: paid for now, from the end of the paid time on, or at once for nothing.

What is refused is said in the dialog itself, beside a fresh offer, so that nothing of what was chosen is lost.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.panel.bills import offer_for
from billing.panel.forms import ChoiceForm, LaterForm, PayForm
from billing.panel.moves import Kind, Move, move_to
from billing.panel.plan_difference import what_changes
from billing.panel.plan_state import plan_state
from billing.panel.questions import question
from billing.panel.stand import Stand
from billing.panel.views.overview import stand_now
from billing.panel.views.paying import count_press, go_on
from billing.quotes import basis_of, price_of
from billing.services.checkout import Press, begin, find_plan_on_offer, order_plan
from billing.services.plan_choice import NotFree, NotOffered, ShownOtherwise, choose_plan
from billing.services.switching import Shown, switch_later
from billing.services.ways import GatewayUnavailable, PlanWays, ways_to_pay_for_plans
from billing.tightening import Tight, chosen, tight_limits
from billing.wording import day_words
from plans.models import Plan
from saas.core.access import OWNERS, panel
from saas.core.errors import Conflict, Sentence
from saas.core.htmx import saved
from tenants.models import Cycle
from tenants.requests import SignedInRequest
from tenants.services.fitting import LimitFit, preview_fit

INVALID, REFUSED = 422, 409
"""Statuses with which htmx shows the dialog once more."""


@dataclass(frozen=True)
class Asked:
    """A plan as somebody asks about it, with how things stand at that moment."""

    stand: Stand
    move: Move
    paying: PlanWays
    fits: list[LimitFit]
    tight: list[Tight]

    @property
    def plan(self) -> Plan:
        return self.move.plan

    @property
    def basis(self) -> str:
        return basis_of(self.stand.tenant, self.stand.running)

    @property
    def price(self) -> int:
        return price_of(self.plan, self.move.cycle)

    def form(self, data: Any) -> ChoiceForm:
        """What is sent to confirm it."""
        if self.move.kind is Kind.PAY:
            return PayForm(data, tight=self.tight, ways=[way.key for way in self.paying.ways])
        if self.move.kind is Kind.LATER:
            return LaterForm(data, tight=self.tight)
        return ChoiceForm(data, tight=self.tight)


@panel(roles=OWNERS)
def choose(request: SignedInRequest, plan_id: int) -> HttpResponse:
    """The question, with what it costs, what will change and what may stay; after a POST it is done, or on its way."""
    asked = ask(request, plan_id)
    if asked.move.kind is Kind.NONE:
        return saved(request, reverse("billing:billing"), _nothing_to_do(request, asked))
    if request.method != "POST":
        return show(request, asked)
    return confirm(request, asked)


def ask(request: SignedInRequest, plan_id: int) -> Asked:
    """How things stand with that plan. Raises NotOffered, and NotFree where there is no way to pay for it."""
    stand = stand_now(request.tenant)
    plan = find_plan_on_offer(stand.tenant, plan_id)
    if stand.is_lost and plan.is_free and plan.pk == stand.tenant.plan_id:
        raise NotOffered
    move = move_to(stand, plan, _cycle(request, stand, plan))
    is_paid = move.kind is Kind.PAY
    paying = ways_to_pay_for_plans(stand.account) if is_paid else PlanWays([], can_add_funds=False)
    if is_paid and not paying.ways:
        raise NotFree(plan)
    if stand.is_on(plan) or move.kind is Kind.NONE:
        return Asked(stand, move, paying, [], [])
    fits = preview_fit(stand.tenant, plan, stand.now)
    return Asked(stand, move, paying, fits, tight_limits(stand.tenant, plan, fits, stand.now))


def confirm(request: SignedInRequest, asked: Asked) -> HttpResponse:
    """Do what was asked, or ask once more and say why. Raises TooMany."""
    form = asked.form(request.POST)
    if not form.is_valid():
        return show(request, asked, form=form, error=_wrong(form), status=INVALID)
    doors: dict[Kind, Callable[..., HttpResponse]] = {
        Kind.PAY: _pay,
        Kind.LATER: _switch_later,
        Kind.NOW: _switch_now,
    }
    try:
        return doors[asked.move.kind](request, asked, form)
    except (Conflict, GatewayUnavailable) as error:
        again = ask(request, asked.plan.pk)
        if again.move.kind is Kind.NONE:
            raise
        form = again.form(request.POST)
        return show(request, again, form=form, error=error.message, status=REFUSED)


def _pay(request: SignedInRequest, asked: Asked, form: PayForm) -> HttpResponse:
    count_press(request)
    press = Press(
        form.cleaned_data["gateway"],
        form.due,
        form.press_token,
        request.user,
        basis=form.cleaned_data["basis"],
    )
    now, cycle = asked.stand.now, asked.move.cycle
    payment = order_plan(request.tenant, asked.plan.pk, cycle, press, now=now, keep=form.keep)
    return go_on(request, begin(payment, now=now))


def _switch_later(request: SignedInRequest, asked: Asked, form: LaterForm) -> HttpResponse:
    shown = Shown(form.cleaned_data["basis"], form.cleaned_data["price"])
    stand, cycle = asked.stand, asked.move.cycle
    running = switch_later(stand.tenant, asked.plan.pk, cycle, shown, now=stand.now, keep=form.keep)
    words = {
        "plan": asked.plan.name,
        "day": day_words(running.period_end, stand.tenant, stand.now),
    }
    return saved(request, reverse("billing:billing"), _("From %(day)s: %(plan)s.") % words)


def _switch_now(request: SignedInRequest, asked: Asked, form: ChoiceForm) -> HttpResponse:
    plan = choose_plan(
        asked.stand.tenant,
        asked.plan.pk,
        token=form.cleaned_data["token"],
        by=request.user,
        now=asked.stand.now,
        keep=form.keep,
    )
    text = _("You are on %(plan)s now.") % {"plan": plan.name}
    return saved(request, reverse("billing:billing"), text)


def show(
    request: HttpRequest,
    asked: Asked,
    *,
    form: ChoiceForm | None = None,
    error: Sentence = "",
    status: int = 200,
) -> HttpResponse:
    """The question in a dialog or on a page; with `form`, as it was filled in."""
    stand, move = asked.stand, asked.move
    asks = question(stand, move, plan_state(stand), tight=bool(asked.tight))
    context: dict[str, Any] = {
        "title": asks.title,
        "lead": asks.lead,
        "action": request.get_full_path(),
        "action_label": asks.action,
        "cancel_label": asks.stay,
        "back_url": reverse("billing:billing"),
        "back_label": _("Billing"),
        "shell": "panel_base.html",
        "error": error,
        "tight": [as_sent(form, one) for one in asked.tight] if form else asked.tight,
        "happens": _what_changes(asked),
        "is_later": move.kind is Kind.LATER,
        "is_own": stand.is_on(asked.plan),
        "token": secrets.token_urlsafe(16),
        "basis": asked.basis,
        "price": asked.price,
        "currency": stand.tenant.platform_settings.currency,
    }
    template = "billing/choose.html"
    if move.kind is Kind.PAY:
        wanted = form.data.get("gateway", "") if form else ""
        context["can_add_funds"] = asked.paying.can_add_funds
        context["offer"] = offer_for(stand, asked.plan, move.cycle, asked.paying.ways, wanted)
        template = "billing/pay.html"
    return render(request, template, context, status=status)


def as_sent(form: ChoiceForm, tight: Tight) -> Tight:
    """`tight` with the boxes as they were ticked, and what is wrong with them."""
    error = " ".join(str(said) for said in form.errors.get(tight.field, ()))
    return replace(chosen(tight, form.wanted(tight)), error=error)


def _what_changes(asked: Asked) -> list[str]:
    if asked.stand.is_on(asked.plan):
        return []
    return what_changes(asked.stand.tenant, asked.plan, asked.fits, asked.stand.now)


def _wrong(form: ChoiceForm) -> Sentence:
    """What is wrong with the form as a whole: what is wrong with rows to keep is said beside them."""
    if "gateway" in form.errors:
        return " ".join(str(said) for said in form.errors["gateway"])
    if {"basis", "price"} & form.errors.keys():  # the page was made for another kind of move
        return ShownOtherwise().message
    return ""


def _nothing_to_do(request: HttpRequest, asked: Asked) -> str:
    """What is so already. Sent twice, the second time says what the first did."""
    names = {"plan": asked.plan.name}
    if request.method == "POST" and asked.stand.is_on(asked.plan):
        return _("You are on %(plan)s now.") % names
    if asked.stand.goes_on_with(asked.plan, asked.move.cycle):
        return _("%(plan)s is chosen already.") % names
    return _("You are on %(plan)s already.") % names


def _cycle(request: HttpRequest, stand: Stand, plan: Plan) -> str:
    """The cycle that is asked for, or the tenant's own; the other one where the plan has no price for that."""
    asked = request.GET.get("cycle", "")
    cycle = asked if asked in Cycle.values else stand.cycle
    if plan.is_free or price_of(plan, cycle):
        return cycle
    return Cycle.MONTHLY.value if cycle == Cycle.ANNUAL else Cycle.ANNUAL.value
