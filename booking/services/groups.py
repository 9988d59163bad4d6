"""Appointments that share one time, where a service takes several people at once.

One of them holds the time, the others join it. Everything here happens under the tenant's lock, so the count of
people is still right when the row is written; that nobody is booked twice is the database's affair all the same.
"""

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from booking.models import Appointment, AppointmentQuerySet, Status
from booking.services.resources import WrongChoice
from saas.core.errors import Sentence


def take_place(row: Appointment) -> None:
    """Let `row`, not written yet at its time, join those who are served together then, if there are any.

    Raises WrongChoice when they would be more people than the service takes at once.
    """
    capacity = row.service.capacity
    if row.people > capacity:
        raise WrongChoice("people", _at_most(capacity))
    row.joins = None
    if capacity == 1:
        return
    holder = _same_time(row).filter(joins__isnull=True).first()
    if holder is None:
        return
    taken = _same_time(row).aggregate(people=Sum("people"))["people"]
    if taken + row.people > capacity:
        raise WrongChoice("time", _left(capacity - taken))
    row.joins = holder
    # The others' share of the staff's time, so that whoever holds it later asks for no more of it.
    row.busy_from, row.busy_until = holder.busy_from, holder.busy_until


def leave_place(row: Appointment) -> None:
    """Let `row` leave the others, because it is moved or cancelled. Whoever joined first holds the time now.

    `row` itself must be written afterwards: it does not join anybody any more.
    """
    row.joins = None
    if row.pk is None:
        return
    others = list(Appointment.objects.filter(joins_id=row.pk).order_by("pk"))
    if not others:
        return
    first = next((one for one in others if not one.is_cancelled), others[0])
    # Off the time first: two that hold the same time are what the database refuses.
    Appointment.objects.filter(pk=row.pk).update(joins=first)
    Appointment.objects.filter(pk=first.pk).update(joins=None)
    Appointment.objects.filter(joins_id=row.pk).update(joins=first)


def _same_time(row: Appointment) -> AppointmentQuerySet:
    same = Appointment.objects.filter(
        service_id=row.service_id,
        staff_id=row.staff_id,
        location=row.location,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
    )
    return same.exclude(status=Status.CANCELLED).exclude(pk=row.pk)


def _at_most(capacity: int) -> Sentence:
    return ngettext_lazy(
        "This can be booked for one person at a time.",
        "This can be booked for at most %(count)s people at a time.",
        capacity,
    ) % {"count": capacity}


def _left(places: int) -> Sentence:
    if places < 1:
        return _("All places are taken at that time.")
    return ngettext_lazy(
        "Only one place is left at that time.",
        "Only %(count)s places are left at that time.",
        places,
    ) % {"count": places}
