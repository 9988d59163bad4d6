"""Who is served by whom, when. The database itself refuses to book anybody twice at a time."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models.base import MAX_PRICE, Counted, duration_text
from booking.models.people import Customer, Location, Staff
from booking.models.services import Service, ServiceExtra

STAFF_ONCE = "appointment_staff_once"


class Status(models.TextChoices):
    PENDING = "pending", _("To confirm")
    APPROVED = "approved", _("Confirmed")
    CANCELLED = "cancelled", _("Cancelled")


@dataclass(frozen=True)
class State:
    """How a status is shown, and which ones may follow it."""

    level: str
    next: frozenset[Status]


FLOW = {
    Status.PENDING: State("warn", frozenset({Status.APPROVED, Status.CANCELLED})),
    Status.APPROVED: State("ok", frozenset({Status.PENDING, Status.CANCELLED})),
    Status.CANCELLED: State("none", frozenset()),
}


def one_of(field: str) -> Func:
    """A number as the range that holds it alone: an exclusion by ranges needs no extension."""
    return Func(
        F(field), F(field), Value("[]"), function="int8range", output_field=BigIntegerRangeField()
    )


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def booked_within(self, start: datetime, end: datetime) -> "AppointmentQuerySet":
        """Made from `start` until before `end`, whenever they take place; cancelled ones too."""
        return self.filter(created_at__gte=start, created_at__lt=end)

    def with_all(self) -> "AppointmentQuerySet":
        """With everything that a line of the list names. No query for each."""
        return self.select_related("customer", "service", "staff", "location")


class Appointment(Counted):
    """A customer's service by one of the staff, from `starts_at` until before `ends_at` (UTC).

    Price and length are those of the day it was booked, the extras' included. No plan ever pauses or deletes one.
    """

    module = "appointments"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="appointments")
    service = models.ForeignKey(Service, models.PROTECT, related_name="appointments")
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="appointments")
    location = models.ForeignKey(
        Location, models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    extras = models.ManyToManyField(ServiceExtra, blank=True, related_name="appointments")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.APPROVED)
    price = models.BigIntegerField(default=0)
    note = models.TextField(blank=True, max_length=2000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["starts_at"], name="appointment_by_start"),
            models.Index(fields=["created_at"], name="appointment_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                name="appointment_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="appointment_price_in_range", condition=Q(price__range=(0, MAX_PRICE))
            ),
            models.CheckConstraint(
                name="appointment_status_known", condition=Q(status__in=Status.values)
            ),
            models.CheckConstraint(
                name="appointment_cancelled_has_time",
                condition=Q(status=Status.CANCELLED, cancelled_at__isnull=False)
                | (~Q(status=Status.CANCELLED) & Q(cancelled_at__isnull=True)),
            ),
            ExclusionConstraint(
                name=STAFF_ONCE,
                expressions=[
                    (one_of("staff"), RangeOperators.OVERLAPS),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=~Q(status=Status.CANCELLED),
            ),
        ]

    def __str__(self) -> str:
        return str(self.customer)

    @property
    def is_cancelled(self) -> bool:
        return self.status == Status.CANCELLED

    @property
    def level(self) -> str:
        """The colour of its status."""
        return FLOW[Status(self.status)].level

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def duration(self) -> str:
        return duration_text(self.minutes)
