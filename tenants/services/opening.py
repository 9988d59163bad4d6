"""A business that a super admin opens for somebody: usable at once, its owner invited by mail."""

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from plans.models import Plan
from saas.core import audit
from saas.core.errors import Conflict
from saas.core.events import emit
from tenants.models import Membership, Role, Tenant, User
from tenants.services import signup
from tenants.services.provisioning import provision


@dataclass(frozen=True)
class NewBusiness:
    """What is opened, for whom. `owner_name` matters only for an e-mail that has no login yet."""

    name: str
    slug: str
    owner_email: str
    owner_name: str
    plan: Plan


@dataclass(frozen=True)
class Opened:
    """The business, and whether its owner has yet to choose a password."""

    tenant: Tenant
    owner: User
    is_new_owner: bool


class OwnerInactive(Conflict):
    """The login of the owner-to-be is deactivated."""

    def __init__(self) -> None:
        super().__init__(_("This login is deactivated. Choose another owner."))


@transaction.atomic
def open_by_hand(new: NewBusiness, *, by: User, now: datetime) -> Opened:
    """The business with its schema, its owner and its plan without an end. Emits `tenant.signed_up`.

    Raises AddressTaken when somebody got the address first, OwnerInactive.
    """
    owner, is_new = _owner(new)
    tenant = signup.open_business(
        owner, name=new.name, slug=new.slug, now=now, start=(new.plan, None), by=by
    )
    opened = provision(tenant, now=now)
    emit("tenant.signed_up", tenant_id=opened.pk)
    about = audit.snapshot(opened, ("name", "slug", "plan")) | {"owner": owner.email}
    audit.record("tenant.opened", opened, changes=audit.differences({}, about), actor=by)
    return Opened(opened, owner, is_new)


def opened_just_now(slug: str, owner_email: str, now: datetime) -> Tenant | None:
    """The business that the first press of the same button has opened a moment ago."""
    member = Membership.objects.filter(
        user__email=owner_email.lower(), role=Role.OWNER, tenant__slug=slug,
        tenant__created_at__gte=now - signup.SAME_BREATH,
    ).select_related("tenant").first()  # fmt: skip
    return member.tenant if member else None


def _owner(new: NewBusiness) -> tuple[User, bool]:
    """The login with the e-mail, and whether it was made now.

    A new one has no password, so nobody is in before the mail has been read: its e-mail counts as confirmed. What
    is not confirmed of an existing login stays so: its password may be a stranger's.
    """
    email = new.owner_email.strip().lower()
    try:
        with transaction.atomic():
            owner = User.objects.create_user(email, None, name=new.owner_name)
    except IntegrityError:
        owner = User.objects.get(email=email)
        if not owner.is_active:
            raise OwnerInactive from None
        return owner, False
    EmailAddress.objects.create(user=owner, email=email, verified=True, primary=True)
    return owner, True
