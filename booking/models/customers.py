"""What is known beside the customers themselves: who was merged, who is not the same, and what was imported."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.models.people import Customer


class DistinctCustomers(models.Model):
    """Two who look alike, and somebody has said that they are not the same person."""

    first = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    second = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="distinct_customers_once"),
            models.CheckConstraint(
                name="distinct_customers_in_order", condition=Q(first__lt=F("second"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"


class MergedCustomer(models.Model):
    """Somebody who was there twice: what the entry said that is gone, and where its appointments are now.

    Gone with the customer, and emptied when they are erased.
    """

    kept = models.ForeignKey(Customer, models.CASCADE, related_name="merged")
    gone_id = models.BigIntegerField(unique=True)
    gone: Any = models.JSONField(default=dict)
    by_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.gone_id} → {self.kept_id}"


class ImportState(models.TextChoices):
    MAPPING = "mapping", _("Columns to choose")
    CHECKING = "checking", _("Being read")
    CHECKED = "checked", _("Ready")
    APPLYING = "applying", _("Being imported")
    DONE = "done", _("Done")
    FAILED = "failed", _("Stopped")


class ImportRun(models.Model):
    """A file of customers, from its upload to the report. `has_head`: its first line names the columns.

    `columns` says which field each column is (empty: left out). `lines_done` is how far the present step has come, and
    what a worker goes on from that takes over; the counts and refusals are those of the present step. `content` is
    emptied when the import is done, the rest goes with the first upload after `KEEP_IMPORTS`.
    """

    file_name = models.CharField(max_length=120)
    content = models.BinaryField()
    encoding = models.CharField(max_length=20)
    delimiter = models.CharField(max_length=1)
    has_head = models.BooleanField(default=True)
    columns: Any = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.MAPPING)
    lines = models.PositiveIntegerField(default=0)
    lines_done = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    over_limit = models.PositiveIntegerField(default=0)
    """How many of `refused` the plan has no room for."""
    sample: Any = models.JSONField(default=list)
    problem = models.CharField(max_length=300, blank=True)
    by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="import_by_age")]
        constraints = [
            models.CheckConstraint(
                name="import_state_known", condition=Q(state__in=ImportState.values)
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_busy(self) -> bool:
        return self.state in (ImportState.CHECKING, ImportState.APPLYING)

    @property
    def is_over(self) -> bool:
        return self.state in (ImportState.DONE, ImportState.FAILED)


class ImportRefusal(models.Model):
    """A line that was not taken, as it stood in the file, and why."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="refusals")
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    cells: Any = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["run", "line"], name="import_refusal_by_line")]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"

    @property
    def said(self) -> str:
        return " · ".join(cell for cell in self.cells if cell)
