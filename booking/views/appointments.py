"""Appointments: who comes when. Every role books and moves them; owners and managers cancel."""

from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.agenda import SHOWN, AgendaQuestion, agenda, find_appointment
from booking.appointment_conflict import typed
from booking.appointment_form import AppointmentForm
from booking.appointment_parts import FOLLOWING, ONE
from booking.deposit_list import deposit_stays
from booking.models import Appointment
from booking.services import appointments, series
from booking.services.seen import ChangedMeanwhile
from booking.views.row_forms import CHANGED, form_page, posted
from booking.wall_clock import read_day
from plans.entitlements import LimitReached
from saas.core import clock
from saas.core.access import MANAGERS, OWNER, panel
from saas.core.htmx import saved
from tenants.models import Tenant

TEMPLATE = "booking/appointment_form.html"


@panel("appointments")
def appointment_list(request: HttpRequest) -> HttpResponse:
    """What comes, from today on, unless another span is asked for."""
    today = clock.now().astimezone(ZoneInfo(request.tenant.time_zone)).date()
    question = read_question(request, today)
    found = agenda(request.tenant, question)
    can = request.tenant.entitlements.can
    context = {
        "agenda": found,
        "question": question,
        "is_narrowed": bool(request.GET),
        "shown": [(key, label) for key, (label, _where) in SHOWN.items()],
        "today": today,
        "may": {
            "add": can("appointments.add"),
            "edit": can("appointments.edit"),
            "cancel": can("appointments.cancel") and request.membership.role in MANAGERS,
        },
        "is_owner": request.membership.role == OWNER,
        "currency": request.tenant.platform_settings.currency,
    }
    return render(request, "booking/appointment_list.html", context)


@panel("appointments.add")
def appointment_add(request: HttpRequest) -> HttpResponse:
    """The empty form, or the reason why there is no room for one more.

    A GET with `who` brings the customers of that name, one with `service` its extras: the open form asks for both.
    """
    now = clock.now()
    if request.method != "POST":
        request.tenant.entitlements.require_room("appointments")
    form = AppointmentForm(
        posted(request), tenant=request.tenant, now=now, asked=request.GET.dict()
    )
    door = partial(_book, form, request.tenant, now=now)
    page = _page(_("New appointment"))
    return form_page(request, form, page, door=door, done=_("%(name)s is booked."))


@panel("appointments.edit")
def appointment_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = find_appointment(pk)
    appointments.require_open(row)
    asked = request.GET.dict()
    form = AppointmentForm(
        posted(request), tenant=request.tenant, now=clock.now(), row=row, asked=asked
    )
    door = partial(_change, form, request.tenant, pk)
    page = _page(_("Appointment of %(name)s") % {"name": row}) | {"row": row}
    try:
        return form_page(
            request, form, page, door=door, done=_("The appointment of %(name)s is saved.")
        )
    except ChangedMeanwhile as error:
        return _as_it_is_now(request, form, page, error)


def _as_it_is_now(
    request: HttpRequest, form: AppointmentForm, page: dict[str, Any], error: ChangedMeanwhile
) -> HttpResponse:
    """The form with the present values, and beside it what was typed into `form` and is not saved."""
    row = find_appointment(page["row"].pk)
    now = AppointmentForm(None, tenant=request.tenant, now=clock.now(), row=row)
    context = page | {
        "row": row,
        "form": now,
        "changed": error.message,
        "refused_typed": typed(form, row),
        "action": request.path,
        "shell": "panel_base.html",
    }
    return render(request, TEMPLATE, context, status=error.status)


def _book(form: AppointmentForm, tenant: Tenant, *, now: datetime, **fields: Any) -> Appointment:
    """Through the door of one or of a series; what was refused is kept for the form to show."""
    if "repeats" not in fields:
        return appointments.add_appointment(tenant, now=now, **fields)
    try:
        return series.add_series(tenant, now=now, **fields)[0]
    except series.DatesRefused as error:
        form.refused = error.refused
        raise
    except LimitReached as error:
        if error.limit.key == "appointments":
            form.short = _("The series is longer than what is left this month.")
        raise


def _change(
    form: AppointmentForm,
    tenant: Tenant,
    pk: int,
    *,
    scope: str = ONE,
    seen: str = "",
    **changes: Any,
) -> Appointment:
    if scope != FOLLOWING:
        return appointments.edit_appointment(tenant, pk, seen=seen, **changes)
    try:
        return series.edit_following(tenant, pk, seen=seen, **changes)[0]
    except series.DatesRefused as error:
        form.refused = error.refused
        raise


@panel("appointments.cancel", roles=MANAGERS)
def appointment_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """The question; after a POST it is done, with all that follow in its series for `scope=following`."""
    row = find_appointment(pk)
    url = reverse("booking:appointment_list")
    if request.method == "POST":
        if request.POST.get("scope") == FOLLOWING:
            gone = series.cancel_following(request.tenant, pk, now=clock.now())
        else:
            gone = [appointments.cancel_appointment(request.tenant, pk, now=clock.now())]
        text = ngettext(
            "The appointment of %(name)s is cancelled.",
            "%(count)s appointments of %(name)s are cancelled.",
            len(gone),
        ) % {"name": row, "count": len(gone)}
        return saved(request, url, text, event=CHANGED)
    appointments.require_cancellable(row)
    context = {
        "title": _("Cancel the appointment of %(name)s?") % {"name": row},
        "happens": [
            _("%(staff)s is free at that time again.") % {"staff": row.staff},
            _("It stays in the list of cancelled appointments, and cannot be taken up again."),
            _("It still counts as one of this month’s appointments."),
            *deposit_stays(row),
        ],
        "following": series.following(row).count() - 1 if row.series else 0,
        "action": request.path,
        "action_label": _("Cancel appointment"),
        "cancel_label": _("Keep it"),
        "danger": True,
        "back_url": url,
        "shell": "panel_base.html",
    }
    return render(request, "booking/appointment_cancel.html", context)


def _page(title: str) -> dict[str, Any]:
    return {"title": title, "back_url": reverse("booking:appointment_list"), "template": TEMPLATE}


def read_question(request: HttpRequest, today: date) -> AgendaQuestion:
    """What the address asks for; whatever it asks wrongly is as if it had not been asked."""
    asked = request.GET
    show, staff = asked.get("show", ""), asked.get("staff", "")
    return AgendaQuestion(
        text=asked.get("q", "").replace("\0", "").strip()[:80],
        show=show if show in SHOWN else "",
        staff=int(staff) if staff.isdecimal() and len(staff) < 19 else None,
        since=read_day(asked["since"]) if "since" in asked else today,
        until=read_day(asked.get("until", "")),
        page=asked.get("page", "1"),
    )
