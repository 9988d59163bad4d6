"""The one door through which a customer books by themselves. What is not free is not booked, ever.

Everything is asked again under the tenant's lock: whether bookings are taken, whether there is room, whether the
time is free by the same rules that offered it. The database has the last word all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from booking.availability import FreeTime, Wish, free_times
from booking.deposits import deposit_of
from booking.models import (
    Appointment,
    BookingRules,
    Location,
    Service,
    ServiceExtra,
    Source,
    Staff,
    Status,
)
from booking.page.offers import places_of
from booking.services import groups, history
from booking.services.appointment_fields import NewAppointment
from booking.services.appointments import fill_new, save_new
from booking.services.deposits.accounts import ways_to_pay
from booking.services.deposits.errands import KIND
from booking.services.guests import Guest, customer_for, note_of
from booking.services.resources import GONE, WrongChoice, allowed, require_choosable
from plans.entitlements import Entitlements
from saas.core.errors import Conflict
from tenants.models import Tenant
from tenants.services import errands

REMEMBERED = 24 * 3600
"""For how many seconds the same form sent again is known."""


class JustTaken(Conflict):
    """The time is not free, or not any more. Others may be."""

    def __init__(self) -> None:
        super().__init__(_("That time was just taken."))


@dataclass(frozen=True)
class Order:
    """What a customer asks for. Without `staff` it is anybody who is free; `quantities` by the extra's key."""

    service: Service
    starts_at: datetime
    staff: Staff | None = None
    location: Location | None = None
    extras: tuple[ServiceExtra, ...] = ()
    quantities: Mapping[int, int] | None = None
    people: int = 1


def book(tenant: Tenant, order: Order, guest: Guest, *, key: str, now: datetime) -> Appointment:
    """Book it; the same `key` again, the form sent twice, is the appointment that was made the first time.

    Waits for confirmation where the rules say so or a deposit is asked; where that can be paid online the time is kept
    so long as the rules say. Emits `appointment.created`, and
    `customer.created` for somebody new.
    Raises CapabilityMissing, LimitReached (of appointments or of customers), JustTaken; WrongChoice for what is
    not offered (any more). Whoever is refused is not left behind as a customer.
    """
    with (
        allowed(tenant, "booking_page.receive_appointments") as entitlements,
        history.by_customer(),
    ):
        entitlements.require("appointments")
        earlier = _made_with(tenant, key, order)
        if earlier is not None:
            return earlier
        entitlements.require_room("appointments")
        row = Appointment(
            starts_at=order.starts_at,
            source=Source.PAGE,
            language=guest.language,
            agreed_at=now if guest.agreed else None,
            created_at=now,
        )
        rules = BookingRules.load()
        chosen = _fill(tenant, entitlements, row, order, rules)
        row.deposit = deposit_of(row.service, entitlements, price=row.price)
        waits = rules.confirms_by_hand or row.deposit
        row.status = Status.PENDING if waits else Status.APPROVED
        if row.deposit and ways_to_pay(tenant):
            _hold(tenant, row, rules, now)
        row.customer = customer_for(tenant, entitlements, guest, now)
        row.note = note_of(guest, row.customer)
        _write(tenant, row, chosen)
        cache.set(_cache_key(tenant, key), row.pk, REMEMBERED)
    return row


def _hold(tenant: Tenant, row: Appointment, rules: BookingRules, now: datetime) -> None:
    """The time is kept for the deposit to be paid online; then somebody looks."""
    row.held_until = min(now + timedelta(minutes=rules.hold_minutes), row.starts_at)
    errands.look_by(tenant, KIND, row.held_until)


def _fill(
    tenant: Tenant,
    entitlements: Entitlements,
    row: Appointment,
    order: Order,
    rules: BookingRules,
) -> list[tuple[ServiceExtra, int]]:
    """The row with the first of the staff who is free then. Raises WrongChoice, JustTaken."""
    fresh = require_choosable(entitlements, "service", order.service)
    places = places_of(tenant, fresh)
    if places and order.location not in places:
        raise WrongChoice("location", GONE)
    quantities = dict(order.quantities or {})
    extras = [require_choosable(entitlements, "extras", extra) for extra in order.extras]
    extra_minutes = sum(one.minutes * quantities.get(one.pk, 1) for one in extras)
    free = free_at(
        tenant,
        Wish(
            service=fresh,
            first=order.starts_at.astimezone(ZoneInfo(tenant.time_zone)).date(),
            days=1,
            staff=order.staff,
            location=order.location,
            extra_minutes=extra_minutes,
            people=order.people,
        ),
        order.starts_at,
        row.created_at,
        rules,
    )
    if free is None:
        raise JustTaken
    fields: NewAppointment = {
        "service": fresh,
        "staff": order.staff or Staff.objects.get(pk=free.staff_ids[0]),
        "starts_at": order.starts_at,
        "location": order.location,
        "extras": extras,
        "quantities": quantities,
        "people": order.people,
    }
    return fill_new(entitlements, row, fields)


def free_at(
    tenant: Tenant, wish: Wish, starts_at: datetime, now: datetime, rules: BookingRules
) -> FreeTime | None:
    """What is offered at that very instant, by the rules of the page."""
    found = free_times(tenant, wish, now, rules)
    return next((one for one in found if one.starts_at == starts_at), None)


def _write(tenant: Tenant, row: Appointment, chosen: list[tuple[ServiceExtra, int]]) -> None:
    try:
        groups.take_place(row)
        save_new(tenant, row, chosen)
    except WrongChoice as error:
        if error.field == "time":
            raise JustTaken from error
        raise


def _cache_key(tenant: Tenant, key: str) -> str:
    return f"booked:{tenant.pk}:{sha256(key.encode()).hexdigest()}"


def _made_with(tenant: Tenant, key: str, order: Order) -> Appointment | None:
    """What the same form has made before, if it is there: it may have been rolled back after it was remembered."""
    pk = cache.get(_cache_key(tenant, key)) if key else None
    if pk is None:
        return None
    made = Appointment.objects.filter(pk=pk, source=Source.PAGE, service=order.service)
    return made.filter(starts_at=order.starts_at).first()
