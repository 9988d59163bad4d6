"""How long credits last at the present pace. Pure: numbers in, a date out.

Whoever sends evenly uses `pace` a day. Each month begins with the plan's own messages; what goes beyond them is taken
from the purchased ones, until none is left.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from saas.core.periods import add_months, month_window

LOOKS_BACK = timedelta(days=30)
"""What was spent in that time says how fast it goes on."""
SHORTEST = timedelta(days=1)
"""A pace is measured over no less: ten messages in the first hour are not 240 a day."""
FARTHEST = 120
"""Months that are looked ahead. What lasts for ten years does not run out."""
TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Pace:
    """So many credits in so much time."""

    spent: int
    over: timedelta

    def used_in(self, time: timedelta) -> Fraction:
        """Credits, parts of one included."""
        return Fraction(self.spent * (time // TICK), self.over // TICK)

    def reaches(self, credits: Fraction) -> Fraction:
        """Microseconds until so many are used."""
        return credits * (self.over // TICK) / self.spent


@dataclass(frozen=True)
class Supply:
    """What there is: the rest of this month's, what each later month brings, and what was bought."""

    month_left: int
    ceiling: int
    purchased: int


@dataclass(frozen=True)
class Forecast:
    """`ends_at`: when nothing is left to pay for the next message; None where it does not run out."""

    ends_at: datetime | None


def pace_of(spent: int, first: datetime | None, now: datetime) -> Pace | None:
    """`spent` in the last LOOKS_BACK, or since `first`, the first message ever, if that is later; None without any."""
    if spent <= 0 or first is None:
        return None
    return Pace(spent, max(SHORTEST, min(LOOKS_BACK, now - first)))


def forecast(supply: Supply, pace: Pace | None, anchor: datetime, now: datetime) -> Forecast | None:
    """When `supply` is used up. Months are counted from `anchor`. None without a pace: then nothing can be said."""
    if pace is None:
        return None
    start, month_left, purchased = now, Fraction(supply.month_left), Fraction(supply.purchased)
    end = month_window(anchor, now)[1]
    number = _months_between(anchor, end)
    for ahead in range(FARTHEST):
        if ends_at := _within(start, end, month_left + purchased, pace):
            return Forecast(ends_at)
        beyond = max(Fraction(0), pace.used_in(end - start) - month_left)
        if ahead and not beyond and _fits(supply, pace):
            break
        purchased -= beyond
        start, month_left = end, Fraction(supply.ceiling)
        end = add_months(anchor, number + ahead + 1)
    return Forecast(None)


def _within(start: datetime, end: datetime, credits: Fraction, pace: Pace) -> datetime | None:
    """When `credits` are used, if that is before `end`."""
    ticks = pace.reaches(credits)
    return start + TICK * int(ticks) if ticks < (end - start) // TICK else None


def _fits(supply: Supply, pace: Pace) -> bool:
    """Whether the longest month uses no more than a month brings."""
    return pace.used_in(timedelta(days=31)) <= supply.ceiling


def _months_between(anchor: datetime, boundary: datetime) -> int:
    """How many months after `anchor` the boundary of a window is."""
    return (boundary.year - anchor.year) * 12 + boundary.month - anchor.month
