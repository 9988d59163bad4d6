"""A week of days and the free times of one of them, as the page shows them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from booking.availability import FreeTime, Wish, free_times
from booking.page.shop import Shop

WEEK = 7
NOON, EVENING = 12, 17
ALTERNATIVES = 6
"""How many other times are offered when one was just taken."""


@dataclass(frozen=True)
class Day:
    date: date
    weekday: str
    name: str
    is_free: bool
    is_chosen: bool
    url: str


@dataclass(frozen=True)
class Slot:
    text: str
    name: str
    url: str
    places_left: int | None


@dataclass(frozen=True)
class Part:
    """Morning, afternoon or evening: `key` is its word."""

    key: str
    slots: list[Slot]


@dataclass(frozen=True)
class Week:
    """Seven days, and the chosen one's times. `next_time` where that day has none; addresses are empty at the ends."""

    month: str
    days: list[Day]
    parts: list[Part]
    earlier_url: str
    later_url: str
    next_time: Slot | None


@dataclass(frozen=True)
class Addresses:
    """Where a day and a time lead to."""

    day: Callable[[date], str]
    time: Callable[[FreeTime], str]


def week_of(shop: Shop, wish: Wish, asked: date | None, addresses: Addresses) -> Week:
    """The week of the day that was asked for, or else of the first one with a free time. `wish` tells no days."""
    today, horizon = shop.writer.today, shop.rules.horizon_days
    last = today + timedelta(days=horizon)
    day = min(max(asked, today), last) if asked else None
    start = _start_of_week(today, day or today)
    free = _search(shop, wish, start, WEEK)
    following: list[FreeTime] = []
    if not free or (day and not _on(shop, free, day)):
        following = _search(shop, wish, day or start, (last - (day or start)).days + 1)
        if following and day is None:
            day = _local_day(shop, following[0])
            start = _start_of_week(today, day)
            free = [one for one in following if _local_day(shop, one) < start + timedelta(WEEK)]
    day = day or (_local_day(shop, free[0]) if free else today)
    chosen = _on(shop, free, day)
    return Week(
        month=shop.writer.month(day),
        days=_days(shop, start, last, day, free, addresses),
        parts=_parts(shop, chosen, addresses),
        earlier_url=addresses.day(start - timedelta(1)) if start > today else "",
        later_url=addresses.day(start + timedelta(WEEK)) if start + timedelta(WEEK) <= last else "",
        next_time=_slot(shop, following[0], addresses) if following and not chosen else None,
    )


def next_times(shop: Shop, wish: Wish, after: datetime, addresses: Addresses) -> list[Slot]:
    """The next free ones around a time that was just taken: of that day first, then of the days after."""
    first = max(shop.writer.local(after).date(), shop.writer.today)
    found = _search(shop, wish, first, 2 * WEEK)
    later = [one for one in found if one.starts_at >= after]
    before = [one for one in found if one.starts_at < after]
    chosen = sorted((later + before[::-1])[:ALTERNATIVES], key=lambda one: one.starts_at)
    return [_slot(shop, one, addresses) for one in chosen]


def _search(shop: Shop, wish: Wish, first: date, days: int) -> list[FreeTime]:
    return free_times(shop.tenant, replace(wish, first=first, days=days), shop.now, shop.rules)


def _start_of_week(today: date, day: date) -> date:
    return today + timedelta(days=(day - today).days // WEEK * WEEK)


def _local_day(shop: Shop, free: FreeTime) -> date:
    return shop.writer.local(free.starts_at).date()


def _on(shop: Shop, free: list[FreeTime], day: date) -> list[FreeTime]:
    return [one for one in free if _local_day(shop, one) == day]


def _days(
    shop: Shop,
    start: date,
    last: date,
    chosen: date,
    free: list[FreeTime],
    addresses: Addresses,
) -> list[Day]:
    with_times = {_local_day(shop, one) for one in free}
    every = (start + timedelta(days=number) for number in range(WEEK))
    return [
        Day(
            date=day,
            weekday=shop.writer.weekday(day.weekday()),
            name=shop.writer.day(day),
            is_free=day in with_times and day <= last,
            is_chosen=day == chosen,
            url=addresses.day(day),
        )
        for day in every
    ]


def _parts(shop: Shop, free: list[FreeTime], addresses: Addresses) -> list[Part]:
    parts: dict[str, list[Slot]] = {}
    for one in free:
        hour = shop.writer.local(one.starts_at).hour
        key = "morning" if hour < NOON else "afternoon" if hour < EVENING else "evening"
        parts.setdefault(f"time.{key}", []).append(_slot(shop, one, addresses))
    return [Part(key, slots) for key, slots in parts.items()]


def _slot(shop: Shop, free: FreeTime, addresses: Addresses) -> Slot:
    return Slot(
        text=shop.writer.clock(free.starts_at),
        name=shop.writer.brief(free.starts_at),
        url=addresses.time(free),
        places_left=free.places_left,
    )
