"""What became of appointments, counted in the database: altogether, and by place along the chart, staff or service.

An appointment belongs to the day on which it takes place. What is earned is the price of those who came.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from django.db.models import Aggregate, Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from booking.models import VISITED, Appointment, Source, Status
from booking.reports.spans import Choice, Span

OPEN = (Status.PENDING, Status.APPROVED)
BOOKED = ~Q(status=Status.CANCELLED)


@dataclass(frozen=True)
class Question:
    """Which appointments a report is about, beside their days."""

    staff: int | None = None
    location: int | None = None
    currency: str = "USD"

    def rows(self, start: datetime, end: datetime) -> QuerySet[Appointment]:
        """Those that begin from `start` until before `end`."""
        rows = Appointment.objects.filter(starts_at__gte=start, starts_at__lt=end)
        if self.staff:
            rows = rows.filter(staff_id=self.staff)
        return rows.filter(location_id=self.location) if self.location else rows

    def rows_of(self, span: Span) -> QuerySet[Appointment]:
        return self.rows(span.start, span.end)


@dataclass(frozen=True)
class Tally:
    """How many there were of each kind, and what they cost in minor units. A cancelled one is not `booked`."""

    booked: int = field(default=0, metadata={"where": BOOKED})
    came: int = field(default=0, metadata={"where": Q(status__in=VISITED)})
    open: int = field(default=0, metadata={"where": Q(status__in=OPEN)})
    missed: int = field(default=0, metadata={"where": Q(status=Status.NO_SHOW)})
    cancelled: int = field(default=0, metadata={"where": Q(status=Status.CANCELLED)})
    online: int = field(default=0, metadata={"where": BOOKED & Q(source=Source.PAGE)})
    earned: int = field(default=0, metadata={"where": Q(status__in=VISITED), "sum": "price"})
    expected: int = field(default=0, metadata={"where": Q(status__in=OPEN), "sum": "price"})
    lost: int = field(default=0, metadata={"where": Q(status=Status.NO_SHOW), "sum": "price"})

    @property
    def all(self) -> int:
        return self.booked + self.cancelled

    @property
    def over(self) -> int:
        """Those of which it is known whether anybody came."""
        return self.came + self.missed


def now_and_before(question: Question, choice: Choice) -> tuple[Tally, Tally]:
    """The span and the one before it. One query."""
    rows = question.rows(choice.before.start, choice.span.end)
    now, before = Q(starts_at__gte=choice.span.start), Q(starts_at__lt=choice.before.end)
    found = rows.aggregate(**_counts("now_", now), **_counts("before_", before))
    return _tally("now_", found), _tally("before_", found)


def by_place(question: Question, span: Span) -> dict[date, Tally]:
    """Every place of the chart, those without anything too. One query."""
    rows = question.rows_of(span).annotate(place=span.place_of("starts_at"))
    every: Any = rows.values("place").annotate(**_counts())
    found = {row["place"]: _tally("", row) for row in every}
    return {place: found.get(place, Tally()) for place in span.places}


def altogether(question: Question, choice: Choice) -> tuple[Tally, Tally, dict[date, Tally]]:
    """What `now_and_before` and `by_place` answer. One query."""
    rows = question.rows(choice.before.start, choice.span.end).annotate(
        place=choice.span.place_of("starts_at"), is_now=choice.is_now("starts_at")
    )
    every: Any = rows.values("is_now", "place").annotate(**_counts())
    found = {(row["is_now"], row["place"]): _tally("", row) for row in every}
    places = {place: found.get((True, place), Tally()) for place in choice.span.places}
    before = added(tally for (is_now, _place), tally in found.items() if not is_now)
    return added(places.values()), before, places


def by_name(question: Question, span: Span, of: str) -> list[tuple[str, Tally]]:
    """By `of` (“staff”, “service”), those who have anything at all; the order is the caller's. One query."""
    rows = question.rows_of(span).values(f"{of}_id", f"{of}__name").annotate(**_counts())
    return [(row[f"{of}__name"], _tally("", row)) for row in rows.order_by(f"{of}_id")]


def added(tallies: Iterable[Tally]) -> Tally:
    every = list(tallies)
    return Tally(**{one.name: sum(getattr(t, one.name) for t in every) for one in fields(Tally)})


def _counts(prefix: str = "", within: Q | None = None) -> dict[str, Aggregate | Coalesce]:
    found: dict[str, Aggregate | Coalesce] = {}
    for one in fields(Tally):
        where = one.metadata["where"] & (within or Q())
        if summed := one.metadata.get("sum"):
            found[prefix + one.name] = Coalesce(Sum(summed, filter=where), 0)
        else:
            found[prefix + one.name] = Count("pk", filter=where)
    return found


def _tally(prefix: str, row: dict[str, Any]) -> Tally:
    # A sum of bigints comes as a decimal.
    return Tally(**{one.name: int(row[prefix + one.name]) for one in fields(Tally)})
