"""What a customer may do with their own appointment, by its private link and within the rules."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from booking.availability import Wish
from booking.models import Appointment, BookingRules, RefundReason, Status
from booking.selectors import find_row
from booking.services import groups, history
from booking.services.appointments import cancel, require_open, staff_once
from booking.services.deposits import going_back
from booking.services.public_booking import JustTaken, free_at
from booking.services.resources import WrongChoice, locked
from saas.core.errors import Conflict
from saas.core.events import emit
from tenants.models import Tenant

CHANGEABLE = frozenset({Status.PENDING, Status.APPROVED, Status.PAID})


class TooLate(Conflict):
    """The rules let the customer do this no more, or not at all."""

    def __init__(self) -> None:
        super().__init__(_("This appointment cannot be changed online any more."))


def changeable_until(row: Appointment, rules: BookingRules) -> datetime:
    return row.starts_at - timedelta(minutes=rules.change_until_minutes)


def may_change(row: Appointment, rules: BookingRules, now: datetime) -> bool:
    """Whether it lies far enough ahead, and nothing has become of it yet."""
    in_time = now <= changeable_until(row, rules) and now < row.starts_at
    return in_time and row.status in CHANGEABLE


def wish_to_move(row: Appointment, *, first_day: datetime, days: int, zone: ZoneInfo) -> Wish:
    """The same again at another time: with the same person, at the same place, as long as it was booked."""
    return Wish(
        service=row.service,
        first=first_day.astimezone(zone).date(),
        days=days,
        staff=row.staff,
        location=row.location,
        extra_minutes=row.minutes - row.service.minutes,
        people=row.people,
        ignoring=row.pk,
    )


def cancel_by_customer(tenant: Tenant, pk: int, *, now: datetime) -> Appointment:
    """Cancel it for good; nothing happens where it is so already. Emits `appointment.status_changed`.

    A deposit that was paid online goes back by itself, where the rules say so. Raises NotHere, TooLate.
    """
    with locked(tenant), history.by_customer():
        row, rules = find_row(Appointment, pk), BookingRules.load()
        if row.is_cancelled:
            return row
        if not (rules.may_cancel and may_change(row, rules, now)):
            raise TooLate
        cancel(tenant, row, now=now)
        if rules.deposit_back:
            _give_deposit_back(tenant, row, now)
    return row


def _give_deposit_back(tenant: Tenant, row: Appointment, now: datetime) -> None:
    """What was paid online goes back by itself, soon after the commit."""
    for payment in row.deposit_payments.filter(fulfilled_at__isnull=False):
        going_back.wish(tenant, payment, payment.left, RefundReason.IN_TIME, now=now)


def move_by_customer(tenant: Tenant, pk: int, starts_at: datetime, *, now: datetime) -> Appointment:
    """Move it to a time that the page would offer; it waits again where each booking is confirmed by hand.

    Emits `appointment.rescheduled`, and `appointment.status_changed` where it waits again. Nothing happens where it
    is at that time already. Raises NotHere, TooLate, JustTaken; Conflict for a cancelled one.
    """
    with locked(tenant), history.by_customer():
        row, rules = find_row(Appointment, pk), BookingRules.load()
        require_open(row)
        if row.starts_at == starts_at:
            return row
        if not (rules.may_move and may_change(row, rules, now)):
            raise TooLate
        wish = wish_to_move(row, first_day=starts_at, days=1, zone=ZoneInfo(tenant.time_zone))
        if free_at(tenant, wish, starts_at, now, rules) is None:
            raise JustTaken
        before, minutes, told = row.status, row.minutes, history.facts(row)
        row.starts_at = starts_at
        row.end_after(minutes)
        if rules.confirms_by_hand and row.status == Status.APPROVED:
            row.status = Status.PENDING
        _write_moved(row)
        history.changed(row, told)
        about = {"tenant_id": tenant.pk, "appointment_id": row.pk}
        emit("appointment.rescheduled", **about)
        if row.status != before:
            emit("appointment.status_changed", **about, before=before)
    return row


def _write_moved(row: Appointment) -> None:
    groups.leave_place(row)
    try:
        groups.take_place(row)
        with staff_once(row):
            row.save(
                update_fields=["starts_at", "ends_at", "busy_from", "busy_until", "joins", "status"]
            )
    except WrongChoice as error:
        raise JustTaken from error
