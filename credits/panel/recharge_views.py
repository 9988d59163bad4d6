"""Whether packs are bought by themselves when few credits are left. For owners."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from credits.models import CreditPack
from credits.panel.recharge_form import RechargeForm
from credits.services.accounts import account_of, ceiling_of, check_channel, warning_at
from credits.services.packs import needs_credits, on_offer
from credits.services.recharge_wishes import Wish, card_of, switch_off, switch_on, wish_of
from saas.core import clock
from saas.core.access import OWNERS, panel
from saas.core.errors import DomainError, NotHere
from saas.core.htmx import saved
from saas.core.throttling import throttle
from tenants.models import Tenant, User

SAVING = "credits.recharge", "30/minute"
"""How often one network may change it."""


@panel(roles=OWNERS)
@require_http_methods(["GET", "HEAD", "POST"])
def recharge(request: HttpRequest, channel: str) -> HttpResponse:
    """What is bought when, and from what; what is refused is said on the form itself."""
    tenant, known, refusal = request.tenant, check_channel(channel), None
    wish = wish_of(tenant, channel)
    form = RechargeForm(
        request.POST if request.method == "POST" else None,
        packs=_packs(tenant, channel),
        card=card_of(tenant),
        currency=tenant.platform_settings.currency,
        wish=wish,
        suggested=warning_at(ceiling_of(tenant, channel), account_of(tenant, channel).warn_below),
    )
    if form.is_bound:
        throttle(request, *SAVING)
    if form.is_bound and form.is_valid():
        wanted = _wish(form)
        try:
            switch_on(tenant, channel, wanted, by=cast(User, request.user), now=clock.now())
        except DomainError as error:
            refusal = error
        else:
            said = _("Saved. %(channel)s are topped up by themselves from now on.")
            return saved(request, reverse("billing:billing"), said % {"channel": known.noun})
    context = {
        "form": form,
        "wish": wish,
        "refusal": refusal,
        "channel": known,
        "action": request.path,
        "back_url": reverse("billing:billing"),
        "back_label": _("Billing"),
        "shell": "panel_base.html",
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "credits/panel/recharge.html", context, status=status)


@panel(roles=OWNERS)
@require_POST
def recharge_off(request: HttpRequest, channel: str) -> HttpResponse:
    """Nothing is bought by itself any more. Again changes nothing."""
    known = check_channel(channel)
    throttle(request, *SAVING)
    switch_off(request.tenant, channel, clock.now())
    said = _("%(channel)s are not topped up by themselves any more.") % {"channel": known.noun}
    return saved(request, reverse("billing:billing"), said)


def _packs(tenant: Tenant, channel: str) -> list[CreditPack]:
    """What can be bought. Raises NotHere where nothing can (decision D15)."""
    packs = on_offer(tenant, channel) if needs_credits(tenant, channel) else []
    if not packs:
        message = _("There is nothing to top up for %(channel)s at present.")
        raise NotHere(message % {"channel": check_channel(channel).label})
    return packs


def _wish(form: RechargeForm) -> Wish:
    data = form.cleaned_data
    return Wish(int(data["pack"]), data["below"], data["source"], data["cap"])
