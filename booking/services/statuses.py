"""From one status of an appointment to the next, as FLOW allows it, and the deposit that has come."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, Status
from booking.selectors import find_row
from booking.services import history
from booking.services.appointments import cancel_appointment, follow, require_open
from booking.services.resources import WrongChoice, allowed
from saas.core.errors import Conflict
from saas.core.events import emit
from tenants.models import Tenant


def set_status(tenant: Tenant, pk: int, status: Status, *, now: datetime) -> Appointment:
    """Put it into `status`; nothing happens where it is so already. Emits `appointment.status_changed`.

    Raises CapabilityMissing, NotHere; Conflict for a cancelled one; WrongChoice for what does not follow, and for a
    no-show before the appointment has begun.
    """
    if status == Status.CANCELLED:
        return cancel_appointment(tenant, pk, now=now)
    with allowed(tenant, "appointments.edit"):
        row = find_row(Appointment, pk)
        require_open(row)
        if status == Status.NO_SHOW and row.starts_at > now:
            raise WrongChoice("status", _("Nobody can have missed it: it has not begun yet."))
        before = row.status
        follow(row, status)
        _write(tenant, row, before)
    return row


def receive_deposit(tenant: Tenant, pk: int, *, now: datetime) -> Appointment:
    """The deposit has come, which confirms an appointment that waited for it; nothing happens the second time.

    Raises CapabilityMissing, NotHere; Conflict for a cancelled one, where no deposit is asked, or while the customer
    is paying it online.
    """
    with allowed(tenant, "appointments.edit"):
        row = find_row(Appointment, pk)
        require_open(row)
        if not row.deposit:
            raise Conflict(_("No deposit is asked for this appointment."))
        if row.deposit_payments.pending().exists():
            raise Conflict(
                _(
                    "The customer is paying it online right now. It is noted by itself, or in a while by you."
                )
            )
        if row.deposit_paid_at is None:
            before, row.deposit_paid_at = row.status, now
            history.noted(row, deposit_paid_at=[None, now.isoformat()])
            if row.status == Status.PENDING:
                row.status = Status.APPROVED
            _write(tenant, row, before)
    return row


def _write(tenant: Tenant, row: Appointment, before: str) -> None:
    row.save(update_fields=["status", "deposit_paid_at", "held_until"])
    if row.status != before:
        history.noted(row, status=[str(before), str(row.status)])
        about = {"tenant_id": tenant.pk, "appointment_id": row.pk}
        emit("appointment.status_changed", **about, before=before)
