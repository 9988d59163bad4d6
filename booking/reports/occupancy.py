"""How much of the staff's working time was taken: their booked minutes, with the buffers around them, of those in all.

Who shares an appointment with others takes no time of its own. Work outside of the hours counts as booked, so a share
can go beyond 100 %.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from booking.models import Appointment, Staff
from booking.reports.sheets import MINUTES, PLACE, SHARE, TEXT, Column, Figure, Sheet, Table, hours
from booking.reports.spans import Choice, Span
from booking.reports.tallies import BOOKED, Question
from booking.reports.working_time import WorkingTime
from saas.core.charts import REST, Columns, Series, columns

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Load:
    """Minutes that were booked, and those in which there was somebody to be booked."""

    booked: int = 0
    working: int = 0

    @property
    def free(self) -> int:
        return max(self.working - self.booked, 0)

    @property
    def share(self) -> tuple[int, int]:
        return self.booked, self.working


def sheet(question: Question, choice: Choice) -> Sheet:
    """Seven queries."""
    staff = people(question)
    time = WorkingTime(staff, choice.before.first, choice.span.last, choice.span.zone)
    now, before = now_and_before(question, choice, staff, time)
    places = by_place(question, choice.span, staff, time)
    return Sheet(
        figures=_figures(now, before),
        chart_title=_("Booked and free time"),
        chart=_chart(choice.span, places),
        tables=[_days(choice.span, places), _staff(by_staff(question, choice.span, staff, time))],
        is_empty=not (now.booked or before.booked),
        note=_(
            "Working time follows the hours of the business and of each of the staff, less days off. "
            "Buffers before and after an appointment count as booked."
        ),
    )


def _figures(now: Load, before: Load) -> list[Figure]:
    return [
        Figure(_("Occupancy"), SHARE, now.share, before.share),
        Figure(_("Booked"), MINUTES, now.booked, before.booked),
        Figure(_("Working time"), MINUTES, now.working, before.working, good=0),
        Figure(_("Free"), MINUTES, now.free, before.free, good=0),
    ]


def _chart(span: Span, places: Mapping[date, Load]) -> Columns:
    return columns(
        [span.short(place) for place in places],
        [
            Series(_("Booked"), [one.booked for one in places.values()]),
            Series(_("Free"), [one.free for one in places.values()], tone=REST),
        ],
        hours,
        unit=60,
        names=[span.long(place) for place in places],
    )


def _days(span: Span, places: Mapping[date, Load]) -> Table:
    rows = [[(place, span.long(place)), *_values(one)] for place, one in places.items()]
    head = [Column(_("When"), PLACE), *_columns()]
    return Table("days", _("In figures"), head, rows, is_folded=True)


def _staff(loads: list[tuple[str, Load]]) -> Table:
    """The fullest first."""
    rows = [[name, *_values(one)] for name, one in sorted(loads, key=_fullest)]
    return Table("staff", _("By staff"), [Column(_("Staff"), TEXT), *_columns()], rows)


def _columns() -> list[Column]:
    return [
        Column(_("Booked"), MINUTES),
        Column(_("Working time"), MINUTES, "hide-phone"),
        Column(_("Occupancy"), SHARE),
    ]


def _values(one: Load) -> list[Any]:
    return [one.booked, one.working, one.share]


def people(question: Question) -> list[Staff]:
    """Those in use, or the one of them who was asked for. One query."""
    staff = Staff.objects.in_use().only("name").order_by("name", "pk")
    return list(staff.filter(pk=question.staff) if question.staff else staff)


def now_and_before(
    question: Question, choice: Choice, staff: list[Staff], time: WorkingTime
) -> tuple[Load, Load]:
    """The span and the one before it, everybody together. One query."""
    rows = _taken(question, staff, choice.before, choice.span)
    found = rows.aggregate(
        now=Sum(_minutes(), filter=Q(starts_at__gte=choice.span.start)),
        before=Sum(_minutes(), filter=Q(starts_at__lt=choice.before.end)),
    )
    spans = {"now": choice.span, "before": choice.before}
    now, before = (
        Load(_whole(found[when]), sum(_working(span, staff, time).values()))
        for when, span in spans.items()
    )
    return now, before


def by_place(
    question: Question, span: Span, staff: list[Staff], time: WorkingTime
) -> dict[date, Load]:
    """One query."""
    rows = _taken(question, staff, span, span).annotate(place=span.place_of("starts_at"))
    booked = dict(rows.values("place").annotate(sum=Sum(_minutes())).values_list("place", "sum"))
    places = span.places
    working: dict[date, int] = defaultdict(int)
    for (_pk, day), minutes in _working(span, staff, time).items():
        working[max(place for place in places if place <= day)] += minutes
    return {place: Load(_whole(booked.get(place)), working[place]) for place in places}


def by_staff(
    question: Question, span: Span, staff: list[Staff], time: WorkingTime
) -> list[tuple[str, Load]]:
    """One query."""
    rows = _taken(question, staff, span, span).values("staff_id").annotate(sum=Sum(_minutes()))
    booked = dict(rows.values_list("staff_id", "sum"))
    working: dict[int, int] = defaultdict(int)
    for (pk, _day), minutes in _working(span, staff, time).items():
        working[pk] += minutes
    return [(one.name, Load(_whole(booked.get(one.pk)), working[one.pk])) for one in staff]


def _working(span: Span, staff: list[Staff], time: WorkingTime) -> dict[tuple[int, date], int]:
    days = [span.first + ONE_DAY * n for n in range(span.days)]
    return {(one.pk, day): time.minutes(one.pk, day) for one in staff for day in days}


def _taken(
    question: Question, staff: list[Staff], first: Span, last: Span
) -> QuerySet[Appointment]:
    rows = question.rows(first.start, last.end).filter(BOOKED, joins__isnull=True)
    return rows.filter(staff__in=[one.pk for one in staff])


def _minutes() -> Any:
    return F("busy_until") - F("busy_from")


def _whole(found: timedelta | None) -> int:
    return int(found.total_seconds()) // 60 if found else 0


def _fullest(pair: tuple[str, Load]) -> tuple[float, str]:
    name, one = pair
    return -(one.booked / one.working if one.working else float(one.booked > 0)), name
