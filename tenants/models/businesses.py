"""Businesses, their addresses and who works where."""

import secrets
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from plans.entitlements import Entitlements
from plans.models import Plan, PlatformSettings
from saas.core import access, clock
from saas.core.periods import month_window
from tenants.models.users import User, initials


def new_schema_name() -> str:
    """A schema name that nobody can choose or guess, and that no rename of the business changes."""
    return f"t_{secrets.token_hex(8)}"


class Cycle(models.TextChoices):
    MONTHLY = "monthly", _("Monthly")
    ANNUAL = "annual", _("Annual")


class TenantState(models.TextChoices):
    """Where a tenant stands with its plan. For the console alone: no tenant ever reads these words."""

    NOT_ACTIVATED = "not_activated", _("Not activated")
    EXPIRED = "expired", _("Expired")
    TRIAL = "trial", _("Trial")
    SUBSCRIBED = "subscribed", _("Subscribed")
    NOT_SUBSCRIBED = "not_subscribed", _("Not subscribed")


class TenantQuerySet(models.QuerySet["Tenant"]):
    def open(self) -> "TenantQuerySet":
        """Businesses whose panel can be used: confirmed, and not suspended."""
        return self.filter(activated_at__isnull=False, suspended_at__isnull=True)

    def with_state(self, now: datetime, platform: PlatformSettings) -> "TenantQuerySet":
        """Each tenant carries `state_now`, the value of what `Tenant.state` answers: to filter and sort by."""
        lapsed = models.Q(expires_at__lte=now) | models.Q(plan_id=platform.expired_plan_id or 0)
        rules = [
            models.When(activated_at__isnull=True, then=models.Value(TenantState.NOT_ACTIVATED)),
            models.When(lapsed, then=models.Value(TenantState.EXPIRED)),
            models.When(
                plan_id=platform.trial_plan_id or 0,
                expires_at__isnull=False,
                then=models.Value(TenantState.TRIAL),
            ),
            models.When(
                models.Q(plan__monthly_price__gt=0) | models.Q(plan__annual_price__gt=0),
                then=models.Value(TenantState.SUBSCRIBED),
            ),
        ]
        rest = models.Value(TenantState.NOT_SUBSCRIBED)
        return self.annotate(
            state_now=models.Case(*rules, default=rest, output_field=models.CharField())
        )


slug_shape = RegexValidator(
    r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?\Z",
    _("Use small letters, digits and hyphens; start and end with a letter or digit."),
)


class Tenant(TenantMixin):
    """A business on the platform. Owns a schema from its activation on, and always has exactly one plan."""

    name = models.CharField(_("Name of your business"), max_length=80)
    slug = models.CharField(_("Your address"), max_length=40, unique=True, validators=[slug_shape])
    schema_name = models.CharField(
        max_length=63, unique=True, default=new_schema_name, editable=False
    )
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="tenants")
    cycle = models.CharField(max_length=7, choices=Cycle.choices, default=Cycle.MONTHLY)
    plan_started_at = models.DateTimeField(default=timezone.now)
    """Anchor of the monthly usage windows; moves only when counting starts again (sign-up, upgrade, by hand)."""
    expires_at = models.DateTimeField(null=True, blank=True)
    expiry_check_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When the sweep of what has run out looks at it next; empty: not at all. Set with `expires_at`, always."""
    overrides = models.JSONField(default=dict, blank=True, editable=False)
    """What is in force on top of the plan, for `Entitlements`; written by `services.overrides` alone:

    {"limits": {key: {"value": 9, "until": instant or null}}, "capabilities": {key: {"value": true, …}}}
    """
    time_zone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField(default=timezone.now)
    activated_at = models.DateTimeField(null=True, blank=True)
    """When the schema was made; empty while the owner's e-mail is not confirmed."""
    suspended_at = models.DateTimeField(null=True, blank=True)

    auto_create_schema = False
    auto_drop_schema = False
    objects = TenantQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["expiry_check_at"],
                name="tenant_expiry_check",
                condition=models.Q(expiry_check_at__isnull=False),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="tenant_schema_name_is_ours",
                condition=models.Q(schema_name__regex=r"^t_[0-9a-f]{16}$"),
            ),
            models.CheckConstraint(
                name="tenant_slug_shape",
                condition=models.Q(slug__regex=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def entitlements(self) -> Entitlements:
        return Entitlements(self, clock.now())

    @cached_property
    def platform_settings(self) -> PlatformSettings:
        """The platform's choices; on a tenant's host they came along with the tenant."""
        return PlatformSettings.load()

    def usage_window(self, now: datetime) -> tuple[datetime, datetime]:
        """The month (start inclusive, end exclusive) in which limits per month are counted at `now`."""
        return month_window(self.plan_started_at, now)

    def state(self, now: datetime, platform: PlatformSettings | None = None) -> TenantState:
        """Where it stands at `now`. Give `platform` when asking many: it is read for each otherwise."""
        platform = platform or self.platform_settings
        if self.activated_at is None:
            return TenantState.NOT_ACTIVATED
        is_over = self.expires_at is not None and self.expires_at <= now
        if is_over or self.plan_id == platform.expired_plan_id:
            return TenantState.EXPIRED
        if self.expires_at and self.plan_id == platform.trial_plan_id:
            return TenantState.TRIAL
        return TenantState.NOT_SUBSCRIBED if self.plan.is_free else TenantState.SUBSCRIBED

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def is_open(self) -> bool:
        return self.activated_at is not None and self.suspended_at is None

    @property
    def host(self) -> str:
        """The host name of its panel and booking page, without a port."""
        return f"{self.slug}.{settings.BASE_DOMAIN}"

    def url(self, path: str = "/") -> str:
        """Absolute address of `path` on the tenant's own host, from settings, never from a request."""
        return f"{settings.SCHEME}://{self.host}{settings.PORT_SUFFIX}{path}"

    @property
    def login_url(self) -> str:
        """Where its people come in."""
        return self.url("/login/")

    def lock(self) -> "Tenant":
        """The tenant, read again, locked until the transaction ends; its plan is read when it is asked for.

        Ask "is there room" only after this. NO KEY UPDATE: inserts that refer to the tenant need not wait.
        Never join the plan here: it would be the one from before the wait for the lock, and a tenant that was moved
        meanwhile would not be found at all.
        """
        if not connection.in_atomic_block:
            raise RuntimeError("tenant.lock() needs a transaction.")
        return Tenant.objects.select_for_update(no_key=True).get(pk=self.pk)


class Domain(DomainMixin):
    """A host name that answers for a tenant: lower case, no port, no trailing dot."""


class Role(models.TextChoices):
    OWNER = access.OWNER, _("Owner")
    MANAGER = access.MANAGER, _("Manager")
    STAFF = access.STAFF, _("Staff")


class Membership(models.Model):
    """A login's role in a tenant. The database refuses to leave a tenant without an active owner."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=7, choices=Role.choices)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_login_at = models.DateTimeField(null=True, blank=True)
    """When they last came in to this very business: what they do elsewhere is nobody's concern here."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"
