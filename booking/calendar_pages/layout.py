"""Where appointments stand in a column of the calendar: in units of five minutes from its top, side by side."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from booking.models import Appointment, Status
from booking.spans import Span, without
from booking.wall_clock import instant_of, midnight, wall_of
from saas.core.addresses import row_url

UNIT = timedelta(minutes=5)
PER_HOUR = 12
MOST_LANES = 6
TINTS = 8
"""How many colours there are for what has none of its own."""


@dataclass(frozen=True)
class Cell:
    """One hour of a column: it begins at `at` (seconds since 1970), None where the clocks skip it."""

    label: str
    at: int | None


@dataclass(frozen=True)
class Ruler:
    """The hours of `day` from `first` until `last`.

    By the clock on the wall all days of a week have the same hours. A day that stands alone is measured as it
    passes (`elapsed`): the hour that comes twice in autumn is there twice, the one that spring skips is not there.
    """

    day: date
    zone: ZoneInfo
    first: int
    last: int
    elapsed: bool = False

    @cached_property
    def start(self) -> datetime:
        return self._instant(self.first)

    @cached_property
    def end(self) -> datetime:
        return self._instant(self.last)

    @cached_property
    def cells(self) -> list[Cell]:
        if self.elapsed:
            hours = -(-(self.end - self.start) // timedelta(hours=1))
            passing = [self.start + timedelta(hours=n) for n in range(hours)]
            return [_cell(at.astimezone(self.zone), at) for at in passing]
        walls = [datetime.combine(self.day, time(hour)) for hour in range(self.first, self.last)]
        return [_cell(wall, instant_of(wall, self.zone)) for wall in walls]

    def units(self, instant: datetime) -> float:
        """How far below the top `instant` stands; it is within the day."""
        if self.elapsed:
            return (instant - self.start) / UNIT
        top = datetime.combine(self.day, time(self.first))
        if instant >= midnight(self.day + timedelta(days=1), self.zone):
            return (24 - self.first) * PER_HOUR
        return (wall_of(instant, self.zone) - top) / UNIT

    def _instant(self, hour: int) -> datetime:
        """The instant of `hour` o'clock, in UTC: sums of local times would forget that the clocks change."""
        day, hour = (self.day + timedelta(days=1), 0) if hour == 24 else (self.day, hour)
        wall = datetime.combine(day, time(hour))
        start = instant_of(wall, self.zone)
        return start or instant_of(wall + timedelta(hours=1), self.zone) or _utc(wall, self.zone)


def _cell(wall: datetime, at: datetime | None) -> Cell:
    return Cell(f"{wall:%H:%M}", int(at.timestamp()) if at else None)


