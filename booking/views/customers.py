"""Customers: who is served. Owners and managers change them, the staff role looks."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.customer_history import history, own_data
from booking.customer_list import (
    SHOWN,
    SORTS,
    CustomerQuestion,
    file_rows,
    list_customers,
)
from booking.duplicates import look_alikes
from booking.forms import CustomerForm
from booking.models import Appointment, Customer
from booking.services import customers, erasing, stops
from booking.services.resources import require_unused
from booking.views import resources, row_forms
from saas.core import clock
from saas.core.access import MANAGERS, OWNER, panel
from saas.core.csv_files import csv_stream
from saas.core.htmx import saved
from tenants.models import Tenant

CUSTOMER = resources.Resource(
    name="customer",
    icon="users",
    rows=Customer.objects.all(),
    form=CustomerForm,
    add=customers.add_customer,
    edit=customers.edit_customer,
    delete=customers.delete_customer,
    title=gettext_lazy("Customers"),
    lead=gettext_lazy("Who comes to you, and how to reach them."),
    add_label=gettext_lazy("Add customer"),
    search_label=gettext_lazy("Search by name, e-mail or phone"),
    empty_title=gettext_lazy("No customers yet"),
    empty_text=gettext_lazy("Everybody you add here can be booked with two clicks the next time."),
    sorts={},
)
HEAD = ("Name", "E-mail", "Phone", "Notes", "Language", "Wants news", "Since")
"""What an import understands again, whatever the language of the team."""


@panel("customers")
@require_safe
def customer_list(request: HttpRequest) -> HttpResponse:
    """Always the whole page: htmx picks the part it needs by `hx-select`."""
    question = CustomerQuestion.read(request.GET)
    context = {
        "resource": CUSTOMER,
        "rows_template": "booking/customers/_rows.html",
        "listing": list_customers(request.tenant, question),
        "question": question,
        "shown": [(key, label) for key, (label, _where) in SHOWN.items()],
        "sorts": SORTS.items(),
        "may": CUSTOMER.may(request),
        "is_manager": request.membership.role in MANAGERS,
        "is_owner": request.membership.role == OWNER,
        "add_url": CUSTOMER.url("add"),
    }
    return render(request, "booking/customers/list.html", context)


@panel("customers", roles=MANAGERS)
@require_safe
def customer_file(request: HttpRequest) -> HttpResponseBase:
    """Those that the list shows, as many as there are, as a file that an import understands again."""
    question = CustomerQuestion.read(request.GET)
    zone = ZoneInfo(request.tenant.time_zone)
    name = f"customers-{request.tenant.slug}.csv"
    return csv_stream(name, HEAD, _file_rows(request.tenant, question, zone))


def _file_rows(tenant: Tenant, question: CustomerQuestion, zone: ZoneInfo) -> Iterator[list[Any]]:
    for row in file_rows(tenant, question):
        news = "yes" if row.wants_news else "no"
        since = row.created_at.astimezone(zone).date().isoformat()
        yield [row.name, row.email, row.phone, row.notes, row.language, news, since]


@panel("customers.add", roles=MANAGERS)
def customer_add(request: HttpRequest) -> HttpResponse:
    return row_forms.add_page(request, CUSTOMER)


@panel("customers")
@require_safe
def customer_page(request: HttpRequest, pk: int) -> HttpResponse:
    """All that is known of one. The address of an entry that was merged leads to the one that was kept."""
    row = customers.find_kept(pk)
    if row.pk != pk:
        return redirect("booking:customer_page", pk=row.pk)
    can, may = request.tenant.entitlements.can, CUSTOMER.may(request)
    shows_appointments = can("appointments")
    context = {
        "row": row,
        "history": history(row, clock.now(), request.GET.get("page", "1"))
        if shows_appointments
        else None,
        "stops": stops.stops(request.tenant, row),
        "alike": look_alikes(row) if may["edit"] and may["delete"] else [],
        "may": may,
        "may_book": shows_appointments and can("appointments.add"),
        "is_manager": request.membership.role in MANAGERS,
        "shows_messages": can("workflows") and request.membership.role in MANAGERS,
        "currency": request.tenant.platform_settings.currency,
    }
    return render(request, "booking/customers/page.html", context)


@panel("customers.edit", roles=MANAGERS)
def customer_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = customers.find_customer(pk)
    form = CustomerForm(row_forms.posted(request), instance=row, tenant=request.tenant)
    page = row_forms.page_of(CUSTOMER, _("Edit “%(name)s”") % {"name": row})
    page["back_url"] = _page_url(pk)
    door = partial(customers.edit_customer, request.tenant, pk)
    return row_forms.form_page(request, form, page, door=door, done=_("“%(name)s” is saved."))


@panel("customers.delete", roles=MANAGERS)
def customer_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Only for those without appointments: what has some can be erased instead."""
    row = customers.find_customer(pk)
    if request.method == "POST":
        customers.delete_customer(request.tenant, pk)
        return saved(request, CUSTOMER.url("list"), _("“%(name)s” is deleted.") % {"name": row})
    require_unused(row)
    happens = [_("Their e-mail, phone and notes are deleted for good; nobody can bring them back.")]
    context = _question(request, row, _("Delete “%(name)s”?"), happens) | {
        "action_label": _("Delete")
    }
    return render(request, "ui/confirm.html", context)


