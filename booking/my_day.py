"""The day of one of the staff as they work through it: who is next, who comes later, what is free. It only reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from booking.models import Appointment, AppointmentExtra, Staff, Status
from booking.models.base import duration_text
from booking.wall_clock import midnight
from tenants.models import Tenant
from workflows.channels.phones import country_of, normal

ONE_DAY = timedelta(days=1)
LEAST_GAP = timedelta(minutes=10)
"""A shorter time between two customers is not worth a line."""


@dataclass
class Visit:
    """One appointment. `gap` is the free time right before it, in words; `whatsapp` an address, where one is known.

    `steps` are the buttons of what may follow, for whoever may press them.
    """

    row: Appointment
    extras: Sequence[AppointmentExtra]
    gap: str
    whatsapp: str
    is_next: bool = False
    steps: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class MyDay:
    """`visits` are those that are not over, the next first; `past` those that are, the latest first."""

    day: date
    visits: list[Visit]
    past: list[Visit]

    @property
    def count(self) -> int:
        return len(self.visits) + len(self.past)


def staff_of(user_id: int | None) -> Staff | None:
    """Whose login it is among the staff. One query."""
    return Staff.objects.filter(user=user_id).first() if user_id else None


def my_day(tenant: Tenant, staff: Staff, day: date, now: datetime) -> MyDay:
    """The appointments of `staff` on the tenant's `day`, without those cancelled. Three queries."""
    zone, country = ZoneInfo(tenant.time_zone), country_of(tenant)
    found = Appointment.objects.with_all().filter(
        staff=staff,
        starts_at__gte=midnight(day, zone),
        starts_at__lt=midnight(day + ONE_DAY, zone),
    )
    rows = list(
        found.exclude(status=Status.CANCELLED)
        .prefetch_related("chosen_extras__serviceextra")
        .order_by("starts_at", "pk")
    )
    shown, until = [], None
    first = next((row.pk for row in rows if row.ends_at > now), None)
    for row in rows:
        gap = row.starts_at - until if until else timedelta()
        shown.append(
            Visit(
                row,
                list(row.chosen_extras.all()),
                duration_text(int(gap.total_seconds() // 60)) if gap >= LEAST_GAP else "",
                _whatsapp(row.customer.phone, country),
                is_next=row.pk == first,
            )
        )
        until = max(until, row.ends_at) if until else row.ends_at
    coming = [one for one in shown if one.row.ends_at > now]
    return MyDay(day, coming, [one for one in reversed(shown) if one.row.ends_at <= now])


def _whatsapp(phone: str, country: str) -> str:
    number = normal(phone, country) if phone else None
    return f"https://wa.me/{number[1:]}" if number else ""