def _utc(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(ZoneInfo("UTC"))


@dataclass
class Block:
    """One appointment, or a group, in a column: `top` and `length` in units, beside others in `lanes`."""

    row: Appointment
    zone: ZoneInfo
    tint: str
    top: int = 0
    length: int = 0
    is_whole: bool = False
    """It begins and ends in this column, so that it can be moved from here."""
    names_staff: bool = False
    version: str = ""
    lane: int = 0
    lanes: int = 1

    @property
    def place(self) -> str:
        """The classes of its place."""
        return f"{_place(self.top, self.length)} lane{self.lane} of{self.lanes}"

    @property
    def is_short(self) -> bool:
        return self.length < 6

    @property
    def is_group(self) -> bool:
        return self.row.service.capacity > 1

    # What it says. A busy week has hundreds of blocks, and each says it twice: once for narrow screens.

    @cached_property
    def url(self) -> str:
        return row_url("booking:appointment_details", self.row.pk)

    @cached_property
    def starts(self) -> str:
        return f"{self.row.starts_at.astimezone(self.zone):%H:%M}"

    @cached_property
    def title(self) -> str:
        """Who comes, or how full the group is."""
        row = self.row
        if not self.is_group:
            return row.customer.name
        return f"{row.service.name} {row.together} / {row.service.capacity}"  # type: ignore[attr-defined]

    @cached_property
    def subtitle(self) -> str:
        row = self.row
        if not self.is_group:
            return row.service.name
        if row.bookings == 1:  # type: ignore[attr-defined]
            return row.customer.name
        return _("%(count)s bookings") % {"count": row.bookings}  # type: ignore[attr-defined]

    @cached_property
    def status(self) -> str:
        return self.row.get_status_display()

    @cached_property
    def status_to_say(self) -> str:
        """Empty for the usual one, and for several together."""
        usual = self.row.status == Status.APPROVED
        return "" if usual or self.row.bookings > 1 else self.status  # type: ignore[attr-defined]

    @property
    def tip(self) -> str:
        row = self.row
        ends = f"{row.ends_at.astimezone(self.zone):%H:%M}"
        words = (f"{self.starts} – {ends}", row.customer.name, row.service.name, row.staff.name)
        return " · ".join((*words, self.status))


@dataclass
class Column:
    """One of the staff on a day, or a day of a week."""

    day: date
    label: str
    ruler: Ruler
    blocks: list[Block] = field(default_factory=list)
    staff: int | None = None
    note: str = ""
    url: str = ""
    """The page of its day alone."""
    is_today: bool = False
    now: str = ""
    """The classes of the line that says what time it is; empty where it is not now."""
    closed: list[str] = field(default_factory=list)
    """The classes of each stretch in which nobody is there."""

    def shade(self, hours: list[Span]) -> None:
        """Say of all but `hours` that nobody is there."""
        ruler = self.ruler
        shown = int(ruler.start.timestamp()), int(ruler.end.timestamp())
        for start, end in without([shown], hours):
            top, until = (int(ruler.units(datetime.fromtimestamp(at, UTC))) for at in (start, end))
            if (
                top < until
            ):  # not where clocks are put back: the wall shows the end before the beginning
                self.closed.append(_place(top, until - top))

    def put(self, row: Appointment, *, by_staff: bool, version: str) -> None:
        """Add `row`, as far as it lies within this day."""
        begin = max(row.starts_at, self.ruler.start)
        end = min(row.ends_at, self.ruler.end)
        top = max(int(self.ruler.units(begin)), 0)
        length = max(-int(-self.ruler.units(end) // 1) - top, 2)
        whole = (begin, end) == (row.starts_at, row.ends_at)
        tint = tint_of(row, by_staff=by_staff)
        self.blocks.append(Block(row, self.ruler.zone, tint, top, length, whole, by_staff, version))

    def arrange(self) -> None:
        """Put what overlaps side by side."""
        cluster: list[Block] = []
        until = -1
        for block in sorted(self.blocks, key=lambda one: (one.top, -one.length)):
            if block.top >= until:
                _share(cluster)
                cluster = []
            cluster.append(block)
            until = max(until, block.top + block.length)
        _share(cluster)


def _place(top: int, length: int) -> str:
    """Classes: hours and units of five minutes, from the top and in length."""
    hours, units = divmod(top, PER_HOUR)
    long_hours, long_units = divmod(length, PER_HOUR)
    return f"h{hours} u{units} lh{long_hours} lu{long_units}"


def _share(cluster: list[Block]) -> None:
    """Give each of `cluster` the first lane that is free; beyond MOST_LANES they lie on the last one."""
    ends: list[int] = []
    for block in cluster:
        free = next((n for n, end in enumerate(ends) if end <= block.top), len(ends))
        free = min(free, MOST_LANES - 1)
        if free == len(ends):
            ends.append(0)
        ends[free] = block.top + block.length
        block.lane = free
    for block in cluster:
        block.lanes = len(ends)


def tint_of(row: Appointment, *, by_staff: bool) -> str:
    """The class of its colour: that of the service or, where several people share a column, of who serves."""
    one, other = (row.staff, row.service) if by_staff else (row.service, row.staff)
    color = one.color or other.color
    return f"tint-{color[1:].lower()}" if color else f"tint-{one.pk % TINTS}"


def own_tints(tints: Iterable[str]) -> list[str]:
    """The colours of the tenant's own among `tints`, without their #."""
    return sorted({tint[5:] for tint in tints if len(tint) == 11})
