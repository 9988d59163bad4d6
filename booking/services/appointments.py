"""Booking, moving and cancelling. Nobody of the staff is ever booked twice at a time: the database sees to it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from booking.models import (
    FLOW,
    LONGEST,
    MAX_PRICE,
    STAFF_ONCE,
    Appointment,
    Customer,
    ServiceExtra,
    Status,
)
from booking.selectors import find_row
from booking.services import groups, history
from booking.services.appointment_extras import quantities_of, write_extras
from booking.services.appointment_fields import AppointmentFields, NewAppointment
from booking.services.customers import add_customer
from booking.services.resources import (
    GONE,
    WrongChoice,
    allowed,
    require_choosable,
    require_present,
)
from booking.services.seen import require_seen
from plans.entitlements import Entitlements
from saas.core.errors import Conflict
from saas.core.events import emit
from tenants.models import Tenant


def add_appointment(
    tenant: Tenant,
    *,
    customer: Customer | str,
    now: datetime,
    **fields: Unpack[NewAppointment],
) -> Appointment:
    """Book a service; a name as `customer` is somebody new, added with it or not at all.

    Price and length are those of the service, for `people` persons, and of its extras at this moment; `quantities`
    are by the key of an extra, 1 where it has none. A service that takes several people at once can be booked more
    often at one time, until it is full. Emits `appointment.created`.
    Raises CapabilityMissing, LimitReached (of appointments or of customers), WrongChoice naming the field.
    """
    with allowed(tenant, "appointments.add") as entitlements:
        entitlements.require_room("appointments")
        return write_new(tenant, entitlements, Appointment(created_at=now), fields, customer)


def write_new(
    tenant: Tenant,
    entitlements: Entitlements,
    row: Appointment,
    fields: NewAppointment,
    customer: Customer | str,
    *,
    event: str = "appointment.created",
) -> Appointment:
    """Book the unsaved `row` with `fields`, under the lock and with room already asked for; emits `event`.

    Raises WrongChoice.
    """
    row.starts_at, row.note = fields["starts_at"], fields.get("note", "")
    follow(row, fields.get("status", row.status))
    chosen = fill_new(entitlements, row, fields)
    groups.take_place(row)
    if isinstance(customer, str):
        customer = add_customer(tenant, name=customer)
    row.customer = customer
    require_present(row, ["customer"])
    save_new(tenant, row, chosen, event=event)
    return row


def fill_new(
    entitlements: Entitlements, row: Appointment, fields: NewAppointment
) -> list[tuple[ServiceExtra, int]]:
    """Let `row`, not written yet, be made with what `fields` choose: its price and end, and its extras, returned.

    Under the tenant's lock. Raises WrongChoice.
    """
    _choose(entitlements, row, fields, set())
    added = _choose_extras(entitlements, row, fields.get("extras", ()), set())
    row.people = fields.get("people", 1)
    chosen = quantities_of(added, fields.get("quantities", {}))
    _measure(row, chosen)
    return chosen


def save_new(
    tenant: Tenant,
    row: Appointment,
    chosen: list[tuple[ServiceExtra, int]],
    *,
    event: str = "appointment.created",
) -> None:
    """Write what `fill_new` has filled; emits `event`. Raises WrongChoice where the time is taken."""
    with staff_once(row):
        row.save(force_insert=True)
    write_extras(row, chosen)
    history.booked(row)
    emit(event, tenant_id=tenant.pk, appointment_id=row.pk)


def edit_appointment(
    tenant: Tenant, pk: int, *, seen: str | None = None, **changes: Unpack[AppointmentFields]
) -> Appointment:
    """Write what is given, leave the rest. What it is made with may stay though it is paused or off by now.

    Another service or other extras bring their price and length; else both stay as they were booked. Emits
    `appointment.rescheduled` for another time or another of the staff, `appointment.length_changed` where only its end
    is another, `appointment.status_changed` for another status.
    `seen` is what its form showed. Raises CapabilityMissing, NotHere, WrongChoice; Conflict for a cancelled one;
    ChangedMeanwhile.
    """
    with allowed(tenant, "appointments.edit") as entitlements:
        row = find_row(Appointment, pk)
        require_open(row)
        require_seen(row, seen)
        change(tenant, entitlements, row, changes)
    return row


def change(
    tenant: Tenant, entitlements: Entitlements, row: Appointment, changes: AppointmentFields
) -> None:
    """Write `changes` to the open `row`, under the lock. Raises WrongChoice; emits what edit_appointment says."""
    before, told = _Before(row), history.facts(row)
    follow(row, changes.get("status", row.status))
    row.people = changes.get("people", row.people)
    row.starts_at = changes.get("starts_at", row.starts_at)
    row.note = changes.get("note", row.note)
    kept = {(name, getattr(row, f"{name}_id")) for name in CHOICES}
    _choose(entitlements, row, changes, kept)
    same_service = row.service_id == before.service_id
    asked = changes.get("extras", list(row.extras.all()) if same_service else [])
    added = _choose_extras(entitlements, row, asked, set(before.extras))
    chosen = quantities_of(added, changes.get("quantities", before.extras))
    wanted = {extra.pk: quantity for extra, quantity in chosen}
    measured = (row.people, wanted) != (before.people, before.extras) or not same_service
    moved = (row.starts_at, row.staff_id) != before.time
    if measured:
        _measure(row, chosen)
    elif moved or row.location_id != before.location_id:
        row.end_after(before.minutes)
    if measured or moved or row.location_id != before.location_id:
        groups.leave_place(row)
        groups.take_place(row)
    with staff_once(row):
        row.save()
    write_extras(row, chosen)
    history.changed(row, told)
    about = {"tenant_id": tenant.pk, "appointment_id": row.pk}
    if moved:
        emit("appointment.rescheduled", **about)
    elif row.ends_at != before.ends_at:
        emit("appointment.length_changed", **about)
    if row.status != before.status:
        emit("appointment.status_changed", **about, before=before.status)


class _Before:
    """What an appointment was before it was changed, as far as a change is told by it."""

    def __init__(self, row: Appointment) -> None:
        self.status, self.people, self.minutes = row.status, row.people, row.minutes
        self.time, self.ends_at = (row.starts_at, row.staff_id), row.ends_at
        self.service_id, self.location_id = row.service_id, row.location_id
        self.extras = dict(row.chosen_extras.values_list("serviceextra_id", "quantity"))


def cancel_appointment(tenant: Tenant, pk: int, *, now: datetime) -> Appointment:
    """Cancel it for good, which frees the time; nothing happens where it is so already. Emits
    `appointment.status_changed`.

    Raises CapabilityMissing, NotHere; Conflict for one that has taken place.
    """
    with allowed(tenant, "appointments.cancel"):
        row = find_row(Appointment, pk)
        cancel(tenant, row, now=now)
    return row


def cancel(tenant: Tenant, row: Appointment, *, now: datetime) -> None:
    """Cancel `row`, under the lock, unless it is so already. Raises Conflict where the flow does not lead there."""
    if row.is_cancelled:
        return
    require_cancellable(row)
    before, row.status, row.cancelled_at = row.status, Status.CANCELLED, now
    groups.leave_place(row)
    row.save(update_fields=["status", "cancelled_at", "joins"])
    history.noted(row, status=[str(before), str(row.status)])
    about = {"tenant_id": tenant.pk, "appointment_id": row.pk}
    emit("appointment.status_changed", **about, before=before)


def require_open(row: Appointment) -> None:
    """Return when `row` can still be changed. Raises Conflict."""
    if row.is_cancelled:
        raise Conflict(_("This appointment is cancelled and cannot be changed any more."))


def require_cancellable(row: Appointment) -> None:
    """Return when `row` can be cancelled. Raises Conflict."""
    require_open(row)
    if Status.CANCELLED not in FLOW[Status(row.status)].next:
        text = _(
            "This appointment is “%(status)s” and cannot be cancelled. Put it back to confirmed first."
        )
        raise Conflict(text % {"status": row.get_status_display()})


@contextmanager
def staff_once(row: Appointment) -> Iterator[None]:
    """Around the write of `row`: a booking that overlaps becomes WrongChoice, and nothing is lost with it."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if diagnosis is None or diagnosis.constraint_name != STAFF_ONCE:
            raise
        raise WrongChoice(
            "time", _("%(name)s is taken at that time.") % {"name": row.staff}
        ) from error


