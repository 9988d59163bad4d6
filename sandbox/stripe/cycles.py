"""Time as Stripe counts it: whole seconds since 1970, periods computed from their anchor."""

import calendar
from datetime import UTC, datetime, timedelta

DAY = 24 * 60 * 60
MONTHS = {"month": 1, "year": 12}
DAYS = {"day": 1, "week": 7}


def seconds(moment: datetime) -> int:
    """`moment`, which must be aware, as Stripe writes it."""
    if moment.tzinfo is None:
        raise ValueError("The clock must give aware datetimes.")
    return int(moment.timestamp())


def moment(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)


def add_months(anchor: datetime, months: int) -> datetime:
    """31 January and one month is the last day of February; the n-th month never depends on the one before."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    day = min(anchor.day, calendar.monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def boundary(anchor: int, interval: str, interval_count: int, number: int) -> int:
    """Where period `number` (from 0) begins, counted from `anchor`."""
    steps = interval_count * number
    if interval in MONTHS:
        return seconds(add_months(moment(anchor), MONTHS[interval] * steps))
    return seconds(moment(anchor) + timedelta(days=DAYS[interval] * steps))
