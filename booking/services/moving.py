"""Dragging an appointment to another time or to somebody else, together with all who share its time."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, Staff, Status
from booking.selectors import find_row
from booking.services import history
from booking.services.appointments import change, require_open, staff_once
from booking.services.resources import allowed, require_choosable
from plans.entitlements import Entitlements
from saas.core.errors import Conflict
from saas.core.events import emit
from tenants.models import Tenant


def version_of(row: Appointment) -> str:
    """Another text whenever it is at another time, with somebody else, or in another status."""
    times = f"{row.starts_at.timestamp():.0f}-{row.ends_at.timestamp():.0f}"
    return f"{times}-{row.staff_id}-{row.status}"


def move_appointment(
    tenant: Tenant, pk: int, *, starts_at: datetime, staff: Staff | None = None, seen: str
) -> Appointment:
    """Move it, and those who join it, to `starts_at` (UTC) and to `staff`; None leaves whoever serves.

    `seen` is the version that was on the screen. Emits `appointment.rescheduled` for each.
    Raises CapabilityMissing, NotHere, WrongChoice (taken, or not to be chosen); Conflict for a cancelled one, one that
    joins another, and one that somebody else has changed since it was seen.
    """
    with allowed(tenant, "appointments.edit") as entitlements:
        row = find_row(Appointment, pk)
        require_open(row)
        if row.joins_id or version_of(row) != seen:
            raise Conflict(_("Somebody else has just changed it. Here is how it stands now."))
        others = list(row.joined.exclude(status=Status.CANCELLED).order_by("pk"))
        to = staff or row.staff
        if (row.starts_at, row.staff_id) == (starts_at, to.pk):
            return row
        if others:
            _move_group(tenant, entitlements, [row, *others], starts_at, to)
        else:
            change(tenant, entitlements, row, {"starts_at": starts_at, "staff": to})
    return row


def _move_group(
    tenant: Tenant, entitlements: Entitlements, rows: list[Appointment], at: datetime, to: Staff
) -> None:
    """They stay together. The first of `rows` holds the time, so the database judges by it alone."""
    holder, told = rows[0], [history.facts(row) for row in rows]
    staff = require_choosable(entitlements, "staff", to, kept={holder.staff_id})
    holder.starts_at, minutes = at, holder.minutes
    holder.end_after(minutes)
    for row in rows:
        row.staff = staff
        row.starts_at, row.ends_at = holder.starts_at, holder.ends_at
        row.busy_from, row.busy_until = holder.busy_from, holder.busy_until
    with staff_once(holder):
        Appointment.objects.bulk_update(
            rows, ["staff", "starts_at", "ends_at", "busy_from", "busy_until"]
        )
    for row, before in zip(rows, told, strict=True):
        history.changed(row, before)
        emit("appointment.rescheduled", tenant_id=tenant.pk, appointment_id=row.pk)
