"""One appointment: all that is known of it, and the buttons that take it on."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from booking.agenda import find_appointment, series_of, together
from booking.appointment_history import history_of
from booking.calendar_file import calendar_file
from booking.deposit_list import paid_online
from booking.deposits import is_due
from booking.models import FLOW, Appointment, Status
from booking.services.resources import WrongChoice
from booking.services.statuses import receive_deposit, set_status
from booking.views.row_forms import CHANGED
from booking.wall_clock import wall_of
from saas.core import clock
from saas.core.access import MANAGERS, panel
from saas.core.htmx import saved
from tenants.models import Tenant

STEPS = {
    Status.APPROVED: (gettext_lazy("Confirm"), "check"),
    Status.PAID: (gettext_lazy("Paid"), "banknote"),
    Status.COMPLETED: (gettext_lazy("Completed"), "check-check"),
    Status.NO_SHOW: (gettext_lazy("No-show"), "user-x"),
    Status.PENDING: (gettext_lazy("Wait for confirmation"), "clock"),
}
"""What the button says that leads to a status. Cancelling asks first, so it has a page of its own."""
BACK = gettext_lazy("Back to confirmed")


@panel("appointments")
def details(request: HttpRequest, pk: int) -> HttpResponse:
    now = clock.now()
    row = find_appointment(pk)
    can = request.tenant.entitlements.can
    may_edit = can("appointments.edit") and not row.is_cancelled
    group = together(row) if row.service.capacity > 1 and not row.is_cancelled else None
    context = {
        "title": row.customer.name,
        "row": row,
        "group": group,
        "join_url": _join_url(row, request.tenant) if group else "",
        "series": series_of(row),
        "history": history_of(row, request.tenant),
        "steps": steps_of(row, now) if may_edit else [],
        "deposit_due": is_due(row),
        "deposits": (deposits := paid_online(row)),
        "is_being_paid": any(one.payment.is_pending for one in deposits),
        "may": {
            "add": can("appointments.add"),
            "edit": may_edit,
            "give_back": can("appointments.edit") and request.membership.role in MANAGERS,
            "cancel": can("appointments.cancel")
            and request.membership.role in MANAGERS
            and Status.CANCELLED in FLOW[Status(row.status)].next,
        },
        "currency": request.tenant.platform_settings.currency,
        "back_url": reverse("booking:appointment_list"),
        "shell": "panel_base.html",
    }
    return render(request, "booking/appointment_page.html", context)


def steps_of(row: Appointment, now: datetime) -> list[dict[str, Any]]:
    """The buttons of what may follow, in the order of the flow; a no-show only once it has begun."""
    steps = []
    for status, (label, icon) in STEPS.items():
        if status not in FLOW[Status(row.status)].next:
            continue
        if status == Status.NO_SHOW and row.starts_at > now:
            continue
        back = status == Status.APPROVED and row.status != Status.PENDING
        steps.append({"status": status.value, "label": BACK if back else label, "icon": icon})
    return steps


@panel("appointments.edit")
@require_POST
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """Put it into `status`."""
    asked = request.POST.get("status", "")
    if asked not in STEPS:
        raise WrongChoice("status", _("Choose another status."))
    row = set_status(request.tenant, pk, Status(asked), now=clock.now())
    words = {"name": row, "status": row.get_status_display()}
    text = _("The appointment of %(name)s: %(status)s.") % words
    return saved(request, _page_of(row), text, event=CHANGED)


@panel("appointments.edit")
@require_POST
def deposit(request: HttpRequest, pk: int) -> HttpResponse:
    row = receive_deposit(request.tenant, pk, now=clock.now())
    text = _("The deposit of %(name)s is noted as received.") % {"name": row}
    return saved(request, _page_of(row), text, event=CHANGED)


@panel("appointments")
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The appointment for a calendar of one's own."""
    content = calendar_file(find_appointment(pk), request.tenant, clock.now())
    name = f'attachment; filename="appointment-{pk}.ics"'
    return HttpResponse(
        content, content_type="text/calendar; charset=utf-8", headers={"Content-Disposition": name}
    )


def _join_url(row: Appointment, tenant: Tenant) -> str:
    """The form for one more at the same time, filled in as far as it is known."""
    wall = wall_of(row.starts_at, ZoneInfo(tenant.time_zone))
    asked = {"service": row.service_id, "staff": row.staff_id, "location": row.location_id or ""}
    times = {"date": f"{wall:%Y-%m-%d}", "time": f"{wall:%H:%M}"}
    return f"{reverse('booking:appointment_add')}?{urlencode(asked | times)}"


def _page_of(row: Appointment) -> str:
    return reverse("booking:appointment_details", args=[row.pk])
