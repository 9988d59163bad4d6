"""What goes on: a tenant, its plan and cycle, who collects for it, and until when it is paid."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.gateways import Environment
from plans.models import Plan
from saas.core import clock
from tenants.models import Cycle, Tenant


class Standing(models.TextChoices):
    ACTIVE = "active", _("Active")
    PAST_DUE = "past_due", _("Payment failed")
    ENDED = "ended", _("Ended")


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def live(self) -> "SubscriptionQuerySet":
        return self.exclude(standing=Standing.ENDED)


class Subscription(models.Model):
    """One run of paid cycles. A tenant has at most one that is live; those before it are its history.

    What we want of the gateway (end it, end it after this period, go on at another price) is written here first;
    `push_due_at` says that the gateway has still to be told.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="subscriptions")
    plan = models.ForeignKey(Plan, models.SET_NULL, null=True, related_name="subscriptions")
    plan_name = models.CharField(max_length=60)
    cycle = models.CharField(max_length=7, choices=Cycle.choices)
    amount = models.BigIntegerField()
    """What a cycle costs: the price at which it was bought (decision D10)."""
    currency = models.CharField(max_length=3)
    gateway = models.CharField(max_length=12)
    environment = models.CharField(max_length=7, choices=Environment.choices)
    external_id = models.CharField(max_length=255, blank=True)
    customer_id = models.CharField(max_length=255, blank=True)
    paid_with = models.CharField(max_length=60, blank=True)
    standing = models.CharField(max_length=8, choices=Standing.choices, default=Standing.ACTIVE)
    started_at = models.DateTimeField(default=clock.now)
    """Anchor of the cycles."""
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    """Until when it is paid."""
    prepaid = models.JSONField(default=list, blank=True)
    """[[start, end, amount], …] of the cycles that were paid in advance, the last ones of which may still lie ahead."""
    past_due_at = models.DateTimeField(null=True, blank=True)
    """When the renewal that is still unpaid failed first."""
    reminders = models.PositiveSmallIntegerField(default=0)
    """How often the owners were told of the failed payment."""
    reminded_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    """When the tenant said that it is not to go on after this period."""
    cancel_reason = models.CharField(max_length=300, blank=True)
    next_plan = models.ForeignKey(
        Plan, models.PROTECT, null=True, blank=True, related_name="coming_subscriptions"
    )
    """What it goes on with after this period; empty: as it is."""
    next_cycle = models.CharField(max_length=7, choices=Cycle.choices, blank=True)
    next_amount = models.BigIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    was_stopped = models.BooleanField(default=False)
    """We ended it at its gateway, which would have charged next what nobody has chosen: its owners are told."""
    needs_review = models.BooleanField(default=False)
    """A payment of it was taken back: somebody has to look (decision D18)."""
    push_due_at = models.DateTimeField(null=True, blank=True)
    push_attempts = models.PositiveSmallIntegerField(default=0)
    push_error = models.CharField(max_length=300, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["push_due_at"],
                name="subscription_push_due",
                condition=models.Q(push_due_at__isnull=False),
            ),
            models.Index(
                fields=["past_due_at"],
                name="subscription_past_due",
                condition=models.Q(standing=Standing.PAST_DUE),
            ),
            models.Index(
                fields=["tenant"],
                name="subscription_stopped",
                condition=models.Q(was_stopped=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"],
                condition=~models.Q(standing=Standing.ENDED),
                name="subscription_one_live",
            ),
            models.UniqueConstraint(
                fields=["gateway", "environment", "external_id"],
                condition=~models.Q(external_id=""),
                name="subscription_external_id_once",
            ),
            models.CheckConstraint(
                name="subscription_live_has_a_plan",
                condition=models.Q(standing=Standing.ENDED) | models.Q(plan__isnull=False),
            ),
            models.CheckConstraint(
                name="subscription_end_has_a_date",
                condition=models.Q(standing=Standing.ENDED, ended_at__isnull=False)
                | (~models.Q(standing=Standing.ENDED) & models.Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="subscription_past_due_has_a_date",
                condition=~models.Q(standing=Standing.PAST_DUE)
                | models.Q(past_due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="subscription_next_is_whole",
                condition=models.Q(next_plan__isnull=True, next_cycle="", next_amount__isnull=True)
                | (
                    models.Q(next_plan__isnull=False, next_amount__isnull=False)
                    & ~models.Q(next_cycle="")
                ),
            ),
            models.CheckConstraint(
                name="subscription_period_has_a_length",
                condition=models.Q(period_end__gt=models.F("period_start")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant}: {self.plan_name}, {self.cycle}"

    @property
    def is_live(self) -> bool:
        return self.standing != Standing.ENDED

    @property
    def goes_on(self) -> bool:
        """Whether another period follows the present one."""
        return self.is_live and self.cancelled_at is None
