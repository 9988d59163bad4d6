"""What has happened to an appointment: a row for each change. The database refuses to change or remove one."""

from typing import Any

from django.db import models
from django.db.models import Q

from booking.models.appointments import Appointment
from saas.core import clock


class By(models.TextChoices):
    TEAM = "team"
    CUSTOMER = "customer"
    SYSTEM = "system"


class AppointmentEntry(models.Model):
    """One change. `changes` are {field: [before, after]} in plain values: instants in ISO 8601, rows by their names as
    they were, money in minor units. None of it names the customer, and of a note only whether there is one is kept.
    """

    BOOKED, CHANGED = "booked", "changed"

    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=7, choices=[(BOOKED, "booked"), (CHANGED, "changed")])
    changes: Any = models.JSONField(default=dict)
    at = models.DateTimeField(default=clock.now)
    by = models.CharField(max_length=8, choices=By.choices)
    by_id = models.BigIntegerField(null=True)
    """The login of the team that did it."""
    by_name = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [models.Index(fields=["appointment", "-at", "-id"], name="entry_by_appointment")]
        constraints = [
            models.CheckConstraint(name="entry_by_known", condition=Q(by__in=By.values)),
        ]

    def __str__(self) -> str:
        return f"{self.appointment_id}: {self.kind}"
