"""Between instants and what the clocks on the wall show."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


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
