"""Whose hours, and what they are at present, as the pages show them. Reads, and writes nothing."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking.models import Appointment, Location, SpecialHours, Staff, Status, TimeOff, WorkingHours
from booking.opening_hours import OpenDays, spans_text, week_lines
from booking.selectors import find_row
from booking.timetable import ASSUMED, Minutes, Week
from saas.core.errors import NotHere
from tenants.models import Tenant

MOST_SHOWN = 200
"""How many special days, and how many times off, a page shows."""
ROWS: dict[str, type[Staff] | type[Location]] = {"staff": Staff, "location": Location}


@dataclass(frozen=True)
class Owner:
    """Whose hours: one of the staff, a location, or the business itself when it is neither."""

    staff: Staff | None = None
    location: Location | None = None

    @property
    def row(self) -> Staff | Location | None:
        return self.staff or self.location

    @property
    def key(self) -> str:
        """What it is called in addresses."""
        kind = "staff" if self.staff else "location"
        return f"{kind}-{self.row.pk}" if self.row else "business"

    @property
    def name(self) -> str:
        return str(self.row or _("The business"))

    @property
    def url(self) -> str:
        if self.row is None:
            return reverse("booking:hours")
        return reverse(f"booking:{'staff' if self.staff else 'location'}_hours", args=[self.row.pk])

    @property
    def columns(self) -> dict[str, Any]:
        """What the rows of its hours say about their owner."""
        return {"staff": self.staff, "location": self.location}

    @property
    def served(self) -> Q:
        """The appointments that its hours are about."""
        if self.row is None:
            return Q()
        return Q(staff=self.staff) if self.staff else Q(location=self.location)

    def capability(self, verb: str = "") -> str:
        return self.row.capability(verb) if self.row else "appointments"

    def zone(self, tenant: Tenant) -> ZoneInfo:
        """Whose clocks its hours are read from."""
        own = self.staff.time_zone if self.staff else ""
        return ZoneInfo(own or tenant.time_zone)


BUSINESS = Owner()


@dataclass(frozen=True)
class SpecialDays:
    """Days one after the other with the same special hours; no `spans` means closed. `pk` is that of the first row.

    `appointments` are still booked on them though they are closed.
    """

    pk: int
    first: date
    last: date
    spans: tuple[Minutes, ...]
    note: str
    appointments: int = 0

    @property
    def text(self) -> str:
        return " – ".join(date_format(day, "D j M Y") for day in sorted({self.first, self.last}))

    @property
    def hours(self) -> str:
        return spans_text(self.spans)


@dataclass(frozen=True)
class Away:
    """Time off as it is shown: from day to day, `until` included. `appointments` are still booked in it."""

    pk: int
    text: str
    since: date
    until: date
    note: str
    appointments: int


@dataclass(frozen=True)
class Schedule:
    """The hours of `owner`: `lines` are what is in force each week, `source` is where that comes from."""

    owner: Owner
    source: str
    lines: list[OpenDays]
    special: list[SpecialDays]
    time_off: list[Away]


def find_owner(tenant: Tenant, key: str) -> Owner:
    """Whom `key` names in an address. Raises NotHere; CapabilityMissing for a module that the plan lacks."""
    if key == "business":
        return BUSINESS
    kind, _dash, number = key.partition("-")
    if kind not in ROWS or not number.isdecimal() or len(number) > 18:
        raise NotHere(_("This entry is not here. It may have been deleted."))
    tenant.entitlements.require(ROWS[kind].capability())
    row = find_row(ROWS[kind], int(number))
    return Owner(staff=row) if isinstance(row, Staff) else Owner(location=row)


def schedule_of(tenant: Tenant, owner: Owner, now: datetime) -> Schedule:
    """All that its page shows; special days and time off that are not over. At most four queries."""
    week, source = week_of(owner)
    today = now.astimezone(owner.zone(tenant)).date()
    return Schedule(
        owner,
        source,
        week_lines(week),
        special_days(tenant, owner, today),
        _time_off(owner.staff, owner.zone(tenant), now) if owner.staff else [],
    )


def week_of(owner: Owner) -> tuple[Week, str]:
    """The week that is in force for `owner`, and where it comes from: “own”, “business” or “assumed”. One query."""
    weeks: dict[str, Week] = {"own": defaultdict(list), "business": defaultdict(list)}
    theirs = Q(**owner.columns) | Q(staff=None, location=None)
    for row in WorkingHours.objects.filter(theirs):
        own = (row.staff_id, row.location_id) == _keys(owner)
        weeks["own" if own else "business"][row.weekday].append((row.starts, row.ends))
    found = next((source for source, week in weeks.items() if week), "assumed")
    return weeks.get(found, ASSUMED), found


def set_weeks(tenant: Tenant) -> list[Owner]:
    """All who have hours of their own, the business first, then by name. One query."""
    rows = WorkingHours.objects.order_by().distinct("staff_id", "location_id")
    owners = [Owner(row.staff, row.location) for row in rows.select_related("staff", "location")]
    can = tenant.entitlements.can
    shown = [owner for owner in owners if can(owner.capability())]
    return sorted(shown, key=lambda owner: (owner.row is not None, owner.name.casefold()))


def special_days(tenant: Tenant, owner: Owner, since: date) -> list[SpecialDays]:
    """Those of `owner` that end on `since` or later. Two queries."""
    by_day: dict[date, list[SpecialHours]] = defaultdict(list)
    rows = SpecialHours.objects.filter(**owner.columns, day__gte=since)
    for row in rows[:MOST_SHOWN]:
        by_day[row.day].append(row)
    closed = [day for day, found in by_day.items() if found[0].is_closed]
    counts = _appointments_on(tenant, owner, closed) if closed else {}
    return list(_runs(by_day, counts))


def find_special(tenant: Tenant, owner: Owner, pk: int) -> SpecialDays:
    """The days to which the row `pk` belongs. Raises NotHere."""
    row = find_row(SpecialHours, pk)
    if (row.staff_id, row.location_id) == _keys(owner):
        for days in special_days(tenant, owner, row.day):
            if days.pk == pk:
                return days
    raise NotHere(_("This entry is not here. It may have been deleted."))


def _keys(owner: Owner) -> tuple[int | None, int | None]:
    return owner.staff.pk if owner.staff else None, owner.location.pk if owner.location else None


def _runs(by_day: dict[date, list[SpecialHours]], counts: dict[date, int]) -> Iterator[SpecialDays]:
    run: SpecialDays | None = None
    for day, rows in by_day.items():
        spans = tuple(
            (row.starts, row.ends)
            for row in rows
            if row.starts is not None and row.ends is not None
        )
        count = counts.get(day, 0)
        same = run and (run.spans, run.note) == (spans, rows[0].note)
        if run and same and run.last + timedelta(days=1) == day:
            run = SpecialDays(run.pk, run.first, day, spans, run.note, run.appointments + count)
            continue
        if run:
            yield run
        run = SpecialDays(rows[0].pk, day, day, spans, rows[0].note, count)
    if run:
        yield run


def _appointments_on(tenant: Tenant, owner: Owner, days: list[date]) -> dict[date, int]:
    day = TruncDate("starts_at", tzinfo=owner.zone(tenant))
    booked = Appointment.objects.exclude(status=Status.CANCELLED).filter(owner.served)
    found = booked.annotate(day=day).filter(day__in=days).values_list("day")
    return dict(found.annotate(count=Count("pk")))


def _time_off(staff: Staff, zone: ZoneInfo, now: datetime) -> list[Away]:
    booked = Appointment.objects.exclude(status=Status.CANCELLED).filter(
        staff=staff, starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
    )
    count = booked.order_by().values("staff").annotate(count=Count("pk")).values("count")
    rows = TimeOff.objects.filter(staff=staff, ends_at__gt=now).annotate(
        appointments=Coalesce(Subquery(count, output_field=IntegerField()), 0)
    )
    return [_away(row, zone) for row in rows[:MOST_SHOWN]]


def _away(row: Any, zone: ZoneInfo) -> Away:
    start, end = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    until = (end - timedelta(microseconds=1)).date()
    days = [date_format(day, "D j M Y") for day in sorted({start.date(), until})]
    if start.time() == end.time() == time():
        text = " – ".join(days)
    elif len(days) == 1:
        text = f"{days[0]}, {start:%H:%M}–{end:%H:%M}"
    else:
        text = f"{days[0]}, {start:%H:%M} – {days[1]}, {end:%H:%M}"
    return Away(row.pk, text, start.date(), until, row.note, row.appointments)
