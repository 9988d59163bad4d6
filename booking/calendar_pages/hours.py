"""When somebody is there on the days of the calendar: from when until when it is shown, and what of it is shaded."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.calendar_pages.layout import Column
from booking.calendar_pages.reading import DAY, CalendarQuestion
from booking.models import Appointment, Staff
from booking.presence import Presence
from booking.spans import Span, merged
from booking.wall_clock import midnight
from tenants.models import Tenant

ONE_DAY = timedelta(days=1)
USUAL = 8, 18
"""The hours that are shown of days on which nobody works."""


class ShownHours:
    """The hours of whoever counts for the columns of `question`; those in `busy` do, whether in use or not.

    A day by staff is about each of them, a week about all who are in use, or about the one who is asked for. One query.
    """

    def __init__(
        self, tenant: Tenant, question: CalendarQuestion, staff: list[Staff], busy: Collection[int]
    ) -> None:
        self._days, self._zone = question.days, ZoneInfo(tenant.time_zone)
        if question.staff:
            people = [one for one in staff if one.pk == question.staff]
        else:
            by_day = question.view == DAY
            people = [one for one in staff if one.in_use or (by_day and one.pk in busy)]
        self._of: dict[int, list[Span]] = {}
        self._open: list[Span] = []
        if people:
            end = self._days[-1] + ONE_DAY
            there = Presence(tenant, people, self._days[0], end, question.location)
            self._of = {one.pk: there.spans(one, assuming=False) for one in people}
            self._open = merged(span for one in people for span in there.spans(one))

    def shade(self, columns: Iterable[Column]) -> None:
        """In the column of somebody, the time outside of their hours; in that of a day, the time in which nobody works.

        Hours that nobody has set are no reason to shade anything, as they are none to warn.
        """
        if not self._of:
            return
        anybody = merged(span for spans in self._of.values() for span in spans)
        for column in columns:
            column.shade(anybody if column.staff is None else self._of[column.staff])

    def bounds(self, rows: Iterable[Appointment]) -> tuple[int, int]:
        """From which hour until which the days are shown: while anybody is there and an hour around that, and more
        where something is booked."""
        instants = ((_instant(start), _instant(end)) for start, end in self._open)
        open_hours = self._within(instants)
        first, last = _around(open_hours) if open_hours else USUAL
        booked = self._within((row.starts_at, row.ends_at) for row in rows)
        return min([first, *(at for at, _to in booked)]), max([last, *(to for _at, to in booked)])

    def _within(self, spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[int, int]]:
        """The hours on the wall, full ones, that `spans` take of each day."""
        days = [(midnight(day, self._zone), self._end(day)) for day in self._days]
        return [
            (self._hour(max(since, begin)), 24 if until >= end else self._hour_after(until))
            for since, until in spans
            for begin, end in days
            if since < end and until > begin
        ]

    def _end(self, day: date) -> datetime:
        return midnight(day + ONE_DAY, self._zone)

    def _hour(self, instant: datetime) -> int:
        return instant.astimezone(self._zone).hour

    def _hour_after(self, instant: datetime) -> int:
        wall = instant.astimezone(self._zone)
        return wall.hour + bool(wall.minute or wall.second)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _around(hours: list[tuple[int, int]]) -> tuple[int, int]:
    first, last = min(at for at, _to in hours), max(to for _at, to in hours)
    return max(first - 1, 0), min(last + 1, 24)
