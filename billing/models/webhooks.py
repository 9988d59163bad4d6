"""The inbox of notifications from gateways: verified, stored once, worked on later."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.gateways import Environment


class Outcome(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    IGNORED = "ignored", _("Not for us")
    FAILED = "failed", _("Failed")


class WebhookEvent(models.Model):
    """A gateway's notification. A hint to look at the gateway: nothing in the payload is believed by itself."""

    gateway = models.CharField(max_length=12)
    environment = models.CharField(max_length=7, choices=Environment.choices)
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=80)
    """The gateway's own word: `invoice.paid`."""
    object_id = models.CharField(max_length=255, blank=True)
    """What it is about, by the gateway's own name."""
    payload = models.JSONField()
    occurred_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=7, choices=Outcome.choices, default=Outcome.WAITING)
    detail = models.CharField(max_length=300, blank=True)
    """What came of it, in one sentence."""
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    """When a worker may take it (again): a claim moves it ahead by the lease. Empty: nothing left to do."""
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], name="webhook_due", condition=models.Q(due_at__isnull=False)
            ),
            models.Index(fields=["-received_at"], name="webhook_received"),
            models.Index(
                fields=["object_id"], name="webhook_about", condition=~models.Q(object_id="")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "environment", "event_id"], name="webhook_event_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.kind} {self.event_id}"
