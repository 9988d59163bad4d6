"""What is to happen when: rules of a tenant, or the platform's own."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from saas.core import clock
from tenants.models import Tenant


class Unit(models.TextChoices):
    MINUTES = "minutes", _("minutes")
    HOURS = "hours", _("hours")
    DAYS = "days", _("days")


class Side(models.TextChoices):
    BEFORE = "before", _("before")
    AFTER = "after", _("after")


class Workflow(models.Model):
    """When `event` happens, and all `conditions` are true, its actions are done. Without a tenant: the platform's own.

    `conditions` is a list of {"field": key, "is_not": bool, "values": [value, …]}. For a timed event, `amount` of
    `unit` lie between the event and the actions, on `side`; days are the tenant's calendar days.
    """

    tenant = models.ForeignKey(
        Tenant, models.CASCADE, null=True, blank=True, related_name="workflows"
    )
    name = models.CharField(_("Name"), max_length=80)
    event = models.CharField(max_length=80)
    conditions = models.JSONField(default=list, blank=True)
    amount = models.PositiveIntegerField(default=0)
    unit = models.CharField(max_length=7, choices=Unit.choices, default=Unit.HOURS)
    side = models.CharField(max_length=6, choices=Side.choices, default=Side.BEFORE)
    is_on = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    changed_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["event", "tenant"], name="workflow_listening", condition=Q(is_on=True)
            ),
            models.Index(fields=["tenant", "name"], name="workflow_by_name"),
        ]
        constraints = [models.CheckConstraint(name="workflow_has_name", condition=~Q(name=""))]

    def __str__(self) -> str:
        return self.name


class Action(models.Model):
    """One thing that a workflow does. What `settings` holds is the affair of its `kind`: see `workflows.actions`."""

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="actions")
    order = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=20)
    settings: Any = models.JSONField(default=dict)

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return f"{self.workflow}: {self.kind}"


class Occurrence(models.Model):
    """Something that workflows have to be asked about at `due_at`; written with the event itself, gone when asked.

    Without a `workflow` it has just happened, and concerns every workflow that listens. With one it lies ahead: a
    timed event of one subject, moved and dropped with it.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, null=True, related_name="+")
    event = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    workflow = models.ForeignKey(Workflow, models.CASCADE, null=True, related_name="+")
    subject_id = models.BigIntegerField(null=True)
    happened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    depth = models.PositiveSmallIntegerField(default=0)
    """How many workflows stand behind it, one having caused the next."""
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["due_at", "tenant"], name="occurrence_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "subject_id"],
                name="occurrence_once_ahead",
                condition=Q(workflow__isnull=False),
            ),
            models.CheckConstraint(
                name="occurrence_ahead_has_subject",
                condition=Q(workflow__isnull=True) | Q(subject_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject_id or ''}".strip()


class Run(models.Model):
    """What came of one workflow for one event: the log."""

    class Outcome(models.TextChoices):
        DONE = "done", _("Done")
        SKIPPED = "skipped", _("Nothing to do")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="runs")
    tenant = models.ForeignKey(Tenant, models.CASCADE, null=True, related_name="+")
    event = models.CharField(max_length=80)
    subject_id = models.BigIntegerField(null=True)
    about = models.CharField(max_length=120, blank=True)
    """Whom or what it was about, as a person would say it: “Clara Nunes, 3 Dec 2026, 10:00”."""
    at = models.DateTimeField()
    outcome = models.CharField(max_length=7, choices=Outcome.choices)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["workflow", "-at"], name="run_by_workflow"),
            models.Index(fields=["at"], name="run_by_age"),
            models.Index(fields=["workflow", "subject_id", "at"], name="run_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow}: {self.outcome}"
