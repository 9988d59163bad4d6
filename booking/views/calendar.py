"""The calendar: a day by staff, a week, a month, and moving an appointment in it."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.agenda import find_appointment, room_of, together
from booking.calendar_pages.pages import all_locations, all_staff, grid, heading, month
from booking.calendar_pages.reading import DAY, MONTH, WEEK, CalendarQuestion
from booking.models import Appointment, Location, Staff
from booking.move_form import MoveForm
from booking.selectors import find_row
from booking.services.appointments import require_open
from booking.services.moving import move_appointment
from booking.services.resources import WrongChoice
from booking.services.series import FURTHEST
from booking.views.row_forms import CHANGED, form_page, posted
from booking.wall_clock import read_day
from saas.core import clock
from saas.core.access import OWNER, panel
from saas.core.errors import Conflict
from saas.core.htmx import saved

VIEWS = {DAY: gettext_lazy("Day"), WEEK: gettext_lazy("Week"), MONTH: gettext_lazy("Month")}
FAR = gettext_lazy("Choose a day that is less than two years away.")
COLOR = re.compile(r"[0-9a-f]{6}")


@panel("appointments")
def calendar(request: HttpRequest) -> HttpResponse:
    """`view`, `date`, `staff` and `location` choose; what is asked wrongly is as if it had not been asked."""
    now, zone = clock.now(), ZoneInfo(request.tenant.time_zone)
    today = now.astimezone(zone).date()
    can = request.tenant.entitlements.can
    staff = all_staff()
    question = read_question(request, today, staff)
    if question.view == MONTH:
        shown: dict[str, Any] = {"month": month(question, zone, now)}
    else:
        shown = {"grid": grid(request.tenant, question, now, staff)}
    has_places = can(Location.capability())
    context = shown | {
        "question": question,
        "heading": heading(question),
        "links": _links(question, today),
        "agenda": room_of(request.tenant),
        "staff": staff,
        "locations": all_locations() if has_places else [],
        "today": today,
        "may": {"add": can("appointments.add"), "edit": can("appointments.edit")},
        "is_owner": request.membership.role == OWNER,
    }
    return render(request, "booking/calendar.html", context)


def read_question(request: HttpRequest, today: date, staff: list[Staff]) -> CalendarQuestion:
    """A day by staff to begin with; a week for somebody who works alone."""
    asked = request.GET
    several = sum(one.in_use for one in staff) > 1
    view = asked.get("view", "")
    return CalendarQuestion(
        view=view if view in VIEWS else DAY if several else WEEK,
        day=read_day(asked.get("date", "")) or today,
        staff=_key(asked.get("staff", "")),
        location=_key(asked.get("location", "")),
    )


def _key(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _links(question: CalendarQuestion, today: date) -> dict[str, Any]:
    """The ways on from here; each keeps what is filtered by."""
    now = replace(question, day=today)
    return {
        "before": question.step(-1).address,
        "after": question.step(1).address,
        "today": now.address,
        "is_today": today in question.days,
        "views": [
            (view, label, replace(question, view=view).address) for view, label in VIEWS.items()
        ],
    }


@panel("appointments")
def calendar_colors(request: HttpRequest) -> HttpResponse:
    """`.tint-<colour>` for each colour that `c` names: a strict CSP allows no `style=""`.

    The answer depends on the address alone, so it may be kept for good.
    """
    colors = [one for one in request.GET.get("c", "").split("-")[:200] if COLOR.fullmatch(one)]
    rules = "".join(f"  .tint-{one} {{ --tint: #{one}; }}\n" for one in colors)
    response = HttpResponse(f"@layer screens {{\n{rules}}}\n", content_type="text/css")
    patch_cache_control(response, private=True, max_age=365 * 24 * 3600, immutable=True)
    return response


@panel("appointments.edit")
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """A form for day, time and person; or, from the calendar, `at`: seconds since 1970, `staff`: to whom, if to
    somebody else, `seen`: the version on the screen."""
    if request.method != "POST" or "at" not in request.POST:
        return _move_form(request, pk)
    starts_at, staff = _instant(request.POST.get("at", "")), _key(request.POST.get("staff", ""))
    row = move_appointment(
        request.tenant,
        pk,
        starts_at=starts_at,
        staff=find_row(Staff, staff) if staff else None,
        seen=request.POST.get("seen", ""),
    )
    return saved(request, reverse("booking:calendar"), _moved(row, request), event=CHANGED)


def _move_form(request: HttpRequest, pk: int) -> HttpResponse:
    row = find_appointment(pk)
    require_open(row)
    if row.joins_id:
        raise Conflict(_("It shares its time with others. Edit it to give it a time of its own."))
    form = MoveForm(posted(request), tenant=request.tenant, row=row)
    page = {
        "title": _("Move the appointment of %(name)s") % {"name": row},
        "template": "booking/move_form.html",
        "back_url": reverse("booking:appointment_details", args=[pk]),
        "row": row,
        "count": len(together(row).rows),
    }

    def door(**asked: Any) -> Appointment:
        if abs(asked["starts_at"] - clock.now()) > FURTHEST:
            raise WrongChoice("date", FAR)
        return move_appointment(request.tenant, pk, **asked)

    return form_page(
        request, form, page, door=door, done=_("The appointment of %(name)s is moved.")
    )


def _moved(row: Appointment, request: HttpRequest) -> str:
    wall = row.starts_at.astimezone(ZoneInfo(request.tenant.time_zone))
    words = {"name": row, "time": date_format(wall, "H:i"), "day": date_format(wall, "j M")}
    return _("%(name)s is moved to %(time)s on %(day)s.") % words


def _instant(text: str) -> datetime:
    seconds = int(text) if text.isdecimal() and len(text) < 12 else 0
    instant = datetime.fromtimestamp(seconds, UTC)
    if abs(instant - clock.now()) > FURTHEST:
        raise Conflict(FAR)
    return instant
