"""From what clocks show on a day to the instant they show it, also on days on which they are changed.

Where clocks are put forward, the minutes in between do not exist: they all are the instant of the change. Where they
are put back, a time that is shown twice is the first of the two.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date

DAY_SECONDS = 24 * 60 * 60
ONE_DAY = timedelta(days=1)
YEARS = range(2000, 2101)
"""In which of them something can be booked, or looked for."""


class WallClock:
    """The clocks of one time zone. Keeps what it has found out about a day."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._midnights: dict[date, int] = {}

    def at(self, day: date, minute: int) -> int:
        """Seconds since 1970 at which it is `minute` minutes after midnight by the clock; 1440 ends the day."""
        start, end = self.midnight(day), self.midnight(day + ONE_DAY)
        if minute == 0:
            return start
        if end - start == DAY_SECONDS:
            return start + minute * 60
        return seconds_at(datetime.combine(day, time()) + timedelta(minutes=minute), self.zone)

    def midnight(self, day: date) -> int:
        """Seconds since 1970 at which `day` begins."""
        found = self._midnights.get(day)
        if found is None:
            found = self._midnights[day] = seconds_at(datetime.combine(day, time()), self.zone)
        return found

    def day_of(self, seconds: int) -> date:
        return datetime.fromtimestamp(seconds, self.zone).date()

    def shows_again(self, seconds: int) -> bool:
        """Have clocks shown that very time of the day an hour or so before, because they were put back?"""
        return datetime.fromtimestamp(seconds, self.zone).fold == 1


def seconds_at(wall: datetime, zone: ZoneInfo) -> int:
    """Seconds since 1970 at which clocks in `zone` show the naive `wall`."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    late = int(first.timestamp())
    if first.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
        return late
    # In a gap: with the old offset it is after the change, with the new one before. The change is in between.
    early = int(wall.replace(tzinfo=zone, fold=1).timestamp())
    after = datetime.fromtimestamp(late, zone).utcoffset()
    while late - early > 1:
        middle = (early + late) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == after:
            late = middle
        else:
            early = middle
    return late


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant (UTC) at which clocks in `zone` show the naive `wall`: the first one where two do, None in a gap."""
    start = wall.replace(tzinfo=zone)
    instant = start.astimezone(UTC)
    return instant if wall_of(instant, zone) == wall else None


def wall_of(instant: datetime, zone: ZoneInfo) -> datetime:
    """What clocks in `zone` show at `instant`, naive."""
    return instant.astimezone(zone).replace(tzinfo=None)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which `day` begins in `zone`."""
    return datetime.combine(day, time(), zone)


def read_day(text: str) -> date | None:
    """The day that an address or a form says, such as 2026-12-03; None for anything else, and beyond YEARS."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and day.year in YEARS else None
