"""When staff work and places are open. Each function needs the capability of whose hours they are.

Minutes count from midnight on the owner's wall clock; 1440 is the end of the day.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from booking.models import DAY, Appointment, SpecialHours, Staff, Status, TimeOff, WorkingHours
from booking.schedules import Owner
from booking.selectors import find_row
from booking.services.resources import WrongChoice, allowed
from booking.timetable import Minutes
from saas.core.errors import Sentence
from tenants.models import Tenant

MOST_DAYS = 366
"""How many special days can be set at once."""
FAR = timedelta(days=2 * 366)
WEEKDAY = "day{}"
"""What refuses the hours of a weekday names as the field: `day0` is Monday."""

CLOSED: list[tuple[None, None]] = [(None, None)]


def set_week(tenant: Tenant, owner: Owner, week: Mapping[int, Sequence[Minutes]]) -> None:
    """Replace the whole week of `owner`: spans by weekday, 0 is Monday; a day that is missing is closed.

    An empty week means that staff and locations follow the business; the business itself must have one.
    Raises CapabilityMissing, NotHere; WrongChoice naming the weekday as `day0`, or `week`.
    """
    with allowed(tenant, owner.capability("edit")):
        _require_here(owner)
        for weekday, spans in week.items():
            if problem := problem_of(spans):
                raise WrongChoice(WEEKDAY.format(weekday), problem)
        rows = [
            WorkingHours(weekday=weekday, starts=starts, ends=ends, **owner.columns)
            for weekday, spans in week.items()
            for starts, ends in spans
        ]
        if not rows and owner.row is None:
            raise WrongChoice("week", NO_DAY)
        WorkingHours.objects.filter(**owner.columns).delete()
        WorkingHours.objects.bulk_create(rows)


def set_special_days(
    tenant: Tenant,
    owner: Owner,
    *,
    first: date,
    last: date,
    spans: Sequence[Minutes],
    note: str = "",
) -> None:
    """On each day from `first` to `last` these `spans` hold in place of the weekday's; none: closed.

    What was special about these days before is replaced. Raises CapabilityMissing, NotHere; WrongChoice naming
    `last` or `spans`.
    """
    with allowed(tenant, owner.capability("edit")):
        _require_here(owner)
        if problem := problem_of_days(first, last):
            raise WrongChoice("last", problem)
        if problem := problem_of(spans):
            raise WrongChoice("spans", problem)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        SpecialHours.objects.filter(day__in=days, **owner.columns).delete()
        SpecialHours.objects.bulk_create(
            SpecialHours(day=day, starts=starts, ends=ends, note=note, **owner.columns)
            for day in days
            for starts, ends in spans or CLOSED
        )


def remove_special_days(tenant: Tenant, owner: Owner, first: date, last: date) -> None:
    """Let the days from `first` to `last` be as their weekdays are. Raises CapabilityMissing."""
    with allowed(tenant, owner.capability("edit")):
        SpecialHours.objects.filter(day__range=(first, last), **owner.columns).delete()


def add_time_off(
    tenant: Tenant, staff: Staff, *, starts_at: datetime, ends_at: datetime, note: str = ""
) -> TimeOff:
    """`staff` is away from `starts_at` until before `ends_at`. Appointments in it stay; they are counted on the page.

    Raises CapabilityMissing, NotHere; WrongChoice naming `first` or `last`.
    """
    with allowed(tenant, staff.capability("edit")):
        find_row(Staff, staff.pk)
        if ends_at <= starts_at:
            raise WrongChoice("last", ENDS_BEFORE)
        rows = TimeOff.objects.filter(staff=staff)
        other = rows.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).first()
        if other:
            raise WrongChoice("first", _overlaps(tenant, other))
        return TimeOff.objects.create(staff=staff, starts_at=starts_at, ends_at=ends_at, note=note)


def remove_time_off(tenant: Tenant, pk: int) -> TimeOff:
    """They work at that time after all. Raises CapabilityMissing, NotHere."""
    with allowed(tenant, Staff.capability("edit")):
        row = find_row(TimeOff, pk)
        row.delete()
    return row


def appointments_in(row: TimeOff) -> int:
    """How many appointments are booked with them in that time. One query."""
    booked = Appointment.objects.exclude(status=Status.CANCELLED)
    return booked.filter(
        staff=row.staff_id, starts_at__lt=row.ends_at, ends_at__gt=row.starts_at
    ).count()


def problem_of(spans: Sequence[Minutes]) -> Sentence | None:
    """What is wrong with the spans of one day; None when nothing is."""
    if any(not 0 <= starts < DAY or ends > DAY for starts, ends in spans):
        return gettext_lazy("Enter times such as 09:00 and 17:00.")
    if any(ends <= starts for starts, ends in spans):
        return gettext_lazy("These hours end before they begin.")
    ordered = sorted(spans)
    if any(later[0] < earlier[1] for earlier, later in pairwise(ordered)):
        return gettext_lazy("These hours overlap.")
    return None


def problem_of_days(first: date, last: date) -> Sentence | None:
    """What is wrong with the days from `first` to `last`; None when nothing is."""
    if last < first:
        return gettext_lazy("The last day comes before the first.")
    if (last - first).days >= MOST_DAYS:
        return ngettext_lazy(
            "Choose at most %(count)s day at once.",
            "Choose at most %(count)s days at once.",
            MOST_DAYS,
        ) % {"count": MOST_DAYS}
    return None


def _require_here(owner: Owner) -> None:
    if owner.row:
        find_row(type(owner.row), owner.row.pk)


def _overlaps(tenant: Tenant, other: TimeOff) -> str:
    zone = ZoneInfo(other.staff.time_zone or tenant.time_zone)
    since, until = (
        date_format(instant.astimezone(zone), "j M Y, H:i")
        for instant in (other.starts_at, other.ends_at)
    )
    text = _("%(name)s has time off from %(since)s to %(until)s already.")
    return text % {"name": other.staff, "since": since, "until": until}


ENDS_BEFORE = gettext_lazy("The time off ends before it begins.")
NO_DAY = gettext_lazy("Enter hours for at least one day.")
