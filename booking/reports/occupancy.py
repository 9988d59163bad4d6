"""How much of the staff's working time was taken: their booked minutes, with the buffers around them, of those in all.

Who shares an appointment with others takes no time of its own. Work outside of the hours counts as booked, so a share
can go beyond 100 %.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from booking.models import Staff
from booking.presence import with_places
from booking.reports.sheets import MINUTES, PLACE, SHARE, TEXT, Column, Figure, Sheet, Table, hours
from booking.reports.spans import Choice, Span
from booking.reports.tallies import BOOKED, Question
from booking.reports.working_time import WorkingTime
from saas.core.charts import REST, Columns, Series, columns
from tenants.models import Tenant

Taken = dict[tuple[bool, int, date], int]
"""Booked minutes: in the span (or in the one before it), with whom, at which place of the chart."""


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


@dataclass(frozen=True)
class Loads:
    """Everybody together, in the span and in the one before it; by place of the chart and by staff, the span alone."""

    now: Load
    before: Load
    places: dict[date, Load]
    staff: list[tuple[str, Load]]


def sheet(tenant: Tenant, question: Question, choice: Choice) -> Sheet:
    """Three queries."""
    found = loads(tenant, question, choice)
    return Sheet(
        figures=_figures(found.now, found.before),
        chart_title=_("Booked and free time"),
        chart=_chart(choice.span, found.places),
        tables=[_days(choice.span, found.places), _staff(found.staff)],
        is_empty=not (found.now.booked or found.before.booked),
        note=_(
            "Working time follows the hours of the business, of its locations and of each of the staff, less days off. "
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


def loads(tenant: Tenant, question: Question, choice: Choice) -> Loads:
    """Three queries."""
    staff = people(question)
    span, before = choice.span, choice.before
    time = WorkingTime(tenant, staff, before.first, span.last, question.location)
    taken = _taken(question, choice, [one.pk for one in staff])
    booked, working = Counter[date](), Counter[date]()
    for (is_now, _pk, place), minutes in taken.items():
        booked[place] += minutes if is_now else 0
    for day in span.every_day:
        place = max(place for place in span.places if place <= day)
        working[place] += sum(time.minutes(one.pk, day) for one in staff)
    return Loads(
        now=_sum(taken, time, span, staff, is_now=True),
        before=_sum(taken, time, before, staff, is_now=False),
        places={place: Load(booked[place], working[place]) for place in span.places},
        staff=[(one.name, _sum(taken, time, span, [one], is_now=True)) for one in staff],
    )


def people(question: Question) -> list[Staff]:
    """Those in use, or the one of them who was asked for. One query."""
    staff = Staff.objects.in_use().only("name", "time_zone").order_by("name", "pk")
    return list(with_places(staff.filter(pk=question.staff) if question.staff else staff))


def _sum(taken: Taken, time: WorkingTime, span: Span, staff: list[Staff], *, is_now: bool) -> Load:
    keys = {one.pk for one in staff}
    booked = sum(
        minutes for (now, pk, _place), minutes in taken.items() if now == is_now and pk in keys
    )
    return Load(booked, sum(time.minutes(pk, day) for pk in keys for day in span.every_day))


def _taken(question: Question, choice: Choice, staff: list[int]) -> Taken:
    """Minutes that are booked with `staff`. One query."""
    rows = question.rows(choice.before.start, choice.span.end)
    found = (
        rows.filter(BOOKED, joins__isnull=True, staff__in=staff)
        .annotate(place=choice.span.place_of("starts_at"), is_now=choice.is_now("starts_at"))
        .values_list("is_now", "staff_id", "place")
        .annotate(sum=Sum(F("busy_until") - F("busy_from")))
    )
    return {(now, pk, place): _whole(sum_) for now, pk, place, sum_ in found}


def _whole(found: timedelta) -> int:
    return int(found.total_seconds()) // 60


def _fullest(pair: tuple[str, Load]) -> tuple[float, str]:
    name, one = pair
    return -(one.booked / one.working if one.working else float(one.booked > 0)), name
