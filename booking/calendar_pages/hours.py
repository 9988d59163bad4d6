"""The hours in which nobody is there, in the columns of the calendar."""

from datetime import timedelta

from booking.calendar_pages.layout import Column
from booking.calendar_pages.reading import DAY, CalendarQuestion
from booking.models import Staff
from booking.presence import Presence
from booking.spans import merged
from tenants.models import Tenant


def shade(
    tenant: Tenant, question: CalendarQuestion, columns: list[Column], staff: list[Staff]
) -> None:
    """In the column of somebody, the time outside of their hours; in that of a day, the time in which nobody works:
    none of those in use, or not the one who is asked for.

    Hours that nobody has set are no reason to shade anything, as they are none to warn. One query.
    """
    if question.staff or question.view == DAY:
        shown = {question.staff, *(column.staff for column in columns)}
        people = [one for one in staff if one.pk in shown]
    else:
        people = [one for one in staff if one.in_use]
    if not people:
        return
    days = question.days
    there = Presence(tenant, people, days[0], days[-1] + timedelta(days=1), question.location)
    hours = {one.pk: there.spans(one, assuming=False) for one in people}
    anybody = merged(span for spans in hours.values() for span in spans)
    for column in columns:
        column.shade(anybody if column.staff is None else hours[column.staff])
