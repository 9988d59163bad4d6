"""Availability as one would say it, tick by tick: far too slow, and hard to get wrong.

Everything lies on quarter hours, so a quarter of an hour is the smallest there is.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TICK = timedelta(minutes=15)
Week = dict[int, list[tuple[int, int]]]
Special = dict[date, list[tuple[int, int]]]


@dataclass
class Hours:
    """One owner's. An empty `week` says nothing; a special day with no spans says closed."""

    week: Week = field(default_factory=dict)
    special: Special = field(default_factory=dict)


@dataclass
class Person:
    zone: ZoneInfo
    hours: Hours
    off: list[tuple[datetime, datetime]] = field(default_factory=list)
    busy: list[tuple[datetime, datetime]] = field(default_factory=list)


@dataclass
class World:
    zone: ZoneInfo
    business: Hours
    location: Hours | None


@dataclass
class Ask:
    first: date
    days: int
    minutes: int
    before: int
    after: int
    step: int
    soonest: datetime
    last_day: date


def on_the_clock(instant: datetime, zone: ZoneInfo) -> tuple[date, int]:
    """Day and minute that clocks show. While they show an hour again, it is as if they stood still before its end."""
    while (wall := instant.astimezone(zone)).fold:
        instant -= TICK
    return wall.date(), wall.hour * 60 + wall.minute


SILENT = ("says nothing",)


def span_of(owners: list[Hours], instant: datetime, zone: ZoneInfo) -> tuple[object, ...] | None:
    """The span of hours that holds `instant`; None when closed, SILENT when none of `owners` says anything."""
    day, minute = on_the_clock(instant, zone)
    spans = None
    for hours in reversed(owners):
        if hours.week:
            spans = hours.week.get(day.weekday(), [])
    for hours in reversed(owners):
        if day in hours.special:
            spans = hours.special[day]
    if spans is None:
        return SILENT
    return next(((day, span) for span in spans if span[0] <= minute < span[1]), None)


def assumed(instant: datetime, zone: ZoneInfo) -> tuple[object, ...] | None:
    day, minute = on_the_clock(instant, zone)
    return ("assumed", day) if day.weekday() < 5 and 540 <= minute < 1020 else None


def there(world: World, person: Person, instant: datetime) -> tuple[object, ...] | None:
    """Which piece of the hours of both holds `instant`, if any does."""
    owners = [world.location, world.business] if world.location else [world.business]
    place = span_of(owners, instant, world.zone)
    own = span_of([person.hours], instant, person.zone)
    if place is None or own is None:
        return None
    if place == own == SILENT:
        return assumed(instant, world.zone)
    return (place, own)


def starts(world: World, person: Person, ask: Ask) -> list[datetime]:
    """Every start that can be booked, in order."""
    midnight = datetime.combine(ask.first, time(), world.zone).astimezone(UTC)
    first = midnight - timedelta(hours=27)
    ticks = [first + n * TICK for n in range(4 * 24 * (ask.days + 4))]
    pieces = [there(world, person, tick) for tick in ticks]
    off = [any(start <= tick < end for start, end in person.off) for tick in ticks]
    found, began = [], first
    for n, tick in enumerate(ticks):
        if pieces[n] != pieces[n - 1]:
            began = tick
        length = ask.minutes // 15
        if any(pieces[k] is None or off[k] for k in range(n, min(n + length, len(ticks)))):
            continue
        if (tick - began) % timedelta(minutes=ask.step) or tick < ask.soonest:
            continue
        wall = tick.astimezone(world.zone)
        last = min(ask.last_day, ask.first + timedelta(days=ask.days - 1))
        if wall.fold or not ask.first <= wall.date() <= last:
            continue
        since = tick - timedelta(minutes=ask.before)
        until = tick + timedelta(minutes=ask.minutes + ask.after)
        if not any(since < end and until > start for start, end in person.busy):
            found.append(tick)
    return found
