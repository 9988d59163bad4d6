"""How much of what a plan counts per month is used: for what is not rows of the tenant's own."""

from django.db import models
from django.db.models import Q

from tenants.models.businesses import Tenant


class UsageCounter(models.Model):
    """Units used of a channel's monthly allowance, in the window that began at `window_start`."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="usage_counters")
    channel = models.CharField(max_length=10)
    window_start = models.DateTimeField()
    used = models.BigIntegerField(default=0)
    exhausted_ceiling = models.BigIntegerField(null=True)
    """The limit at which something could not be paid: said once for each, and again when a higher one is used up."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "channel", "window_start"], name="usage_counter_once"
            ),
            models.CheckConstraint(name="usage_counter_not_negative", condition=Q(used__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.tenant}: {self.channel} {self.used}"


class UsageCharge(models.Model):
    """What was taken under one key, so that it is taken once, and goes back to where it came from once."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    channel = models.CharField(max_length=10)
    units = models.PositiveIntegerField()
    is_counted = models.BooleanField(default=True)
    """False where the plan had no ceiling."""
    window_start = models.DateTimeField()
    charged_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="usage_charge_once"),
            models.CheckConstraint(name="usage_charge_of_something", condition=Q(units__gte=1)),
        ]
        indexes = [models.Index(fields=["charged_at"], name="usage_charge_by_age")]

    def __str__(self) -> str:
        return f"{self.tenant}: {self.key} {self.units}"
