"""What is asked of the calendar, and the appointments that answer: always the same number of queries."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import (
    Count,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber, TruncDate

from booking.models import LONGEST, Appointment, Status
from booking.wall_clock import midnight

DAY, WEEK, MONTH = "day", "week", "month"
SHOWN_PER_DAY = 3
"""How many appointments of a day the month shows."""


@dataclass(frozen=True)
class CalendarQuestion:
    """Which day, week or month (`view`) is asked for, and of whom or where alone."""

    view: str
    day: date
    staff: int | None = None
    location: int | None = None

    @property
    def days(self) -> list[date]:
        """The days that are shown, the rest of a month's first and last week included."""
        if self.view == DAY:
            return [self.day]
        first = self.day.replace(day=1) if self.view == MONTH else self.day
        monday = first - timedelta(days=first.weekday())
        if self.view == WEEK:
            return [monday + timedelta(days=n) for n in range(7)]
        after = (first + timedelta(days=31)).replace(day=1)
        weeks = -(-(after - monday).days // 7)
        return [monday + timedelta(days=n) for n in range(weeks * 7)]

    @property
    def address(self) -> str:
        """The query of its page."""
        filters = {"staff": self.staff, "location": self.location}
        asked = {"view": self.view, "date": self.day.isoformat()}
        return "?" + urlencode(asked | {name: key for name, key in filters.items() if key})

    def of_day(self, day: date) -> "CalendarQuestion":
        """`day` alone, of the same people and places."""
        return replace(self, view=DAY, day=day)

    def step(self, by: int) -> "CalendarQuestion":
        """The same question for the day, week or month before (-1) or after (1)."""
        if self.view == MONTH:
            middle = self.day.replace(day=15) + timedelta(days=30 * by)
            return replace(self, day=middle.replace(day=1))
        return replace(self, day=self.day + timedelta(days=by if self.view == DAY else 7 * by))


def blocks_between(question: CalendarQuestion, zone: ZoneInfo) -> list[Appointment]:
    """The appointments on the days of `question`, soonest first, without those cancelled. One query.

    A group is one of them, the one that holds its time: `together` people in `bookings` appointments.
    """
    days = question.days
    start, end = midnight(days[0], zone), midnight(days[-1] + timedelta(days=1), zone)
    rows = _asked(question).filter(
        starts_at__gte=start - timedelta(minutes=LONGEST), starts_at__lt=end, ends_at__gt=start
    )
    return list(_with_group(rows).for_lines().order_by("starts_at", "pk"))  # type: ignore[attr-defined]


def first_of_each_day(question: CalendarQuestion, zone: ZoneInfo) -> list[Appointment]:
    """The first SHOWN_PER_DAY that begin on each day of the month, each with `local_day` and `on_day`, how many
    begin then. One query, and never more than so many rows."""
    days = question.days
    start, end = midnight(days[0], zone), midnight(days[-1] + timedelta(days=1), zone)
    rows = _asked(question).filter(starts_at__gte=start, starts_at__lt=end)
    day = F("local_day")
    rows = rows.annotate(local_day=TruncDate("starts_at", tzinfo=zone)).annotate(
        on_day=Window(Count("pk"), partition_by=day),
        place=Window(RowNumber(), partition_by=day, order_by=("starts_at", "pk")),
    )
    rows = _with_group(rows).for_lines().filter(place__lte=SHOWN_PER_DAY)  # type: ignore[attr-defined]
    return list(rows.order_by("starts_at", "pk"))


def _asked(question: CalendarQuestion) -> QuerySet[Appointment]:
    rows = Appointment.objects.filter(joins__isnull=True).exclude(status=Status.CANCELLED)
    if question.staff:
        rows = rows.filter(staff_id=question.staff)
    if question.location:
        rows = rows.filter(location_id=question.location)
    return rows


def _with_group(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    joined = Appointment.objects.filter(joins=OuterRef("pk")).exclude(status=Status.CANCELLED)
    by_holder = joined.order_by().values("joins")

    def of(total: Sum | Count) -> Coalesce:
        found = Subquery(by_holder.annotate(n=total).values("n"), output_field=IntegerField())
        return Coalesce(found, Value(0))

    return rows.annotate(
        together=F("people") + of(Sum("people")), bookings=Value(1) + of(Count("pk"))
    )
