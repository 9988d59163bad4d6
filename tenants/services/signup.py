"""How a business comes to the platform: opened with its owner, activated once the e-mail is confirmed."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from plans.models import Plan, PlatformSettings
from saas.core.errors import Conflict
from saas.core.events import emit
from tenants.models import Domain, Membership, Role, Tenant, User
from tenants.services.addresses import is_free, suggest_address
from tenants.services.plan_changes import record_first_plan
from tenants.services.provisioning import provision

CONFIRM_WITHIN = timedelta(days=7)
"""How long a business waits, with its address, for its owner to confirm the e-mail."""
SAME_BREATH = timedelta(minutes=1)
"""Within this, a second sign-up of the same person for the same address is a second press of the button."""


class SignUpClosed(Conflict):
    """No plan that new businesses could get."""

    def __init__(self) -> None:
        super().__init__(_("Sign-up is closed at present. Please come back later."))


class AddressTaken(Conflict):
    """Somebody else got the address; `suggestion` is one that is free."""

    def __init__(self, suggestion: str) -> None:
        super().__init__(
            _("This address was just taken. “%(suggestion)s” is free.") % {"suggestion": suggestion}
        )
        self.suggestion = suggestion


def starting_plan(now: datetime) -> tuple[Plan, datetime | None] | None:
    """The plan that a sign-up gets at `now` and when it ends: the Trial plan if one is set, else the default.

    None when there is neither: sign-up is closed. Decision D4: read at sign-up, later changes move nobody.
    """
    settings = PlatformSettings.load()
    if settings.trial_plan:
        return settings.trial_plan, now + timedelta(days=settings.trial_days)
    default = Plan.objects.filter(is_default=True).first()
    return (default, None) if default else None


@transaction.atomic
def open_business(
    owner: User,
    *,
    name: str,
    slug: str,
    now: datetime,
    start: tuple[Plan, datetime | None] | None = None,
    by: User | None = None,
) -> Tenant:
    """A business with its address, its owner and its first plan; it has no schema yet.

    `start` is the plan and its end where somebody else (`by`) chose them, not the sign-up. All of it or nothing.
    Raises SignUpClosed, and AddressTaken when somebody got `slug` first.
    """
    start = start or starting_plan(now)
    if start is None:
        raise SignUpClosed
    plan, expires_at = start
    try:
        with transaction.atomic():
            tenant: Tenant = Tenant.objects.create(
                name=name, slug=slug, plan=plan, plan_started_at=now, created_at=now,
                expires_at=expires_at, expiry_check_at=expires_at,
            )  # fmt: skip
            Domain.objects.create(domain=tenant.host, tenant=tenant, is_primary=True)
    except IntegrityError:
        if is_free(slug):
            raise
        raise AddressTaken(suggest_address(name)) from None
    Membership.objects.create(tenant=tenant, user=owner, role=Role.OWNER, created_at=now)
    record_first_plan(tenant, by=by or owner, now=now)
    return tenant


@transaction.atomic
def activate(user: User, *, now: datetime) -> list[Tenant]:
    """Open the businesses of `user` that waited for a confirmed e-mail, and return those opened now.

    Doing it again, or twice at the same moment, changes nothing. Emits `tenant.signed_up` for each.
    """
    waiting = (
        Tenant.objects.select_for_update(no_key=True, of=("self",))
        .filter(activated_at__isnull=True, memberships__user=user, memberships__role=Role.OWNER)
        .order_by("pk")
    )
    opened = [provision(tenant, now=now) for tenant in waiting]
    for tenant in opened:
        emit("tenant.signed_up", tenant_id=tenant.pk)
    return opened


@transaction.atomic
def open_now(owner: User, *, name: str, slug: str, now: datetime) -> Tenant:
    """Open and activate a business for an owner whose e-mail is confirmed. Raises as `open_business` does."""
    tenant = open_business(owner, name=name, slug=slug, now=now)
    activate(owner, now=now)
    tenant.refresh_from_db(fields=["activated_at"])
    return tenant


def is_second_press(email: str, slug: str, now: datetime) -> bool:
    """Whether `slug` is taken by the sign-up that `email` itself made a moment ago."""
    return Membership.objects.filter(
        user__email=email,
        role=Role.OWNER,
        tenant__slug=slug,
        tenant__activated_at__isnull=True,
        tenant__created_at__gte=now - SAME_BREATH,
    ).exists()


def release_unconfirmed(now: datetime) -> int:
    """Give back the addresses of businesses whose owner never confirmed; returns how many went.

    With each goes its owner's login, unless that was ever confirmed or belongs to another business too.
    """
    overdue = Tenant.objects.filter(activated_at__isnull=True, created_at__lt=now - CONFIRM_WITHIN)
    return sum(_release(pk) for pk in overdue.values_list("pk", flat=True))


def withdraw(owner: User) -> int:
    """Forget the sign-up of somebody who has not confirmed it, so that the address is free; returns how many went."""
    waiting = owner.memberships.filter(role=Role.OWNER, tenant__activated_at__isnull=True)
    return sum(_release(pk) for pk in waiting.values_list("tenant", flat=True))


@transaction.atomic
def _release(pk: int) -> int:
    tenant = (
        Tenant.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=pk, activated_at__isnull=True)
        .first()
    )
    if tenant is None:
        return 0
    people = list(User.objects.filter(memberships__tenant=tenant).values_list("pk", flat=True))
    Tenant.objects.filter(pk=pk).delete()
    User.objects.filter(
        pk__in=people, memberships__isnull=True, last_login__isnull=True, is_super_admin=False
    ).exclude(emailaddress__verified=True).delete()
    return 1
