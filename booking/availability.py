"""When a service can still be booked. One function, `free_times`; everything that asks the same asks it.

What customers see of an appointment lies within the hours of whoever serves them (`booking.timetable`), outside of
their time off, and its buffers overlap no other appointment. Reads, and writes nothing: that nobody is booked twice
is the database's affair in the end.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from booking.models import Appointment, BookingRules, Location, Service, Staff, Status
from booking.spans import Span, holds, merged, without
from booking.timetable import Seconds, Timetable
from booking.wall_clock import ONE_DAY, WallClock
from saas.core.errors import Sentence
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class FreeTime:
    """One start that can be booked.

    `starts_at` is in UTC. `staff_ids` are those who could serve then, in the order to prefer: whoever has others of the
    same group already, then the least busy on that day. `places_left` is how many people still fit with the first of
    them, None for a service for one person at a time.
    """

    starts_at: datetime
    staff_ids: tuple[int, ...]
    places_left: int | None


@dataclass(frozen=True)
class Wish:
    """What is looked for: `days` days of the tenant's calendar, from `first` on.

    `staff` None: anybody. `location` None: it does not matter, or the business has none. `extra_minutes` is what the
    chosen extras take. `ignoring` is the key of an appointment that is being moved, whose time counts as free.
    """

    service: Service
    first: date
    days: int
    staff: Staff | None = None
    location: Location | None = None
    extra_minutes: int = 0
    people: int = 1
    ignoring: int | None = None

    @property
    def seconds(self) -> int:
        """How long the customer is there."""
        return (self.service.minutes + self.extra_minutes) * 60

    @property
    def before(self) -> int:
        return self.service.buffer_before * 60

    @property
    def after(self) -> int:
        return self.service.buffer_after * 60


class Taken(NamedTuple):
    """An appointment that takes time of the staff, in seconds since 1970.

    What follows is known for a service for several people alone, where those who join others are there too.
    """

    busy_from: int
    busy_until: int
    starts: int = 0
    ends: int = 0
    service: int = 0
    location: int | None = None
    people: int = 0
    joins: int | None = None


def free_times(
    tenant: Tenant, wish: Wish, now: datetime, rules: BookingRules | None = None
) -> list[FreeTime]:
    """The starts that can be booked, in order of time. At most 4 queries, one less with `rules`.

    Starts lie every `rules.step_minutes` from the beginning of each span of hours, from the shortest notice until
    the end of the last day that is offered. A time that clocks show twice is offered once. A service for several people
    also offers the times at which some of them come already, while there are places left for `wish.people`.
    """
    rules = rules or BookingRules.load()
    if not _in_use(wish):
        return []
    staff = who_serves(wish)
    if not staff:
        return []
    end = wish.first + wish.days * ONE_DAY
    timetable = Timetable(tenant, staff, wish.location, wish.first, end)
    window = _window(wish, now, rules, timetable.clock)
    taken = _taken(wish, staff, timetable.clock)
    found: dict[int, list[int]] = defaultdict(list)
    groups: dict[int, dict[int, int]] = defaultdict(dict)
    for one in staff:
        pieces = timetable.open_for(one)
        hours = without(merged(pieces), timetable.away(one))
        mine = taken.get(one.pk, [])
        for start in _starts(pieces, _bookable(wish, hours, mine), rules.step_minutes * 60, window):
            found[start].append(one.pk)
        for start, left in _places(wish, mine).items():
            if window[0] <= start < window[1] and holds(hours, start, start + wish.seconds):
                found[start].append(one.pk)
                groups[start][one.pk] = left
    return _in_order(wish, found, groups, taken, timetable.clock)


def is_free(
    tenant: Tenant,
    wish: Wish,
    starts_at: datetime,
    staff: Staff,
    now: datetime,
    rules: BookingRules | None = None,
) -> bool:
    """Is `starts_at` one of the times that `free_times` offers with `staff`? As many queries."""
    day = WallClock(ZoneInfo(tenant.time_zone)).day_of(int(starts_at.timestamp()))
    one = replace(wish, first=day, days=1, staff=staff)
    return any(free.starts_at == starts_at for free in free_times(tenant, one, now, rules))


def outside_hours(tenant: Tenant, wish: Wish, starts_at: datetime, staff: Staff) -> Sentence | None:
    """The sentence that warns a team who book outside of the hours of `staff`; None within them. One query.

    Hours that are only assumed, because nobody has set any, are nothing to warn of.
    """
    start = int(starts_at.timestamp())
    day = WallClock(ZoneInfo(tenant.time_zone)).day_of(start)
    timetable = Timetable(tenant, [staff], wish.location, day, day + ONE_DAY)
    end = start + wish.seconds
    if any(start < until and end > since for since, until in timetable.away(staff)):
        return _("%(name)s has time off then.") % {"name": staff}
    if holds(merged(timetable.open_for(staff, assuming=False)), start, end):
        return None
    return _("That is outside the hours of %(name)s.") % {"name": staff}


def who_serves(wish: Wish) -> list[Staff]:
    """The staff in use who offer the service there, by name. One query."""
    here = wish.location.pk if wish.location else None
    rows = Staff.objects.in_use().filter(offering(wish.service.pk, here))
    if wish.staff:
        rows = rows.filter(pk=wish.staff.pk)
    return list(rows.only("name", "time_zone").order_by(Lower("name"), "pk"))


def offering(service: int, location: int | None = None) -> Q:
    """Those of the staff who offer the service, and do so at that location; both by their keys.

    Whoever the service names, or everybody; where it is offered, or everywhere; where they work, or everywhere.
    """
    offer = Service.offered_by.through.objects.filter(service_id=service)
    able = ~Exists(offer) | Exists(offer.filter(staff_id=OuterRef("pk")))
    if location is None:
        return able
    places = Service.locations.through.objects.filter(service_id=service)
    works = Staff.locations.through.objects.filter(staff_id=OuterRef("pk"))
    there = [~Exists(rows) | Exists(rows.filter(location_id=location)) for rows in (places, works)]
    return able & there[0] & there[1]


def _in_use(wish: Wish) -> bool:
    chosen = [wish.service, wish.staff, wish.location]
    fits = 1 <= wish.people <= wish.service.capacity
    return fits and all(row.in_use for row in chosen if row)


def _window(wish: Wish, now: datetime, rules: BookingRules, clock: WallClock) -> Span:
    """From when until before when a start can be offered at all."""
    soonest = int((now + timedelta(minutes=rules.lead_minutes)).timestamp())
    last = clock.day_of(int(now.timestamp())) + timedelta(days=rules.horizon_days)
    end = min(wish.first + wish.days * ONE_DAY, last + ONE_DAY)
    return max(clock.midnight(wish.first), soonest), clock.midnight(end)


def _taken(wish: Wish, staff: list[Staff], clock: WallClock) -> dict[int, list[Taken]]:
    """The appointments around the days asked for, by the key of the staff. One query."""
    start = clock.midnight(wish.first) - wish.before
    end = clock.midnight(wish.first + wish.days * ONE_DAY) + wish.seconds + wish.after
    rows = Appointment.objects.exclude(status=Status.CANCELLED).filter(
        staff__in=staff,
        busy_until__gt=datetime.fromtimestamp(start, UTC),
        busy_from__lt=datetime.fromtimestamp(end, UTC),
    )
    if wish.ignoring:
        rows = rows.exclude(pk=wish.ignoring)
    columns: list[Any] = ["staff_id", Seconds("busy_from"), Seconds("busy_until", up=True)]
    if wish.service.capacity > 1:
        columns += [Seconds("starts_at"), Seconds("ends_at", up=True)]
        columns += ["service_id", "location_id", "people", "joins_id"]
    else:  # who joins others takes no time of their own, unless whom they join is on the move
        rows = rows.filter(Q(joins=None) | Q(joins=wish.ignoring))
    found: dict[int, list[Taken]] = defaultdict(list)
    for staff_id, *times in rows.values_list(*columns):
        found[staff_id].append(Taken(*times))
    return found


def _bookable(wish: Wish, hours: list[Span], taken: list[Taken]) -> list[Span]:
    """From when until when the appointment may begin: the first and the last second of each span, both included."""
    length, before = wish.seconds, wish.before
    reach = length + wish.after - 1
    blocked = merged((one.busy_from - reach, one.busy_until + before) for one in taken)
    fitting = [(start, end - length + 1) for start, end in hours if end - start >= length]
    return without(fitting, blocked)


def _starts(pieces: list[Span], bookable: list[Span], step: int, window: Span) -> Iterator[int]:
    """The starts on the grid of each piece of hours that lie in `bookable` and in `window`."""
    first = 0
    for begin, until in pieces:
        while first < len(bookable) and bookable[first][1] <= begin:
            first += 1
        k = first
        while k < len(bookable) and bookable[k][0] < until:
            since = max(bookable[k][0], begin, window[0])
            on_grid = begin + -(-(since - begin) // step) * step
            yield from range(on_grid, min(bookable[k][1], until, window[1]), step)
            k += 1


def _places(wish: Wish, taken: list[Taken]) -> dict[int, int]:
    """The times at which a group of the service comes already, with how many people still fit."""
    capacity = wish.service.capacity
    if capacity == 1:
        return {}
    place = wish.location.pk if wish.location else None
    people: Counter[int] = Counter()
    for one in taken:
        same = (one.service, one.location, one.ends - one.starts)
        if same == (wish.service.pk, place, wish.seconds):
            people[one.starts] += one.people
    return {
        start: capacity - count
        for start, count in people.items()
        if capacity - count >= wish.people
    }


def _in_order(
    wish: Wish,
    found: dict[int, list[int]],
    groups: dict[int, dict[int, int]],
    taken: dict[int, list[Taken]],
    clock: WallClock,
) -> list[FreeTime]:
    days = _Days(wish, taken, clock)
    result = []
    for start in sorted(found):
        if clock.shows_again(start):
            continue
        staff, joined = found[start], groups.get(start, {})
        if len(staff) > 1:
            load = days.load(start)
            staff.sort(key=lambda pk: (pk not in joined, load[pk]))
        left = joined.get(staff[0], wish.service.capacity) if wish.service.capacity > 1 else None
        result.append(FreeTime(datetime.fromtimestamp(start, UTC), tuple(staff), left))
    return result


class _Days:
    """How many seconds each of the staff is busy, day by day."""

    def __init__(self, wish: Wish, taken: dict[int, list[Taken]], clock: WallClock) -> None:
        self._midnights = [clock.midnight(wish.first + n * ONE_DAY) for n in range(wish.days + 2)]
        self._loads: list[Counter[int]] = [Counter() for _midnight in range(wish.days + 3)]
        for pk, rows in taken.items():
            for one in rows:
                if one.joins is None:
                    self.load(one.busy_from)[pk] += one.busy_until - one.busy_from

    def load(self, start: int) -> Counter[int]:
        return self._loads[bisect_right(self._midnights, start)]
