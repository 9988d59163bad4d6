"""A time that was released, and whose deposit came all the same: taken again, if nobody else has it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from booking.availability import Wish
from booking.models import Appointment, BookingRules, Status
from booking.services import groups, history
from booking.services.appointments import staff_once
from booking.services.public_booking import free_at
from booking.services.resources import WrongChoice
from tenants.models import Tenant


def bring_back(tenant: Tenant, row: Appointment, now: datetime) -> bool:
    """The released `row` waits again at its time; False where that is over or taken. Under the tenant's lock.

    The shortest notice is not asked for: it was booked in time.
    """
    rules = BookingRules.load()
    rules.lead_minutes = 0
    if (
        row.starts_at <= now
        or free_at(tenant, _wish(tenant, row), row.starts_at, now, rules) is None
    ):
        return False
    row.status, row.cancelled_at, row.cancelled_why = Status.PENDING, None, ""
    row.held_until = None
    try:
        groups.take_place(row)
        with staff_once(row):
            row.save()
    except WrongChoice:
        row.refresh_from_db()
        return False
    history.noted(row, status=[str(Status.CANCELLED), str(row.status)])
    return True


def _wish(tenant: Tenant, row: Appointment) -> Wish:
    return Wish(
        service=row.service,
        first=row.starts_at.astimezone(ZoneInfo(tenant.time_zone)).date(),
        days=1,
        staff=row.staff,
        location=row.location,
        extra_minutes=row.minutes - row.service.minutes,
        people=row.people,
        ignoring=row.pk,
    )
