"""A tenant's money: its balance and how it moved, its payments, invoices, and who they are made out to. For owners."""

from typing import cast
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from billing.ledger import balance_of
from billing.panel.invoice_pdf import render_invoice
from billing.panel.invoice_words import file_name, find_invoice, words_of
from billing.panel.money_forms import DetailsForm, FundsForm
from billing.panel.payment_table import PaymentTable
from billing.panel.statement import HEAD, Statement
from billing.panel.views.paying import count_press, go_on
from billing.services.adding_funds import LEAST, MOST, add_funds
from billing.services.checkout import Press
from billing.services.details import details_of, save_details
from billing.services.funds import FUNDS
from billing.services.ways import ways_to_pay
from saas.core import clock
from saas.core.access import OWNERS, panel
from saas.core.csv_files import csv_response
from saas.core.errors import DomainError
from saas.core.htmx import saved
from saas.core.throttling import throttle, throttled
from saas.core.versions import ChangedMeanwhile
from tenants.models import Tenant, User

SAVING = "billing.details", "30/minute"
"""How often one network may save them."""
PRINTING = "60/minute"
"""Of invoices and of files of the statement, each."""


@panel(roles=OWNERS)
@require_http_methods(["GET", "HEAD", "POST"])
def funds(request: HttpRequest) -> HttpResponse:
    """How much to add to the balance, and with what; a good POST goes on to where it is paid.

    What is refused is said on the form itself, so that nothing of what was chosen is lost.
    """
    tenant, refusal = request.tenant, None
    currency = tenant.platform_settings.currency
    form = FundsForm(_posted(request), ways=ways_to_pay(FUNDS), currency=currency)
    if form.is_bound and form.is_valid():
        count_press(request)
        try:
            way = add_funds(tenant, _press(request, form), now=clock.now())
        except DomainError as error:
            refusal = error
        else:
            return go_on(request, way)
    context = {**_funds_context(tenant, form), "action": request.path, "refusal": refusal}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "billing/money/funds.html", context, status=status)


def _press(request: HttpRequest, form: FundsForm) -> Press:
    data = form.cleaned_data
    return Press(data["gateway"], form.amount, data["token"], cast(User, request.user))


def _funds_context(tenant: Tenant, form: FundsForm) -> dict[str, object]:
    return {
        "form": form,
        "account": balance_of(tenant),
        "least": LEAST,
        "most": MOST,
        "back_url": reverse("billing:billing"),
        "back_label": _("Billing"),
        "shell": "panel_base.html",
    }


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


@panel(roles=OWNERS)
@require_safe
def payments(request: HttpRequest) -> HttpResponse:
    """Every payment; the list alone follows the filter."""
    context = {"table": PaymentTable(request.tenant, request.GET)}
    return render(request, "billing/money/payments.html", context)


@panel(roles=OWNERS)
@require_safe
def statement(request: HttpRequest) -> HttpResponse:
    """Every movement of the balance."""
    context = {"statement": Statement(request.tenant, request.GET)}
    return render(request, "billing/money/statement.html", context)


@panel(roles=OWNERS)
@require_safe
@throttled("billing.statement_file", PRINTING)
def statement_file(request: HttpRequest) -> HttpResponse:
    """The same as CSV."""
    asked = Statement(request.tenant, request.GET)
    return csv_response(asked.file_name, HEAD, asked.file_rows())


@panel(roles=OWNERS)
@require_safe
def invoice(request: HttpRequest, number: str) -> HttpResponse:
    """One invoice as a page that prints well."""
    found, zone = find_invoice(request.tenant, number), ZoneInfo(request.tenant.time_zone)
    context = {"invoice": found, "words": words_of(found, zone)}
    return render(request, "billing/money/invoice.html", context)


@panel(roles=OWNERS)
@require_safe
@throttled("billing.panel.invoice_pdf", PRINTING)
@cache_control(private=True, no_cache=True)
def invoice_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The same as PDF. It is asked for anew each time: what went back since stands on it, too."""
    found, zone = find_invoice(request.tenant, number), ZoneInfo(request.tenant.time_zone)
    response = HttpResponse(render_invoice(words_of(found, zone)), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{file_name(found)}"'
    return response


@panel(roles=OWNERS)
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest) -> HttpResponse:
    """To whom the next invoices are made out."""
    form = DetailsForm(_posted(request), details=details_of(request.tenant))
    if form.is_bound:
        throttle(request, *SAVING)
    if form.is_bound and form.is_valid():
        try:
            save_details(request.tenant, seen=form.was_seen, **form.entered)
        except ChangedMeanwhile:
            form.conflict = True
        else:
            text = _("Saved. The next invoices say so.")
            return saved(request, reverse("billing:billing"), text, event="detailsSaved")
    context = {
        "form": form,
        "action": request.path,
        "back_url": reverse("billing:billing"),
        "back_label": _("Billing"),
        "shell": "panel_base.html",
    }
    return render(request, "billing/money/details.html", context, status=form.status)
