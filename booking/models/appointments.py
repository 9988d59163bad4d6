"""Who is served by whom, when. The database itself refuses to book anybody twice at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.models.base import MAX_PRICE, Counted, duration_text
from booking.models.people import Customer, Location, Staff
from booking.models.services import MOST_OF_ONE, MOST_PEOPLE, Service, ServiceExtra

STAFF_ONCE = "appointment_staff_once"


class Status(models.TextChoices):
    PENDING = "pending", _("To confirm")
    APPROVED = "approved", _("Confirmed")
    PAID = "paid", _("Paid")
    COMPLETED = "completed", _("Completed")
    NO_SHOW = "no_show", _("No-show")
    CANCELLED = "cancelled", _("Cancelled")


STATUS_WORDS = dict(Status.choices)


@dataclass(frozen=True)
class State:
    """How a status is shown, and which ones may follow it."""

    level: str
    next: frozenset[Status]
    counts_as_visit: bool = False
    """The customer came: reports count its price as revenue."""


def _then(*following: Status) -> frozenset[Status]:
    return frozenset(following)


FLOW = {
    Status.PENDING: State("warn", _then(Status.APPROVED, Status.PAID, Status.CANCELLED)),
    Status.APPROVED: State(
        "ok",
        _then(Status.PENDING, Status.PAID, Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED),
    ),
    Status.PAID: State(
        "ok",
        _then(Status.APPROVED, Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED),
        counts_as_visit=True,
    ),
    Status.COMPLETED: State(
        "info", _then(Status.APPROVED, Status.PAID, Status.NO_SHOW), counts_as_visit=True
    ),
    Status.NO_SHOW: State("bad", _then(Status.APPROVED, Status.COMPLETED, Status.CANCELLED)),
    Status.CANCELLED: State("none", _then()),
}
"""The whole flow: what may follow what. A cancelled appointment stays cancelled, for its time may be taken again."""

VISITED = tuple(status for status, state in FLOW.items() if state.counts_as_visit)


UNPAID = "unpaid"
"""Why an appointment was cancelled by itself: its deposit had not come when its time was held no longer."""


class Source(models.TextChoices):
    """Where an appointment was booked."""

    PANEL = "panel", _("By the team")
    PAGE = "page", _("On the booking page")


def one_of(field: str) -> Func:
    """A number as the range that holds it alone: an exclusion by ranges needs no extension."""
    return Func(
        F(field), F(field), Value("[]"), function="int8range", output_field=BigIntegerRangeField()
    )


LINE = (
    *("starts_at", "ends_at", "status", "people", "price", "note"),
    *("customer__name", "location__name"),
    *("service__name", "service__color", "service__capacity"),
    *("staff__name", "staff__color", "staff__user"),
)
"""What the lines of lists and the blocks of the calendar show."""


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def booked_within(self, start: datetime, end: datetime) -> "AppointmentQuerySet":
        """Made from `start` until before `end`, whenever they take place; cancelled ones too."""
        return self.filter(created_at__gte=start, created_at__lt=end)

    def with_all(self) -> "AppointmentQuerySet":
        """With everything that a line of the list names. No query for each."""
        return self.select_related("customer", "service", "staff", "location")

    def for_lines(self) -> "AppointmentQuerySet":
        """With what one line says of each, in a list or in the calendar, and no other column of the five tables."""
        return self.with_all().only(*LINE)


class Appointment(Counted):
    """A customer's service by one of the staff, from `starts_at` until before `ends_at` (UTC).

    `busy_from` until before `busy_until` is what it takes of the staff's time: the same, with the service's buffers.
    Price and length are those of the day it was booked, the extras' included, for `people` persons.
    One that `joins` another shares its time: a group has one appointment that holds the time, and those that join it.
    `deposit` is what was asked for in advance, in minor units; until `held_until` the time is kept for it to be paid
    online. `cancelled_why` is empty where a person cancelled. No plan ever pauses or deletes an appointment.
    """

    module = "appointments"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="appointments")
    service = models.ForeignKey(Service, models.PROTECT, related_name="appointments")
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="appointments")
    location = models.ForeignKey(
        Location, models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    extras = models.ManyToManyField(
        ServiceExtra, blank=True, related_name="appointments", through="AppointmentExtra"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    busy_from = models.DateTimeField(editable=False)
    busy_until = models.DateTimeField(editable=False)
    people = models.PositiveSmallIntegerField(_("People"), default=1)
    joins = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="joined", editable=False
    )
    series = models.UUIDField(null=True, blank=True, editable=False)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.APPROVED)
    price = models.BigIntegerField(default=0)
    note = models.TextField(blank=True, max_length=2000)
    deposit = models.BigIntegerField(default=0)
    deposit_paid_at = models.DateTimeField(null=True, blank=True, editable=False)
    held_until = models.DateTimeField(null=True, blank=True, editable=False)
    source = models.CharField(max_length=5, choices=Source.choices, default=Source.PANEL)
    language = models.CharField(max_length=8, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_why = models.CharField(max_length=8, blank=True, editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["starts_at"], name="appointment_by_start"),
            models.Index(fields=["created_at"], name="appointment_by_age"),
            models.Index(fields=["customer", "-starts_at"], name="appointment_by_customer"),
            models.Index(
                fields=["series"],
                name="appointment_by_series",
                condition=Q(series__isnull=False),
            ),
            models.Index(
                fields=["held_until"],
                name="appointment_held",
                condition=Q(held_until__isnull=False, status=Status.PENDING),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="appointment_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="appointment_busy_around_it",
                condition=Q(busy_from__lte=F("starts_at"), busy_until__gte=F("ends_at")),
            ),
            models.CheckConstraint(
                name="appointment_people_in_range", condition=Q(people__range=(1, MOST_PEOPLE))
            ),
            models.CheckConstraint(
                name="appointment_deposit_in_range",
                condition=Q(deposit__gte=0, deposit__lte=F("price")),
            ),
            models.CheckConstraint(
                name="appointment_source_known", condition=Q(source__in=Source.values)
            ),
            models.CheckConstraint(
                name="appointment_joins_another",
                condition=Q(joins__isnull=True) | ~Q(joins=F("id")),
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
            models.CheckConstraint(
                name="appointment_cancelled_why_known",
                condition=Q(cancelled_why="") | Q(cancelled_why=UNPAID, status=Status.CANCELLED),
            ),
            ExclusionConstraint(
                name=STAFF_ONCE,
                expressions=[
                    (one_of("staff"), RangeOperators.OVERLAPS),
                    (
                        Func(
                            F("busy_from"),
                            F("busy_until"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=~Q(status=Status.CANCELLED) & Q(joins__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return str(self.customer)

    @property
    def is_cancelled(self) -> bool:
        return self.status == Status.CANCELLED

    @property
    def was_released(self) -> bool:
        """Whether it was cancelled by itself, for want of its deposit."""
        return self.cancelled_why == UNPAID

    @property
    def level(self) -> str:
        """The colour of its status."""
        return FLOW[Status(self.status)].level

    def get_status_display(self) -> str:  # type: ignore[no-redef]
        """What Django's own says, which goes through all choices anew for each row of a list."""
        return str(STATUS_WORDS[self.status])

    def end_after(self, minutes: int) -> None:
        """Let it take `minutes` from its start, and the service's buffers around that."""
        self.ends_at = self.starts_at + timedelta(minutes=minutes)
        self.busy_from = self.starts_at - timedelta(minutes=self.service.buffer_before)
        self.busy_until = self.ends_at + timedelta(minutes=self.service.buffer_after)

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def duration(self) -> str:
        return duration_text(self.minutes)

    @property
    def in_words(self) -> str:
        """What is done, and by whom."""
        words = {"service": self.service.name, "staff": self.staff.name}
        return gettext("%(service)s with %(staff)s") % words


class AppointmentExtra(models.Model):
    """So many of an extra with one appointment."""

    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="chosen_extras")
    serviceextra = models.ForeignKey(ServiceExtra, models.CASCADE, related_name="chosen")
    quantity = models.PositiveSmallIntegerField(default=1)

    class Meta:
        db_table = "booking_appointment_extras"  # as it was named before it had a quantity
        unique_together = [("appointment", "serviceextra")]
        constraints = [
            models.CheckConstraint(
                name="appointment_extra_quantity_in_range",
                condition=Q(quantity__range=(1, MOST_OF_ONE)),
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.quantity} × {self.serviceextra}"
            if self.quantity > 1
            else str(self.serviceextra)
        )
