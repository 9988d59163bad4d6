"""Which payment companies are connected, and what they know of our plans."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from plans.models import Plan
from saas.core import clock
from tenants.models import Cycle


class Environment(models.TextChoices):
    """Where an object of a gateway lives. The ids of one mean nothing in another."""

    TEST = "test", _("Test")
    LIVE = "live", _("Live")
    SANDBOX = "sandbox", _("Sandbox")
    """The double that comes with the demo."""


class GatewaySettings(models.Model):
    """What the owner has entered for one gateway: keys, mode, and what it may be used for."""

    gateway = models.CharField(max_length=12, unique=True)
    is_enabled = models.BooleanField(default=True)
    environment = models.CharField(
        max_length=7, choices=Environment.choices, default=Environment.TEST
    )
    secrets = models.TextField(blank=True, editable=False)
    """{environment: {name: value}} as JSON, encrypted by `saas.core.secrets`; read by `services.gateways` alone."""
    not_for = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    """Purposes of payment for which tenants are not offered it."""
    tested_at = models.DateTimeField(null=True, blank=True)
    test_passed = models.BooleanField(default=False)
    test_result = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.gateway


class MerchantAccount(models.Model):
    """A business's own account at one company: keys, mode, on or off. Its table is in the business's schema."""

    gateway = models.CharField(max_length=12, unique=True)
    is_enabled = models.BooleanField(default=False)
    environment = models.CharField(
        max_length=7, choices=Environment.choices, default=Environment.TEST
    )
    secrets = models.TextField(blank=True, editable=False)
    """As those of `GatewaySettings`; read by `services.merchants` alone."""
    tested_at = models.DateTimeField(null=True, blank=True)
    test_passed = models.BooleanField(default=False)
    test_result = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.gateway


class GatewayPrice(models.Model):
    """A price that a gateway knows for a plan. It is never changed: another amount is another price (decision D10).

    An archived one stays, so that renewals of subscriptions which were bought at it are still understood.
    """

    gateway = models.CharField(max_length=12)
    environment = models.CharField(max_length=7, choices=Environment.choices)
    external_id = models.CharField(max_length=120)
    plan = models.ForeignKey(Plan, models.SET_NULL, null=True, related_name="gateway_prices")
    cycle = models.CharField(max_length=7, choices=Cycle.choices)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(default=clock.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "environment", "external_id"], name="gateway_price_once"
            ),
            models.UniqueConstraint(
                fields=["gateway", "environment", "plan", "cycle"],
                condition=models.Q(archived_at__isnull=True, plan__isnull=False),
                name="gateway_price_one_current",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.external_id}: {self.amount} {self.currency} {self.cycle}"


class PlanSync(models.Model):
    """How far a gateway knows a plan as it stands. One row for each plan, gateway and environment."""

    class State(models.TextChoices):
        DUE = "due", _("Being sent")
        DONE = "done", _("Sent")
        FAILED = "failed", _("Not sent")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="syncs")
    gateway = models.CharField(max_length=12)
    environment = models.CharField(max_length=7, choices=Environment.choices)
    state = models.CharField(max_length=6, choices=State.choices, default=State.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    """When it is tried next; empty when there is nothing to do."""
    reason = models.CharField(max_length=300, blank=True)
    """Why it failed, in one sentence."""
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], name="plan_sync_due", condition=models.Q(due_at__isnull=False)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "gateway", "environment"], name="plan_sync_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan} → {self.gateway} ({self.environment}): {self.state}"
