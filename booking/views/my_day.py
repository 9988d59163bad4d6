"""My day: where somebody of the staff lands, phone in hand."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from booking.models import Status
from booking.my_day import my_day, staff_of
from booking.views.appointment_page import steps_of
from booking.wall_clock import read_day
from saas.core import clock
from saas.core.access import panel

ONE_DAY = timedelta(days=1)


@panel("appointments")
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """Today's own appointments, or those of `date`; without a row among the staff there are none, and it says so.

    Its buttons are those of a day at work: nobody puts anything off from there.
    """
    now = clock.now()
    today = now.astimezone(ZoneInfo(request.tenant.time_zone)).date()
    asked = read_day(request.GET.get("date", "")) or today
    staff = staff_of(request.user.pk)
    found = my_day(request.tenant, staff, asked, now) if staff else None
    if found and request.tenant.entitlements.can("appointments.edit"):
        for visit in (*found.visits, *found.past):
            visit.steps = [
                one for one in steps_of(visit.row, now) if one["status"] != Status.PENDING
            ]
    context = {
        "staff": staff,
        "found": found,
        "day": asked,
        "today": today,
        "tomorrow": today + ONE_DAY,
        "before": asked - ONE_DAY,
        "after": asked + ONE_DAY,
        "may_see_customers": request.tenant.entitlements.can("customers"),
    }
    return render(request, "booking/my_day.html", context)
