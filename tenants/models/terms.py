"""What happens to a tenant's plan, and what stands on top of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from plans.entitlements import UNLIMITED
from plans.models import MAX_LIMIT, Plan
from tenants.models.businesses import Cycle, Tenant
from tenants.models.users import User


class PlanChange(models.Model):
    """Who moved a tenant from which plan to which, when and why. `cause` makes a repeated delivery a no-op."""

    class Reason(models.TextChoices):
        SIGNUP = "signup", _("Signed up")
        CHOSEN = "chosen", _("Chosen by the tenant")
        MOVED = "moved", _("Moved by the platform")
        PAID = "paid", _("Paid for")
        LAPSED = "lapsed", _("Not renewed")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="plan_changes")
    from_plan = models.ForeignKey(Plan, models.SET_NULL, null=True, blank=True, related_name="+")
    to_plan = models.ForeignKey(Plan, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=8, choices=Reason.choices)
    cause = models.CharField(max_length=100, unique=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    cycle = models.CharField(max_length=7, choices=Cycle.choices, default=Cycle.MONTHLY)
    expires_at = models.DateTimeField(null=True, blank=True)
    """How long the tenant has the plan; empty: without an end."""
    reset_usage = models.BooleanField(default=False)
    """Whether what is counted per month started again from zero."""
    note = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.tenant}: {self.from_plan} → {self.to_plan}"


class Override(models.Model):
    """One limit or feature of one tenant, different from its plan: who, why and until when.

    A limit has a `ceiling`, a capability `is_on`. In force until `until` or `ended_at`, whichever comes first.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="override_rows")
    key = models.CharField(max_length=80)
    ceiling = models.BigIntegerField(null=True, blank=True)
    is_on = models.BooleanField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    """Empty: until somebody ends it."""
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["until"], name="override_due", condition=models.Q(ended_at__isnull=True)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "key"],
                name="override_limit_once",
                condition=models.Q(ended_at__isnull=True, ceiling__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["tenant", "key"],
                name="override_capability_once",
                condition=models.Q(ended_at__isnull=True, is_on__isnull=False),
            ),
            models.CheckConstraint(
                name="override_has_one_value",
                condition=models.Q(ceiling__isnull=True, is_on__isnull=False)
                | models.Q(ceiling__isnull=False, is_on__isnull=True),
            ),
            models.CheckConstraint(
                name="override_ceiling_in_range",
                condition=models.Q(ceiling__range=(UNLIMITED, MAX_LIMIT)),
            ),
            models.CheckConstraint(name="override_has_reason", condition=~models.Q(reason="")),
            models.CheckConstraint(
                name="override_ends_after_it_began",
                condition=models.Q(until__gt=models.F("created_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant}: {self.key} = {self.value}"

    @property
    def value(self) -> int | bool | None:
        """The ceiling of a limit, or whether a capability is on."""
        return self.is_on if self.ceiling is None else self.ceiling

    @property
    def kind(self) -> str:
        """`limits` or `capabilities`: one key may name both."""
        return "capabilities" if self.ceiling is None else "limits"


class KeptRows(models.Model):
    """What a tenant wants to keep active when a limit gets tighter; used up when rows of the limit are paused."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="kept_rows")
    limit = models.CharField(max_length=80)
    row_ids = ArrayField(models.BigIntegerField())
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "limit"], name="kept_rows_once")]

    def __str__(self) -> str:
        return f"{self.tenant}: {self.limit} ({len(self.row_ids)})"


class PlanRefit(models.Model):
    """The work that a changed plan makes: `done` of `total` tenants fit what the plan says now."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="refits")
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    """Tenants, among those done, where it could not be carried out; the log says why."""
    last_tenant_id = models.BigIntegerField(default=0)
    """All tenants up to this one are done."""
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    """When it last got ahead."""
    finished_at = models.DateTimeField(null=True, blank=True)
    superseded = models.BooleanField(default=False)
    """Whether a later change of the plan took over before this one was through."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan"],
                name="plan_refit_one_at_a_time",
                condition=models.Q(finished_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan}: {self.done} / {self.total}"
