"""How many minutes the staff had to work on each day: their hours within the business's, less their time off.

A special day replaces the weekday's hours. Whoever has no hours of their own works the business's; where nobody has
said any, Monday to Friday from nine to five is assumed.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from booking.agenda import midnight
from booking.models import SpecialHours, Staff, TimeOff, WorkingHours

Minutes = tuple[int, int]
BUSINESS = 0
ASSUMED = {weekday: [(9 * 60, 17 * 60)] for weekday in range(5)}
ONE_DAY = timedelta(days=1)


class WorkingTime:
    """The hours of `staff` from `first` until `last`, both included. Three queries, made at once."""

    def __init__(self, staff: Iterable[Staff], first: date, last: date, zone: ZoneInfo) -> None:
        self.zone = zone
        keys = [one.pk for one in staff]
        mine = Q(location__isnull=True) & (Q(staff__isnull=True) | Q(staff__in=keys))
        self.weeks: dict[int, dict[int, list[Minutes]]] = defaultdict(lambda: defaultdict(list))
        hours = WorkingHours.objects.filter(mine).order_by("starts")
        for row in hours:
            self.weeks[row.staff_id or BUSINESS][row.weekday].append((row.starts, row.ends))
        self.special: dict[tuple[int, date], list[Minutes]] = defaultdict(list)
        days = SpecialHours.objects.filter(mine, day__range=(first, last)).order_by("starts")
        for one in days:
            spans = [] if one.starts is None or one.ends is None else [(one.starts, one.ends)]
            self.special[one.staff_id or BUSINESS, one.day] += spans
        self.away: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
        start, end = midnight(first, zone), midnight(last + ONE_DAY, zone)
        off = TimeOff.objects.filter(staff__in=keys, ends_at__gt=start, starts_at__lt=end)
        for away in off:
            self.away[away.staff_id].append((away.starts_at, away.ends_at))

    def minutes(self, staff: int, day: date) -> int:
        """How long `staff` had to work on `day`."""
        spans = self._spans(staff, day)
        whole = sum(ends - starts for starts, ends in spans)
        return whole - sum(self._missing(staff, day, span) for span in spans)

    def _spans(self, staff: int, day: date) -> list[Minutes]:
        place, own = self._hours(BUSINESS, day), self._hours(staff, day)
        if own is None:
            return ASSUMED.get(day.weekday(), []) if place is None else place
        return own if place is None else common(own, place)

    def _hours(self, owner: int, day: date) -> list[Minutes] | None:
        """None where `owner` has said nothing about that day, or about any."""
        if (owner, day) in self.special:
            return self.special[owner, day]
        return self.weeks[owner].get(day.weekday(), []) if owner in self.weeks else None

    def _missing(self, staff: int, day: date, span: Minutes) -> int:
        """Minutes of `span` that lie in the time off of `staff`."""
        if staff not in self.away:
            return 0
        starts, ends = (self._instant(day, minute) for minute in span)
        return sum(
            max(int((min(ends, until) - max(starts, since)).total_seconds()) // 60, 0)
            for since, until in self.away[staff]
        )

    def _instant(self, day: date, minute: int) -> datetime:
        """The instant at which clocks show `minute` minutes after midnight."""
        wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
        return wall.replace(tzinfo=self.zone)


def common(ones: list[Minutes], others: list[Minutes]) -> list[Minutes]:
    """What lies in both."""
    pairs = [(max(a, c), min(b, d)) for a, b in ones for c, d in others]
    return [(start, end) for start, end in pairs if start < end]
