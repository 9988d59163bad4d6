"""Months counted from an anchor: the n-th boundary never depends on the one before it."""

import calendar
from datetime import datetime


def add_months(anchor: datetime, months: int) -> datetime:
    """`anchor` moved by whole months; the day is cut to the month's last one (31 January + 1 = 28 February)."""
    index = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(index, 12)
    day = min(anchor.day, calendar.monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def month_window(anchor: datetime, now: datetime) -> tuple[datetime, datetime]:
    """The monthly window (start inclusive, end exclusive) counted from `anchor` that contains `now`.

    Before the anchor the first window is returned. Periods are always computed from the anchor, so a
    31 January anchor gives 28 February and then 31 March.
    """
    months = max((now.year - anchor.year) * 12 + now.month - anchor.month, 0)
    if months and add_months(anchor, months) > now:
        months -= 1
    return add_months(anchor, months), add_months(anchor, months + 1)
