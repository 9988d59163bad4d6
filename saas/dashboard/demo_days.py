"""The demo's appointments: some days back and some ahead of now, the same for the same day of the week."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from booking.models import Customer, Location, Service, Staff, Status
from booking.services.appointments import add_appointment, cancel_appointment
from tenants.models import Tenant
from tenants.scope import tenant_scope

HOURS = (time(9), time(11), time(14), time(16, 15))
LONGEST = 110
"""Minutes: so that what begins at one of HOURS is over before the next."""
FIRST_DAY, LAST_DAY = -6, 12


@dataclass(frozen=True)
class Cast:
    """Who and what appointments are made of."""

    customers: list[Customer]
    services: list[Service]
    staff: list[Staff]
    locations: list[Location]


def fill_days(tenant: Tenant, count: int, now: datetime) -> None:
    """`count` appointments around `now`, or as many as there are free hours; booked up to four days ahead."""
    with tenant_scope(tenant):
        cast = Cast(
            list(Customer.objects.order_by("pk")),
            list(Service.objects.in_use().filter(minutes__lte=LONGEST).order_by("pk")),
            list(Staff.objects.in_use().order_by("pk")),
            list(Location.objects.in_use().order_by("pk")),
        )
    dice = Random(tenant.slug)  # noqa: S311 - believable, not secret
    hours = free_hours(cast.staff, now.astimezone(ZoneInfo(tenant.time_zone)))
    for staff, start in sorted(dice.sample(hours, min(count, len(hours))), key=lambda h: h[1]):
        book(tenant, cast, staff, start, now, dice)


def free_hours(staff: list[Staff], today: datetime) -> list[tuple[Staff, datetime]]:
    """Everybody's hours from FIRST_DAY to LAST_DAY but Sundays, in the zone of `today`."""
    days = [(today + timedelta(days=n)).date() for n in range(FIRST_DAY, LAST_DAY + 1)]
    return [
        (person, datetime.combine(day, hour, today.tzinfo))
        for day in days
        if day.weekday() < 6
        for hour in HOURS
        for person in staff
    ]


def book(
    tenant: Tenant, cast: Cast, staff: Staff, start: datetime, now: datetime, dice: Random
) -> None:
    """One appointment; those to come are sometimes to be confirmed yet, and a few are cancelled."""
    coming = start > now
    waiting = coming and dice.random() < 0.2
    row = add_appointment(
        tenant,
        customer=dice.choice(cast.customers),
        service=dice.choice(cast.services),
        staff=staff,
        location=dice.choice(cast.locations) if cast.locations else None,
        starts_at=start,
        status=Status.PENDING if waiting else Status.APPROVED,
        now=min(now, start - timedelta(days=dice.randint(1, 4))),
    )
    if dice.random() < 0.06:
        cancel_appointment(tenant, row.pk, now=min(now, start - timedelta(hours=3)))
