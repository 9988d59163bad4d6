"""Weekly hours as people read them: “Mon–Fri 09:00–12:30, 14:00–18:00”. Reads, and writes nothing."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext

from booking.models import Location, WorkingHours
from booking.timetable import Minutes, Week


@dataclass(frozen=True)
class OpenDays:
    """Weekdays one after the other (`first` to `last`, 0 is Monday) with the same hours; no `spans` means closed."""

    first: int
    last: int
    spans: tuple[Minutes, ...]

    @property
    def days(self) -> str:
        names = [str(WEEKDAYS_ABBR[day]) for day in sorted({self.first, self.last})]
        return "–".join(names)

    @property
    def hours(self) -> str:
        return spans_text(self.spans)


def opening_hours(locations: Iterable[Location] = ()) -> dict[int | None, list[OpenDays]]:
    """The week of each of `locations` by its key, and that of the business under None. One query.

    A location without hours of its own has the business's; where nobody has set any, there are no lines.
    """
    keys = [location.pk for location in locations]
    weeks: dict[int | None, Week] = defaultdict(lambda: defaultdict(list))
    rows = WorkingHours.objects.filter(Q(location__in=keys) | Q(location=None), staff=None)
    for row in rows:
        weeks[row.location_id][row.weekday].append((row.starts, row.ends))
    business = weeks.get(None, {})
    return {key: week_lines(weeks.get(key, business)) for key in [None, *keys]}


def week_lines(week: Week) -> list[OpenDays]:
    """`week` in as few lines as it can be said; nothing for an empty one."""
    if not week:
        return []
    lines: list[OpenDays] = []
    for day in range(7):
        spans = tuple(week.get(day, ()))
        if lines and lines[-1].spans == spans:
            lines[-1] = OpenDays(lines[-1].first, day, spans)
        else:
            lines.append(OpenDays(day, day, spans))
    return lines


def spans_text(spans: Iterable[Minutes]) -> str:
    """`09:00–12:30, 14:00–18:00`, or “Closed”."""
    shown = [f"{clock_text(starts)}–{clock_text(ends)}" for starts, ends in spans]
    return ", ".join(shown) or gettext("Closed")


def clock_text(minute: int) -> str:
    """Minutes after midnight as clocks show them: `09:05`; the end of a day is `24:00`."""
    return f"{minute // 60:02}:{minute % 60:02}"
