"""The console about one channel of one tenant: the whole ledger, and granting or correcting credits."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from credits.console.correct_form import CorrectForm
from credits.console.rows import EntryRow, label_of
from credits.console.tenant_parts import account_row
from credits.ledger_pages import LedgerPage
from credits.services import by_hand
from credits.services.accounts import account_of
from credits.services.movements import NotEnoughCredits
from plans.models import PlatformSettings
from saas.core import clock
from saas.core.access import console
from saas.core.htmx import saved
from saas.core.templatetags.ui import number
from tenants.console_views import CHANGED
from tenants.models import Tenant
from tenants.requests import SignedInRequest
from tenants.services.administration import find_tenant


@console
@require_safe
def ledger(request: HttpRequest, pk: int, channel: str) -> HttpResponse:
    """Every movement of a tenant's credits on one channel, newest first. Raises UnknownChannel."""
    tenant = find_tenant(pk)
    account = account_of(tenant, channel)
    page = LedgerPage(account, request.GET)
    context = {
        "tenant": tenant,
        "row": account_row(tenant, account, clock.now()),
        "page": page,
        "entries": [EntryRow(entry) for entry in page.rows],
        "platform": PlatformSettings.load(),
    }
    return render(request, "credits/console/ledger.html", context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: SignedInRequest, pk: int, channel: str) -> HttpResponse:
    """More or fewer credits, with a reason. A GET with a number in it says what would be there then."""
    tenant = find_tenant(pk)
    account = account_of(tenant, channel)
    is_preview = bool(getattr(request, "htmx", False)) and "credits" in request.GET
    asked = request.GET if is_preview else None
    form = CorrectForm(request.POST if request.method == "POST" else asked, account=account)
    if request.method == "POST" and form.is_valid():
        if refusal := _carry_out(form, request, tenant, channel):
            form.add_error("credits", refusal)
        else:
            there = number(account_of(tenant, channel).purchased_left)
            words = {"tenant": tenant.name, "count": there, "channel": label_of(channel)}
            text = _("%(tenant)s has %(count)s purchased %(channel)s credits.") % words
            return saved(request, _page(tenant), text, event=CHANGED)
    context = {
        "form": form,
        "account": account,
        "tenant": tenant,
        "channel": label_of(channel),
        "after": form.after,
        "too_many": form.too_many,
        "action": request.path,
        "back_url": _page(tenant),
        "back_label": tenant.name,
        "platform": PlatformSettings.load(),
    }
    if is_preview and request.method != "POST":
        return render(request, "credits/console/_after.html", context)
    status = 422 if form.is_bound else 200
    return render(request, "credits/console/correct.html", context, status=status)


def _carry_out(form: CorrectForm, request: SignedInRequest, tenant: Tenant, channel: str) -> str:
    """Why it could not be done; empty once it is."""
    data = form.cleaned_data
    try:
        by_hand.correct(
            tenant,
            channel,
            form.signed,
            reason=data["reason"],
            by=request.user,
            key=data["token"],
            now=clock.now(),
        )
    except NotEnoughCredits as error:
        return str(error.message)
    return ""


def _page(tenant: Tenant) -> str:
    return reverse("tenants_console:tenant", args=[tenant.pk])