CHOICES = ("service", "staff", "location")


def _choose(
    entitlements: Entitlements,
    row: Appointment,
    chosen: Mapping[str, Any],
    kept: set[tuple[str, int]],
) -> None:
    for field in CHOICES:
        if field not in chosen:
            continue
        choice = chosen[field]
        keys = {pk for name, pk in kept if name == field}
        fresh = choice and require_choosable(entitlements, field, choice, kept=keys)
        setattr(row, field, fresh)


def _choose_extras(
    entitlements: Entitlements, row: Appointment, extras: Iterable[ServiceExtra], kept: set[int]
) -> list[ServiceExtra]:
    """The extras as they are now. Raises WrongChoice for one of another service, too."""
    fresh = [require_choosable(entitlements, "extras", extra, kept=kept) for extra in extras]
    if any(extra.service_id != row.service_id for extra in fresh):
        raise WrongChoice("extras", GONE)
    return fresh


def _measure(row: Appointment, chosen: list[tuple[ServiceExtra, int]]) -> None:
    """Price and end, from the service and the extras as they are now. Raises WrongChoice beyond all measure."""
    minutes = row.service.minutes + sum(extra.minutes * times for extra, times in chosen)
    row.price = row.service.price * row.people + sum(extra.price * times for extra, times in chosen)
    if minutes > LONGEST:
        raise WrongChoice("extras", _("Together that takes longer than 24 hours."))
    if row.price > MAX_PRICE:
        raise WrongChoice("extras", _("Together that costs more than can be written down."))
    row.deposit = min(row.deposit, row.price)
    row.end_after(minutes)


def follow(row: Appointment, status: str) -> None:
    """Put `status` where the flow allows it. Raises WrongChoice; cancelling has a door of its own."""
    if status == row.status:
        return
    if status == Status.CANCELLED or status not in FLOW[Status(row.status)].next:
        raise WrongChoice("status", _("Choose another status."))
    row.status = status
    row.held_until = None  # somebody has decided about it: it is not released by itself any more
