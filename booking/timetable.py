"""Who is there when: weekly hours, special days and days off, put together. Reads, and writes nothing.

For a place the most particular rule wins: its special day, the business's special day, its own week, the business's.
Somebody of the staff who has hours of their own is there in what these have in common with the place's; somebody who
has none is there whenever the place is open. Where neither has any hours, ASSUMED is taken.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, F, Func, Q, QuerySet, Value
from django.db.models.functions import Cast

from booking.models import Location, SpecialHours, Staff, TimeOff, WorkingHours
from booking.spans import Span, common, merged
from booking.wall_clock import DAY_SECONDS, ONE_DAY, WallClock
from tenants.models import Tenant

Minutes = tuple[int, int]
"""One span of a day, from a minute until before another, both since midnight."""
Week = dict[int, list[Minutes]]
"""By weekday, 0 is Monday; a day that is missing is closed."""
ASSUMED: Week = {weekday: [(9 * 60, 17 * 60)] for weekday in range(5)}
"""Monday to Friday, 9:00 to 17:00, as long as nobody says otherwise."""
Owner = tuple[int | None, int | None]
"""The keys of one of the staff and of a location, of which there is one, or none: then it is the business."""
BUSINESS: Owner = (None, None)
Places = frozenset[int | None]
"""Keys of locations; None is the business itself."""
EPOCH = date(1970, 1, 1)
WEEK, SPECIAL, AWAY = 0, 1, 2
MARGIN = timedelta(days=2)
"""How far the calendar of one time zone can be from that of another, and an appointment reach into other days."""


class Seconds(Func):
    """An instant, or the beginning of a day, as whole seconds since 1970; `up` rounds up."""

    output_field = BigIntegerField()

    def __init__(self, expression: str, *, up: bool = False) -> None:
        rounded = "CEIL" if up else "FLOOR"
        super().__init__(
            F(expression),
            # Not EXTRACT, whose answer is numeric and takes four times as long.
            template=f"{rounded}(date_part('epoch', %(expressions)s))::bigint",
        )

    def get_db_converters(self, connection: Any) -> list[Any]:
        """None: it comes as an integer. Asking each of thousands again would take a third of the time."""
        return []


@dataclass(frozen=True)
class Layer:
    """What one owner says: when it is open, and for what time it says nothing at all."""

    open: list[Span]
    unsaid: list[Span]


class Timetable:
    """The hours of `staff` at `location`, for the days of the tenant's calendar from `first` until before `end`.

    A margin around these days is known too, so that what begins or ends in another day is whole. `places` are the keys
    of more locations that will be asked about. One query, made at once.
    """

    def __init__(
        self,
        tenant: Tenant,
        staff: Iterable[Staff],
        location: Location | None,
        first: date,
        end: date,
        *,
        places: Iterable[int] = (),
    ) -> None:
        self.clock = WallClock(ZoneInfo(tenant.time_zone))
        self._clocks = {"": self.clock, tenant.time_zone: self.clock}
        self.first, self.end = first - MARGIN, end + MARGIN
        self._weeks: dict[Owner, Week] = defaultdict(lambda: defaultdict(list))
        self._special: dict[Owner, dict[date, list[Minutes]]] = defaultdict(dict)
        self._away: dict[int, list[Span]] = defaultdict(list)
        self._location = location.pk if location else None
        asked = {*places, self._location} - {None}
        for row in self._rows([one.pk for one in staff], asked):
            self._keep(*row)
        self._places: dict[Places, Layer] = {}
        self._silence = Layer([], [self._all])
        self._followers: dict[tuple[Places, bool], list[Span]] = {}

    def open_for(
        self, staff: Staff, *, at: Places = frozenset(), assuming: bool = True
    ) -> list[Span]:
        """The spans in which `staff` is there, each with its own beginning. Time off is not taken out.

        `at`: at any of these `places`, instead of the location. Without `assuming`, all the time that nobody says
        anything about is among them.
        """
        place: Places = at or frozenset([self._location])
        owner = (staff.pk, None)
        if owner not in self._weeks and owner not in self._special:
            asked = (place, assuming)
            if asked not in self._followers:
                self._followers[asked] = self._together(self._silence, place, assuming=assuming)
            return self._followers[asked]
        zone = staff.time_zone
        clock = self._clocks.get(zone) or self._clocks.setdefault(zone, WallClock(ZoneInfo(zone)))
        return self._together(self._layer([owner], clock), place, assuming=assuming)

    def away(self, staff: Staff) -> list[Span]:
        """The time off of `staff`."""
        return merged(self._away[staff.pk])

    @property
    def _all(self) -> Span:
        return self.clock.midnight(self.first), self.clock.midnight(self.end)

    def _place(self, at: Places) -> Layer:
        """What is open at any of `at`, and what one of them says nothing about."""
        if at not in self._places:
            each = [self._layer([(None, one), BUSINESS] if one else [BUSINESS]) for one in at]
            self._places[at] = each[0] if len(each) == 1 else _any(each)
        return self._places[at]

    def _together(self, own: Layer, at: Places, *, assuming: bool) -> list[Span]:
        place = self._place(at)
        together = (
            common(own.open, place.open)
            + common(place.open, own.unsaid)
            + common(own.open, place.unsaid)
        )
        nobody = common(own.unsaid, place.unsaid)
        if nobody and not assuming:
            together += nobody
        elif nobody:
            days = ((day, ASSUMED.get(day.weekday(), [])) for day in self._days())
            together += common(self._spans(days), nobody)
        return sorted(together)

    def _layer(self, owners: list[Owner], clock: WallClock | None = None) -> Layer:
        """What the first of `owners` that says anything says, day by day; a special day before any week."""
        clock = clock or self.clock
        said: list[tuple[date, list[Minutes]]] = []
        unsaid: list[Span] = []
        for day in self._days(MARGIN if clock is not self.clock else timedelta()):
            found = self._day(owners, day)
            if found is None:
                unsaid.append((clock.midnight(day), clock.midnight(day + ONE_DAY)))
            else:
                said.append((day, found))
        return Layer(self._spans(said, clock), merged(unsaid))

    def _day(self, owners: list[Owner], day: date) -> list[Minutes] | None:
        for owner in owners:
            if owner in self._special and day in self._special[owner]:
                return self._special[owner][day]
        for owner in owners:
            if owner in self._weeks:
                return self._weeks[owner][day.weekday()]
        return None

    def _days(self, margin: timedelta = timedelta()) -> list[date]:
        first = self.first - margin
        return [first + timedelta(days=n) for n in range((self.end + margin - first).days)]

    def _spans(
        self, days: Iterable[tuple[date, list[Minutes]]], clock: WallClock | None = None
    ) -> list[Span]:
        at = (clock or self.clock).at
        spans = [(at(day, starts), at(day, ends)) for day, found in days for starts, ends in found]
        return [(start, end) for start, end in spans if start < end]

    def _rows(self, staff: list[int], places: Iterable[int | None]) -> Iterable[tuple[Any, ...]]:
        """Kind, staff, location, a weekday or a day, start, end: one query for all there is to know."""
        whose = Q(staff__isnull=True, location__isnull=True) | Q(staff__in=staff)
        if places:
            whose |= Q(location__in=places)
        days = (self.first - MARGIN, self.end + MARGIN)
        nothing = Value(None, BigIntegerField())
        week = _lines(
            WEEK,
            WorkingHours.objects.filter(whose),
            F("location_id"),
            (_number("weekday"), _number("starts"), _number("ends")),
        )
        special = _lines(
            SPECIAL,
            SpecialHours.objects.filter(whose, day__range=days),
            F("location_id"),
            (Seconds("day"), _number("starts"), _number("ends")),
        )
        start, end = self._all
        lasting = TimeOff.objects.filter(
            staff__in=staff,
            ends_at__gt=datetime.fromtimestamp(start, UTC),
            starts_at__lt=datetime.fromtimestamp(end, UTC),
        )
        away = _lines(
            AWAY, lasting, nothing, (nothing, Seconds("starts_at"), Seconds("ends_at", up=True))
        )
        return week.union(special, away, all=True)

    def _keep(
        self, kind: int, staff: int | None, location: int | None, day: int, start: int, end: int
    ) -> None:
        owner = (staff, location)
        if kind == WEEK:
            insort(self._weeks[owner][day], (start, end))
        elif kind == AWAY and staff:
            self._away[staff].append((start, end))
        else:
            date_ = EPOCH + timedelta(days=day // DAY_SECONDS)
            found = self._special[owner].setdefault(date_, [])
            if start is not None:  # else closed on that day
                insort(found, (start, end))


def _any(layers: Iterable[Layer]) -> Layer:
    """Who is at one of several places is there when one of them is open."""
    every = list(layers)
    return Layer(
        merged(span for one in every for span in one.open),
        merged(span for one in every for span in one.unsaid),
    )


def _number(field: str) -> Cast:
    return Cast(field, BigIntegerField())


def _lines(
    kind: int, rows: QuerySet[Any], location: Any, figures: tuple[Any, Any, Any]
) -> QuerySet[Any, tuple[Any, ...]]:
    which, since, until = figures
    named = {
        "kind": Value(kind, BigIntegerField()),
        "of_staff": F("staff_id"),
        "of_location": location,
        "which": which,
        "since": since,
        "until": until,
    }
    return rows.order_by().annotate(**named).values_list(*named)
