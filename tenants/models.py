"""Who: logins, businesses, their addresses and who works where. All in the public schema."""

import secrets
from functools import cached_property

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import connection, models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from plans.entitlements import Entitlements
from plans.models import Plan
from saas.core import access


def initials(name: str) -> str:
    """Up to two capital letters for `name`: “Salon Aurora” gives SA."""
    words = name.split()
    return (
        "".join(word[0] for word in (words[0], words[-1])[: len(words)]).upper() if words else "?"
    )


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A login. Deactivated, never deleted: rows of tenants refer to it without a database constraint."""

    email = models.EmailField(_("E-mail"), max_length=254, unique=True)
    name = models.CharField(_("Your name"), max_length=80)
    is_active = models.BooleanField(default=True)
    is_super_admin = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    session_epoch = models.PositiveIntegerField(default=0)
    """Part of what a session is checked against: one more ends all sessions on all hosts."""

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="user_email_lower_case", condition=models.Q(email=Lower("email"))
            )
        ]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's, with the epoch beside the password; it serves the fallback keys too."""
        value = f"{self.password}:{self.session_epoch}"
        return salted_hmac(
            "tenants.User.session", value, secret=secret, algorithm="sha256"
        ).hexdigest()

    @property
    def initials(self) -> str:
        return initials(self.name or self.email)


def new_schema_name() -> str:
    """A schema name that nobody can choose or guess, and that no rename of the business changes."""
    return f"t_{secrets.token_hex(8)}"


class Cycle(models.TextChoices):
    MONTHLY = "monthly", _("Monthly")
    ANNUAL = "annual", _("Annual")


class TenantQuerySet(models.QuerySet["Tenant"]):
    def open(self) -> "TenantQuerySet":
        """Businesses whose panel can be used: confirmed, and not suspended."""
        return self.filter(activated_at__isnull=False, suspended_at__isnull=True)


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
    """Anchor of the monthly usage windows."""
    expires_at = models.DateTimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField(default=timezone.now)
    activated_at = models.DateTimeField(null=True, blank=True)
    """When the schema was made; empty while the owner's e-mail is not confirmed."""
    suspended_at = models.DateTimeField(null=True, blank=True)

    auto_create_schema = False
    auto_drop_schema = False
    objects = TenantQuerySet.as_manager()

    class Meta:
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
        return Entitlements(self)

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
        """The tenant, read again with its plan, locked until the transaction ends.

        Ask "is there room" only after this. NO KEY UPDATE: inserts that refer to the tenant need not wait.
        """
        if not connection.in_atomic_block:
            raise RuntimeError("tenant.lock() needs a transaction.")
        return (
            Tenant.objects.select_for_update(no_key=True, of=("self",))
            .select_related("plan")
            .get(pk=self.pk)
        )


class Domain(DomainMixin):
    """A host name that answers for a tenant: lower case, no port, no trailing dot."""


class Role(models.TextChoices):
    OWNER = access.OWNER, _("Owner")
    MANAGER = access.MANAGER, _("Manager")
    STAFF = access.STAFF, _("Staff")


class Membership(models.Model):
    """A login's role in a tenant."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=7, choices=Role.choices)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class PlanChange(models.Model):
    """Who moved a tenant from which plan to which, when and why. `cause` makes a repeated delivery a no-op."""

    class Reason(models.TextChoices):
        SIGNUP = "signup", _("Signed up")
        CHOSEN = "chosen", _("Chosen by the tenant")
        MOVED = "moved", _("Moved by the platform")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="plan_changes")
    from_plan = models.ForeignKey(Plan, models.SET_NULL, null=True, blank=True, related_name="+")
    to_plan = models.ForeignKey(Plan, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=8, choices=Reason.choices)
    cause = models.CharField(max_length=100, unique=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.tenant}: {self.from_plan} → {self.to_plan}"


class UsedHandoff(models.Model):
    """A hand-off token that has been used; its primary key is what makes a second use impossible."""

    nonce = models.CharField(max_length=43, primary_key=True)
    used_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["used_at"])]

    def __str__(self) -> str:
        return self.nonce
