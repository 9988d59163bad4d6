"""A tenant's credits: buying them, every movement of them, and when to be warned. For owners."""

from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from billing.ledger import balance_of
from billing.panel.views.paying import count_press, go_on
from billing.services.checkout import Press
from billing.services.funds import FUNDS
from billing.services.ways import ways_to_pay
from credits.models import CreditPack
from credits.models.packs import MOST_OF_A_PACK
from credits.panel.forms import TopUpForm, WarningForm
from credits.panel.history import HEAD, History
from credits.panel.offer import TopUpOffer, offer_of
from credits.services.accounts import account_of, ceiling_of, check_channel, set_warning, warning_at
from credits.services.packs import needs_credits, on_offer
from credits.services.purchases import TOP_UP, buy
from saas.core import clock
from saas.core.access import OWNERS, panel
from saas.core.csv_files import csv_stream
from saas.core.errors import DomainError, NotHere
from saas.core.htmx import saved
from saas.core.templatetags.ui import number
from saas.core.throttling import throttle, throttled
from tenants import metering
from tenants.models import Tenant, User

SAVING = "credits.warning", "30/minute"
"""How often one network may save when it wants to be warned."""
PRINTING = "60/minute"
"""Of files of the history."""


@panel(roles=OWNERS)
@require_http_methods(["GET", "HEAD", "POST"])
def top_up(request: HttpRequest, channel: str) -> HttpResponse:
    """Which pack, how many of it, and with what; a good POST goes on to where it is paid.

    What is refused is said on the form itself, beside what is on offer by then. A GET may say what is chosen: that is
    how the total follows the choice.
    """
    packs = _packs(request.tenant, channel)
    form = TopUpForm(
        request.POST if request.method == "POST" else None, packs=packs, ways=ways_to_pay(TOP_UP)
    )
    if not form.is_bound:
        return _show(request, channel, form)
    if not form.is_valid():
        return _show(request, channel, form, status=422)
    count_press(request)
    data = form.cleaned_data
    press = Press(data["gateway"], data["due"], data["token"], cast(User, request.user))
    try:
        way = buy(request.tenant, int(data["pack"]), data["quantity"], press, now=clock.now())
    except DomainError as error:
        form.packs = _packs(request.tenant, channel)  # what was refused may have gone
        return _show(request, channel, form, refusal=error, status=409)
    return go_on(request, way)


def _packs(tenant: Tenant, channel: str) -> list[CreditPack]:
    """What can be bought. Raises NotHere where nothing can (decision D15)."""
    known = check_channel(channel)
    packs = on_offer(tenant, channel) if needs_credits(tenant, channel) else []
    if not packs:
        message = _("There is nothing to top up for %(channel)s at present.")
        raise NotHere(message % {"channel": known.label})
    return packs


def _show(
    request: HttpRequest,
    channel: str,
    form: TopUpForm,
    *,
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    offer = _offer(request, channel, form)
    context = {
        "form": form,
        "offer": offer,
        "channel": metering.channels[channel],
        "lead": _lead(request.tenant, channel),
        "can_add_funds": offer.is_balance_short and bool(ways_to_pay(FUNDS)),
        "most": MOST_OF_A_PACK,
        "refusal": refusal,
        "action": request.path,
        "back_url": reverse("billing:billing"),
        "back_label": _("Billing"),
        "shell": "panel_base.html",
    }
    return render(request, "credits/panel/top_up.html", context, status=status)


def _offer(request: HttpRequest, channel: str, form: TopUpForm) -> TopUpOffer:
    asked = request.POST if request.method == "POST" else request.GET
    return offer_of(
        metering.channels[channel],
        form.packs,
        form.ways,
        balance_of(request.tenant),
        chosen=form.chosen_of(asked),
        quantity=form.quantity_of(asked),
        gateway=asked.get("gateway", ""),
    )


def _lead(tenant: Tenant, channel: str) -> str:
    included = ceiling_of(tenant, channel)
    if included <= 0:
        return _("They never expire.")
    text = ngettext(
        "Used only after the %(count)s that your plan includes. They never expire.",
        "Used only after the %(count)s that your plan includes. They never expire.",
        included,
    )
    return text % {"count": number(included)}


@panel(roles=OWNERS)
@require_safe
def history(request: HttpRequest, channel: str) -> HttpResponse:
    """Every movement of the channel's credits."""
    account = account_of(request.tenant, channel)
    context = {
        "history": History(request.tenant, account, request.GET),
        "channel": metering.channels[channel],
        "channels": _channels(request.tenant),
    }
    return render(request, "credits/panel/history.html", context)


def _channels(tenant: Tenant) -> list[metering.MeteredChannel]:
    can = tenant.entitlements.can
    return [one for one in metering.channels.values() if can(one.capability)]


@panel(roles=OWNERS)
@require_safe
@throttled("credits.history_file", PRINTING)
def history_file(request: HttpRequest, channel: str) -> HttpResponseBase:
    """The same as CSV."""
    asked = History(request.tenant, account_of(request.tenant, channel), request.GET)
    return csv_stream(asked.file_name, HEAD, asked.file_rows())


@panel(roles=OWNERS)
@require_http_methods(["GET", "HEAD", "POST"])
def warning(request: HttpRequest, channel: str) -> HttpResponse:
    """At how many credits left the tenant is told."""
    tenant, known = request.tenant, check_channel(channel)
    at = warning_at(ceiling_of(tenant, channel), account_of(tenant, channel).warn_below)
    form = WarningForm(request.POST if request.method == "POST" else None, at=at)
    if form.is_bound:
        throttle(request, *SAVING)
    if form.is_bound and form.is_valid():
        set_warning(tenant, channel, form.cleaned_data["warn_below"], clock.now())
        return saved(request, reverse("billing:billing"), _said(form.cleaned_data["warn_below"]))
    context = {
        "form": form,
        "channel": known,
        "action": request.path,
        "back_url": reverse("billing:billing"),
        "back_label": _("Billing"),
        "shell": "panel_base.html",
    }
    status = 422 if form.errors else 200
    return render(request, "credits/panel/warning.html", context, status=status)


def _said(at: int) -> str:
    if not at:
        return _("Saved. You are not warned.")
    text = ngettext(
        "Saved. You are warned when %(count)s is left.",
        "Saved. You are warned when %(count)s are left.",
        at,
    )
    return text % {"count": number(at)}
