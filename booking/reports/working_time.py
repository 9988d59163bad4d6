"""How many minutes the staff had to work on each day, at all their places (`booking.presence`)."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from booking.models import Staff
from booking.presence import Presence
from booking.spans import Span
from booking.wall_clock import ONE_DAY, WallClock
from tenants.models import Tenant


class WorkingTime:
    """The hours of `staff`, who come from `with_places`, from `first` until `last`, both included.

    With the key of a `location`, their time there alone. Days are the tenant's; hours that are somebody's own follow
    the clocks of that person. One query, made at once.
    """

    def __init__(
        self,
        tenant: Tenant,
        staff: Iterable[Staff],
        first: date,
        last: date,
        location: int | None = None,
    ) -> None:
        staff = list(staff)
        there = Presence(tenant, staff, first, last + ONE_DAY, location)
        self._seconds = {one.pk: by_day(there.spans(one), there.clock) for one in staff}

    def minutes(self, staff: int, day: date) -> int:
        """How long the one with the key `staff` had to work on `day`."""
        return self._seconds[staff][day] // 60


def by_day(spans: Iterable[Span], clock: WallClock) -> Counter[date]:
    """How many seconds of `spans` lie in each day."""
    found: Counter[date] = Counter()
    for start, end in spans:
        day = clock.day_of(start)
        while start < end:
            until = min(end, clock.midnight(day + ONE_DAY))
            found[day] += until - start
            start, day = until, day + ONE_DAY
    return found
