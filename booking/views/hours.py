"""Hours: of the business, of each of the staff, of each location. Every role looks, owners and managers change them."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.hours_forms import SpansForm, SpecialDaysForm, TimeOffForm, WeekForm
from booking.models import Location, Staff, TimeOff
from booking.schedules import (
    BUSINESS,
    Owner,
    SpecialDays,
    find_owner,
    find_special,
    schedule_of,
    set_weeks,
    week_of,
)
from booking.selectors import find_row
from booking.services import schedules
from booking.services.resources import WrongChoice
from booking.views.row_forms import CHANGED, posted
from saas.core import clock
from saas.core.access import MANAGERS, panel
from saas.core.htmx import saved


@panel("appointments")
def hours(request: HttpRequest) -> HttpResponse:
    return _page(request, BUSINESS)


@panel("staff")
def staff_hours(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, Owner(staff=find_row(Staff, pk)))


@panel("locations")
def location_hours(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, Owner(location=find_row(Location, pk)))


@panel("appointments", roles=MANAGERS)
def hours_week(request: HttpRequest, owner: str) -> HttpResponse:
    """The week as a form. “Add another span” and “Copy” show it again with more in it, and save nothing."""
    whose = find_owner(request.tenant, owner)
    sources = {one.key: one for one in set_weeks(request.tenant) if one.key != owner}
    page = {"sources": list(sources.values()), "template": "booking/hours_week_form.html"}
    source = sources.get(request.POST.get("copy_from", "")) if "copy" in request.POST else None
    if source:
        form: SpansForm = WeekForm(owner=whose, week=week_of(source)[0])
    elif wanted := _more(request):
        form = WeekForm(owner=whose, spans=wanted, initial=request.POST.dict())
    elif request.method == "POST":
        form = WeekForm(request.POST, owner=whose, spans=_spans(request))
    else:
        week, found = week_of(whose)
        form = WeekForm(owner=whose, week=week, is_own=found == "own")

    def door(week: Any) -> str:
        schedules.set_week(request.tenant, whose, week)
        return _("The hours are saved.")

    title = _("Weekly hours of %(name)s") % {"name": whose.name} if whose.row else _("Weekly hours")
    return _form_page(request, whose, form, page | {"title": title}, door)


@panel("appointments", roles=MANAGERS)
def special_add(request: HttpRequest, owner: str) -> HttpResponse:
    whose = find_owner(request.tenant, owner)
    today = clock.now().astimezone(whose.zone(request.tenant)).date()
    if wanted := _more(request):
        form = SpecialDaysForm(today=today, owner=whose, spans=wanted, initial=request.POST.dict())
    else:
        form = SpecialDaysForm(posted(request), today=today, owner=whose, spans=_spans(request))

    def door(**special: Any) -> str:
        schedules.set_special_days(request.tenant, whose, **special)
        return _("The special days are saved.")

    page = {"title": _("Special days"), "template": "booking/special_days_form.html"}
    return _form_page(request, whose, form, page, door)


@panel("appointments", roles=MANAGERS)
def special_delete(request: HttpRequest, owner: str, pk: int) -> HttpResponse:
    whose = find_owner(request.tenant, owner)
    days = find_special(request.tenant, whose, pk)
    if request.method == "POST":
        schedules.remove_special_days(request.tenant, whose, days.first, days.last)
        return saved(request, whose.url, _("The special days are removed."), event=CHANGED)
    title = _("Remove what is special about %(days)s?") % {"days": days_text(days)}
    happens = [_("The usual weekly hours apply again.")]
    return _question(request, whose, title, happens)


@panel("staff.edit", roles=MANAGERS)
def time_off_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Appointments that lie in the time off stay; how many there are is said at once, and on the page."""
    whose = Owner(staff=find_row(Staff, pk))
    now = clock.now()
    form = TimeOffForm(posted(request), tenant=request.tenant, owner=whose, now=now)

    def door(**off: Any) -> str:
        row = schedules.add_time_off(request.tenant, whose.staff, **off)  # type: ignore[arg-type]
        return time_off_text(row)

    page = {
        "title": _("Time off for %(name)s") % {"name": whose.name},
        "template": "booking/time_off_form.html",
    }
    return _form_page(request, whose, form, page, door)


@panel("staff.edit", roles=MANAGERS)
def time_off_delete(request: HttpRequest, pk: int) -> HttpResponse:
    row = find_row(TimeOff, pk)
    whose = Owner(staff=row.staff)
    if request.method == "POST":
        schedules.remove_time_off(request.tenant, pk)
        return saved(request, whose.url, _("The time off is removed."), event=CHANGED)
    title = _("Remove this time off of %(name)s?") % {"name": whose.name}
    return _question(request, whose, title, [_("They can be booked at that time again.")])


def time_off_text(row: TimeOff) -> str:
    """What is said when time off is saved: appointments in it are for people to move."""
    count = schedules.appointments_in(row)
    if not count:
        return _("The time off is saved.")
    text = ngettext(
        "The time off is saved. %(count)s appointment lies in it: move or cancel it.",
        "The time off is saved. %(count)s appointments lie in it: move or cancel them.",
        count,
    )
    return text % {"count": count}


def days_text(days: SpecialDays) -> str:
    shown = [date_format(day, "j M Y") for day in sorted({days.first, days.last})]
    return " – ".join(shown)


def _page(request: HttpRequest, owner: Owner) -> HttpResponse:
    tenant = request.tenant
    may_change = request.membership.role in MANAGERS and tenant.entitlements.can(
        owner.capability("edit")
    )
    context = {
        "owner": owner,
        "schedule": schedule_of(tenant, owner, clock.now()),
        "may_change": may_change and tenant.entitlements.can("appointments"),
        "zone": owner.zone(tenant),
        "is_elsewhere": owner.zone(tenant) != ZoneInfo(tenant.time_zone),
    }
    return render(request, "booking/hours.html", context)


def _form_page(
    request: HttpRequest,
    owner: Owner,
    form: Any,
    page: dict[str, Any],
    door: Callable[..., str],
) -> HttpResponse:
    """The form; after a good POST what went through `door`, whose answer is said. `page`: title, template."""
    if form.is_bound and form.is_valid():
        try:
            text = door(**form.cleaned_data)
        except WrongChoice as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            return saved(request, owner.url, text, event=CHANGED)
    context = page | {
        "form": form,
        "owner": owner,
        "action": request.path,
        "back_url": owner.url,
        "back_label": _("Hours"),
        "shell": "panel_base.html",
    }
    return render(request, page["template"], context, status=422 if form.errors else 200)


def _question(request: HttpRequest, owner: Owner, title: str, happens: list[str]) -> HttpResponse:
    context = {
        "title": title,
        "happens": happens,
        "action": request.path,
        "action_label": _("Remove"),
        "cancel_label": _("Keep it"),
        "danger": True,
        "back_url": owner.url,
        "shell": "panel_base.html",
    }
    return render(request, "ui/confirm.html", context)


def _spans(request: HttpRequest) -> int:
    """How many spans a day the posted form has."""
    asked = request.POST.get("spans", "")
    return int(asked) if asked.isdecimal() and len(asked) < 3 else 0


def _more(request: HttpRequest) -> int:
    """How many spans a day are wanted, when one more was asked for; else 0."""
    return _spans(request) + 1 if "more" in request.POST else 0
