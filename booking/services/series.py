"""Appointments that repeat: booked all or none, and changed or cancelled from one of them on.

Each is an appointment of its own, which counts against the month like every other. They share one `series`, and
stand at the same time on the wall clock, summer and winter.
"""

import uuid
from calendar import monthrange
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Unpack
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from booking.models import FLOW, Appointment, AppointmentQuerySet, Customer, Status
from booking.selectors import find_row
from booking.services.appointment_fields import AppointmentFields, NewAppointment
from booking.services.appointments import (
    cancel,
    change,
    require_cancellable,
    require_open,
    write_new,
)
from booking.services.resources import WrongChoice, allowed
from booking.services.seen import require_seen
from booking.wall_clock import instant_of, wall_of
from plans.entitlements import Entitlements, LimitReached
from saas.core.errors import Sentence
from tenants.models import Tenant

MOST = 52
"""How many appointments a series has, at most."""
FURTHEST = timedelta(days=2 * 366)
WEEKS, MONTHS = "weeks", "months"
CANCELLABLE = [status for status, state in FLOW.items() if Status.CANCELLED in state.next]
SKIPPED = _("The clocks are put forward at that time.")


@dataclass(frozen=True)
class Repeats:
    """Every so many weeks or months; `count` appointments in all, or until `until` (included), whichever is first.

    On the 31st means on the last day of a shorter month.
    """

    unit: str
    every: int = 1
    count: int | None = None
    until: date | None = None

    def days(self, first: date) -> list[date]:
        """The dates from `first` on, one more than MOST at most."""
        found: list[date] = []
        while len(found) < min(self.count or MOST + 1, MOST + 1):
            day = self._after(first, len(found) * self.every)
            if self.until and day > self.until:
                break
            found.append(day)
        return found

    def _after(self, first: date, steps: int) -> date:
        if self.unit == WEEKS:
            return first + timedelta(weeks=steps)
        years, month = divmod(first.month - 1 + steps, 12)
        last = monthrange(first.year + years, month + 1)[1]
        return date(first.year + years, month + 1, min(first.day, last))


class DatesRefused(WrongChoice):
    """Some dates of a series cannot be had: `refused` are those, each with its reason; nothing was written."""

    def __init__(self, refused: list[tuple[date, Sentence]], total: int) -> None:
        text = ngettext_lazy(
            "One of the %(total)s dates cannot be had. Nothing is saved yet.",
            "%(count)s of the %(total)s dates cannot be had. Nothing is saved yet.",
            len(refused),
        )
        super().__init__("repeats", text % {"count": len(refused), "total": total})
        self.refused, self.total = refused, total


def add_series(
    tenant: Tenant,
    *,
    customer: Customer | str,
    now: datetime,
    repeats: Repeats,
    without: Collection[date] = (),
    **fields: Unpack[NewAppointment],
) -> list[Appointment]:
    """Book all of them, but for the dates of `without`, or none.

    Emits `appointment.created` for the first: nobody wants fifty confirmations at once. For the others it is
    `appointment.repeated`, which nothing but their reminders follows.
    Raises DatesRefused, and what add_appointment raises; LimitReached before anything is written.
    """
    zone = ZoneInfo(tenant.time_zone)
    first = wall_of(fields["starts_at"], zone)
    days = [day for day in _days(repeats, first, now) if day not in without]
    if not days:
        raise WrongChoice("repeats", _("No date is left to book."))
    key = uuid.uuid4()
    with allowed(tenant, "appointments.add") as entitlements:
        _require_room(entitlements, len(days))
        judge = _Judge(len(days))
        rows: list[Appointment] = []
        for day in days:
            with judge.of(day):
                fields["starts_at"] = _at(datetime.combine(day, first.time()), zone)
                row = Appointment(created_at=now, series=key)
                event = "appointment.repeated" if rows else "appointment.created"
                write_new(tenant, entitlements, row, fields, customer, event=event)
                customer = row.customer
                rows.append(row)
        judge.decide()
    return rows


def following(row: Appointment) -> AppointmentQuerySet:
    """`row` and those after it in its series that still stand, soonest first."""
    rows = Appointment.objects.filter(series=row.series, starts_at__gte=row.starts_at)
    return rows.exclude(status=Status.CANCELLED).order_by("starts_at", "pk")


def edit_following(
    tenant: Tenant, pk: int, *, seen: str | None = None, **changes: Unpack[AppointmentFields]
) -> list[Appointment]:
    """Write `changes` to it and to all that follow in its series, or to none.

    Another time moves each by as much on the wall clock. Raises DatesRefused, and what edit_appointment raises.
    """
    zone = ZoneInfo(tenant.time_zone)
    with allowed(tenant, "appointments.edit") as entitlements:
        row = find_row(Appointment, pk)
        require_open(row)
        require_seen(row, seen)
        start = changes.get("starts_at", row.starts_at)
        shift = wall_of(start, zone) - wall_of(row.starts_at, zone)
        rows = list(following(row)) if row.series else [row]
        judge = _Judge(len(rows))
        # Those that go forward make room for the ones behind them.
        for one in reversed(rows) if shift > timedelta(0) else rows:
            wall = wall_of(one.starts_at, zone) + shift
            with judge.of(wall.date()):
                changes["starts_at"] = _at(wall, zone)
                change(tenant, entitlements, one, changes)
        judge.decide()
    return rows


def cancel_following(tenant: Tenant, pk: int, *, now: datetime) -> list[Appointment]:
    """Cancel it and all that follow in its series, but for those that have taken place.

    Raises CapabilityMissing, NotHere; Conflict where it cannot be cancelled itself.
    """
    with allowed(tenant, "appointments.cancel"):
        row = find_row(Appointment, pk)
        require_cancellable(row)
        rows = list(following(row).filter(status__in=CANCELLABLE)) if row.series else [row]
        for one in rows:
            cancel(tenant, one, now=now)
    return rows


class _Judge:
    """Tries one date after the other, and remembers which cannot be had."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.refused: list[tuple[date, Sentence]] = []

    @contextmanager
    def of(self, day: date) -> Iterator[None]:
        try:
            with transaction.atomic():
                yield
        except WrongChoice as error:
            if error.field != "time":
                raise  # wrong for every date alike
            self.refused.append((day, error.message))

    def decide(self) -> None:
        if self.refused:
            raise DatesRefused(sorted(self.refused, key=lambda one: one[0]), self.total)


def _days(repeats: Repeats, first: datetime, now: datetime) -> list[date]:
    days = repeats.days(first.date())
    if len(days) > MOST:
        raise WrongChoice("repeats", _("A series has at most 52 appointments."))
    if days and days[-1] - now.date() > FURTHEST:
        raise WrongChoice("repeats", _("The last one must be less than two years away."))
    if len(days) < 2:
        raise WrongChoice("repeats", _("That is not more than one appointment."))
    return days


def _at(wall: datetime, zone: ZoneInfo) -> datetime:
    instant = instant_of(wall, zone)
    if instant is None:
        raise WrongChoice("time", SKIPPED)
    return instant


def _require_room(entitlements: Entitlements, count: int) -> None:
    line = entitlements.usage_of("appointments")
    if not line.unlimited and line.used + count > line.ceiling:
        raise LimitReached(line.limit, line.used, line.ceiling)
