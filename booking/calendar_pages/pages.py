"""A page of the calendar, ready for its template."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models.functions import Lower
from django.utils.formats import date_format

from booking.calendar_pages.hours import ShownHours
from booking.calendar_pages.layout import Block, Cell, Column, Ruler, own_tints, tint_of
from booking.calendar_pages.reading import (
    DAY,
    CalendarQuestion,
    blocks_between,
    first_of_each_day,
)
from booking.models import Appointment, Location, Staff
from booking.presence import with_places
from booking.services.moving import version_of
from tenants.models import Tenant


@dataclass(frozen=True)
class MonthDay:
    """A day of the month's page: the first of its appointments, and how many there are."""

    day: date
    in_month: bool
    is_today: bool
    shown: list[Block]
    count: int
    url: str

    @property
    def more(self) -> int:
        return self.count - len(self.shown)


@dataclass(frozen=True)
class Grid:
    """A day by staff, or a week by day; `tints` are the colours that need a rule of their own."""

    columns: list[Column]
    hours: list[Cell]
    by_day: list[tuple[date, list[Block]]]
    """The same blocks as a list, for narrow screens."""
    tints: list[str]


@dataclass(frozen=True)
class Month:
    weeks: list[list[MonthDay]]
    tints: list[str]


def all_staff() -> list[Staff]:
    """Everybody by name, with where they work; paused ones too: they may have appointments. One query."""
    return list(with_places(Staff.objects.order_by(Lower("name"), "pk")))


def all_locations() -> list[Location]:
    """One query."""
    return list(Location.objects.only("name").order_by(Lower("name"), "pk"))


def grid(tenant: Tenant, question: CalendarQuestion, now: datetime, staff: list[Staff]) -> Grid:
    """The day or the week that `question` asks for, of `staff` from `all_staff`. Two queries."""
    zone = ZoneInfo(tenant.time_zone)
    rows = blocks_between(question, zone)
    days = question.days
    hours = ShownHours(tenant, question, staff, {row.staff_id for row in rows})
    first, last = hours.bounds(rows)
    today = now.astimezone(zone).date()
    if question.view == DAY:
        ruler = Ruler(days[0], zone, first, last, elapsed=True)
        columns = _columns_of_staff(question, ruler, rows, staff)
    else:
        columns = [
            Column(
                day,
                date_format(day, "D j"),
                Ruler(day, zone, first, last),
                url=question.of_day(day).address,
            )
            for day in days
        ]
    for column in columns:
        _fill(column, rows, by_staff=question.view != DAY)
        column.is_today = column.day == today
        column.now = _now_line(column, now) if column.is_today else ""
    hours.shade(columns)
    tints = own_tints(block.tint for column in columns for block in column.blocks)
    return Grid(columns, columns[0].ruler.cells if columns else [], _by_day(columns), tints)


def _columns_of_staff(
    question: CalendarQuestion, ruler: Ruler, rows: list[Appointment], staff: list[Staff]
) -> list[Column]:
    """Whoever is in use, and whoever has an appointment all the same."""
    busy = {row.staff_id for row in rows}
    shown = [one for one in staff if one.in_use or one.pk in busy]
    if question.staff:
        shown = [one for one in staff if one.pk == question.staff]
    return [Column(question.day, one.name, ruler, staff=one.pk, note=one.title) for one in shown]


def _fill(column: Column, rows: list[Appointment], *, by_staff: bool) -> None:
    start, end = column.ruler.start, column.ruler.end
    for row in rows:
        mine = column.staff in (None, row.staff_id)
        if mine and row.starts_at < end and row.ends_at > start:
            column.put(row, by_staff=by_staff, version=version_of(row))
    column.arrange()


def _now_line(column: Column, now: datetime) -> str:
    if not column.ruler.start <= now < column.ruler.end:
        return ""
    hours, units = divmod(int(column.ruler.units(now)), 12)
    return f"h{hours} u{units}"


def _by_day(columns: list[Column]) -> list[tuple[date, list[Block]]]:
    days: dict[date, list[Block]] = {}
    for column in columns:
        days.setdefault(column.day, []).extend(column.blocks)
    return [
        (day, sorted(blocks, key=lambda one: (one.row.starts_at, one.row.pk)))
        for day, blocks in days.items()
    ]


def month(question: CalendarQuestion, zone: ZoneInfo, now: datetime) -> Month:
    """The month that `question` asks for. One query."""
    found: dict[date, list[Block]] = {}
    counts: dict[date, int] = {}
    for row in first_of_each_day(question, zone):
        block = Block(row, zone, tint_of(row, by_staff=True))
        found.setdefault(row.local_day, []).append(block)  # type: ignore[attr-defined]
        counts[row.local_day] = row.on_day  # type: ignore[attr-defined]
    today = now.astimezone(zone).date()
    days = [
        MonthDay(
            day=day,
            in_month=day.month == question.day.month,
            is_today=day == today,
            shown=found.get(day, []),
            count=counts.get(day, 0),
            url=question.of_day(day).address,
        )
        for day in question.days
    ]
    tints = own_tints(block.tint for one in days for block in one.shown)
    return Month([days[n : n + 7] for n in range(0, len(days), 7)], tints)


def heading(question: CalendarQuestion) -> str:
    """What the page shows, in words: `Monday, 30 November 2026`, `30 Nov – 6 Dec 2026`, `November 2026`."""
    if question.view == DAY:
        return date_format(question.day, "l, j F Y")
    if question.view == "month":
        return date_format(question.day, "F Y")
    first, last = question.days[0], question.days[-1]
    begin = "j" if first.month == last.month else "j M" if first.year == last.year else "j M Y"
    return f"{date_format(first, begin)} – {date_format(last, 'j M Y')}"