@panel("customers.delete", roles=MANAGERS)
@require_http_methods(["GET", "HEAD", "POST"])
def customer_erase(request: HttpRequest, pk: int) -> HttpResponse:
    """What will happen; after a POST with the tick it has happened."""
    row = customers.find_customer(pk)
    is_sure = request.POST.get("confirmed") == "1"
    if request.method == "POST" and is_sure:
        erasing.erase_customer(request.tenant, pk, now=clock.now())
        text = _("The customer is erased. Nothing is left that names them.")
        return saved(request, CUSTOMER.url("list"), text)
    context = _question(request, row, _("Erase “%(name)s” for good?"), _erased(row)) | {
        "action_label": _("Erase for good"),
        "tick": _("They have asked for it, or agreed"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "ui/confirm.html", context, status=status)


def _erased(row: Customer) -> list[str]:
    now = clock.now()
    count = Appointment.objects.filter(customer=row).count()
    coming = Appointment.objects.filter(customer=row, starts_at__gte=now, cancelled_at=None).count()
    happens = [
        _("Name, e-mail, phone, notes and consent are emptied, and they leave every list."),
        ngettext(
            "%(count)s appointment stays for your books, without name and note.",
            "%(count)s appointments stay for your books, without name and note.",
            count,
        )
        % {"count": count},
        _("Messages to them or about them lose name, address and text; what waits is not sent."),
        _("Their private links lead nowhere, and an import that has them in its file stops."),
        _("What they asked not to receive stays on the stop list, so that nobody writes to them."),
        _("Nobody can undo this, nor can we."),
    ]
    if coming:
        text = ngettext(
            "%(count)s of them is still to come. Cancel it first if nobody will come.",
            "%(count)s of them are still to come. Cancel them first if nobody will come.",
            coming,
        )
        happens.insert(2, text % {"count": coming})
    return happens


@panel("customers", roles=MANAGERS)
@require_safe
def customer_data(request: HttpRequest, pk: int) -> HttpResponse:
    """What is kept about them, as a file to hand to them."""
    data = own_data(request.tenant, customers.find_customer(pk))
    response = JsonResponse(data, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="customer-{pk}.json"'
    return response


@panel("customers.edit", roles=MANAGERS)
@require_POST
def customer_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing more over `channel` for `stopped=1`; again for anything else."""
    stopped = request.POST.get("stopped") == "1"
    channel = request.POST.get("channel", "")
    row = stops.set_stop(request.tenant, pk, channel, stopped=stopped, now=clock.now())
    text = (
        _("%(name)s gets nothing more that way.")
        if stopped
        else _("%(name)s may be written to again.")
    )
    return saved(request, _page_url(pk), text % {"name": row}, event=row_forms.CHANGED)


def _question(
    request: HttpRequest, row: Customer, title: str, happens: list[str]
) -> dict[str, Any]:
    return {
        "title": title % {"name": row},
        "happens": happens,
        "action": request.path,
        "danger": True,
        "back_url": _page_url(row.pk),
        "shell": "panel_base.html",
    }


def _page_url(pk: int) -> str:
    return reverse("booking:customer_page", kwargs={"pk": pk})
