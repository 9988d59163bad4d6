"""What is sent: one row for each message to one recipient, from the moment it is due until it has arrived."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from saas.core import clock
from tenants.models import Tenant
from workflows.models.rules import Run, Workflow


class State(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    HELD = "held", _("Held")
    """Nothing was left to pay for it; the tenant may send or discard it (decision D13)."""
    UNKNOWN = "unknown", _("Not known")
    """Nobody can say whether it left; never sent again by itself (decision D14)."""
    DISCARDED = "discarded", _("Discarded")


class Message(models.Model):
    """One thing sent to one recipient over one channel. Without a tenant it is the platform's own, and costs nobody.

    `key` is its identity from the first insert to the provider: what is charged and sent under it is so once.
    `due_at` is set while somebody has to look at it again: to send it, or, when `sending`, to find that its lease ran
    out. `content` is the affair of its channel: subject, html, template and its parameters, attachment, address of a
    webhook.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, null=True, related_name="messages")
    workflow = models.ForeignKey(Workflow, models.SET_NULL, null=True, related_name="messages")
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="messages")
    key = models.CharField(max_length=80, unique=True)
    channel = models.CharField(max_length=10)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=120, blank=True)
    person = models.CharField(max_length=40, blank=True)
    """Who that is in the tenant's own schema, “customer:17”: a plain text, for no public row refers there."""
    text = models.TextField(blank=True)
    content = models.JSONField(default=dict)
    units = models.PositiveIntegerField(default=1)
    """What it costs (decision D12): SMS segments, or 1."""
    from_month = models.PositiveIntegerField(default=0)
    from_purchased = models.PositiveIntegerField(default=0)
    is_charged = models.BooleanField(default=False)
    driver = models.CharField(max_length=20, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    useless_at = models.DateTimeField(null=True)
    """After that it is not sent any more: a reminder of what is over."""
    detail = models.CharField(max_length=300, blank=True)
    """Why it is as it is, in one sentence for the tenant."""
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="message_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["tenant", "-created_at", "-id"], name="message_newest"),
            models.Index(
                fields=["tenant", "channel", "created_at"],
                name="message_held",
                condition=Q(state=State.HELD),
            ),
            models.Index(
                fields=["driver", "provider_id"],
                name="message_at_provider",
                condition=~Q(provider_id=""),
            ),
            models.Index(fields=["created_at"], name="message_by_age"),
        ]
        constraints = [
            models.CheckConstraint(name="message_costs_something", condition=Q(units__gte=1)),
            models.CheckConstraint(
                name="message_in_work_is_looked_at",
                condition=~Q(state__in=(State.QUEUED, State.SENDING)) | Q(due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="message_at_rest_is_not_due",
                condition=Q(state__in=(State.QUEUED, State.SENDING)) | Q(due_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} → {self.address}"


class OptOut(models.Model):
    """An address that is not to be written to over a channel: by a tenant, or, without one, by anybody here."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, null=True, related_name="+")
    channel = models.CharField(max_length=10)
    address = models.CharField(max_length=320)
    """Normal form: +351915550201, or a small-letter e-mail address."""
    how = models.CharField(max_length=20)
    """“stop”, “link”, “panel”, “provider”."""
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address", "tenant"],
                name="opt_out_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.address}"
