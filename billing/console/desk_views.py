"""The console's Payments: the table, one payment, and both as files."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from billing.console.payment_desk import FILE_HEAD, PaymentDesk
from billing.console.payment_page import PaymentPage
from billing.panel.invoice_pdf import render_invoice
from billing.panel.invoice_words import file_name, find_invoice, words_of
from billing.services.resolving import find_payment
from plans.models import PlatformSettings
from saas.core.access import console
from saas.core.csv_files import csv_response
from saas.core.errors import NotHere

CHANGED = "paymentChanged"


@console
@require_safe
def payment_list(request: HttpRequest) -> HttpResponse:
    """The whole page; for htmx, which sorts, searches, filters and turns pages, the table alone."""
    is_part = getattr(request, "htmx", False)
    context = {"desk": PaymentDesk(request.GET), "platform": PlatformSettings.load()}
    template = "billing/console/_payments.html" if is_part else "billing/console/payments.html"
    return render(request, template, context)


@console
@require_safe
def payment_file(request: HttpRequest) -> HttpResponse:
    """What the table shows, all of its pages, for a spreadsheet."""
    return csv_response("payments.csv", FILE_HEAD, PaymentDesk(request.GET).file_rows())


@console
@require_safe
def payment(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything of one payment, and what can be done about it."""
    context = {"page": PaymentPage(find_payment(pk)), "platform": PlatformSettings.load()}
    return render(request, "billing/console/payment.html", context)


@console
@require_safe
@cache_control(private=True, no_store=True)
def invoice_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The invoice of one payment, as its tenant gets it."""
    paid = find_payment(pk)
    issued = getattr(paid, "invoice", None)
    if issued is None:
        raise NotHere(_("There is no invoice for this payment."))
    found = find_invoice(paid.tenant, issued.number)
    pdf = render_invoice(words_of(found, ZoneInfo(paid.tenant.time_zone)))
    disposition = f'attachment; filename="{file_name(found)}"'
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": disposition}
    )
