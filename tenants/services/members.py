"""Who may log in to a business, and as what. Owners alone change it; one active owner is always left.

Every change happens under the tenant's lock and asks there whether whoever wants it is still an owner: of two who
demote each other at once the second is one no more. The database says the same again when a transaction commits.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from saas.core import audit
from saas.core.errors import Conflict, NotAllowed, NotHere
from tenants.models import Membership, Role, Tenant, User

AUDITED = ("role", "is_active")


class LastOwner(Conflict):
    """Nobody would be left who may decide."""

    def __init__(self) -> None:
        super().__init__(
            _("A business needs an owner who can log in. Make somebody else an owner first.")
        )


@contextmanager
def as_owner(tenant: Tenant, by: User) -> Iterator[Tenant]:
    """In a transaction, under the tenant's lock, with `by` an active owner of it. Raises NotAllowed."""
    with transaction.atomic():
        locked = tenant.lock()
        if not active_owners(locked).filter(user=by).exists():
            raise NotAllowed(_("Only an owner may change who logs in."))
        yield locked


def active_owners(tenant: Tenant) -> QuerySet[Membership]:
    """Those who can log in and are owners now."""
    return Membership.objects.filter(
        tenant=tenant, role=Role.OWNER, is_active=True, user__is_active=True
    )


def find_member(tenant: Tenant, pk: int) -> Membership:
    """The membership `pk` of `tenant` with its login. Raises NotHere, for another tenant's too."""
    found = Membership.objects.select_related("user").filter(tenant=tenant, pk=pk).first()
    if found is None:
        raise NotHere(_("This person has no login here any more."))
    found.tenant = tenant
    return found


def set_role(tenant: Tenant, pk: int, role: str, *, by: User) -> Membership:
    """Give a member another role; it holds from their next click on. Raises NotAllowed, NotHere, LastOwner."""
    with as_owner(tenant, by) as locked:
        member = find_member(locked, pk)
        if role != Role.OWNER:
            require_other_owner(member)
        _write(member, "team.role_changed", role=role)
    return member


def set_active(tenant: Tenant, pk: int, *, active: bool, by: User) -> Membership:
    """Let a member in again, or out: then their session here ends with the next click. Nothing else of theirs changes.

    Raises NotAllowed, NotHere, LastOwner; Conflict for oneself.
    """
    with as_owner(tenant, by) as locked:
        member = find_member(locked, pk)
        if not active:
            require_not_oneself(member, by)
            require_other_owner(member)
        verb = "team.reactivated" if active else "team.deactivated"
        _write(member, verb, is_active=active)
    return member


def hand_over(tenant: Tenant, pk: int, *, by: User) -> Membership:
    """The member becomes an owner, and `by` a manager, both or neither. Raises NotAllowed, NotHere, Conflict."""
    with as_owner(tenant, by) as locked:
        member = find_member(locked, pk)
        require_heir(member, by)
        _write(member, "team.handed_over", role=Role.OWNER)
        _write(find_own(locked, by), "team.role_changed", role=Role.MANAGER)
    return member


def came_in(tenant: Tenant, user: User, *, now: datetime) -> None:
    """Remember that `user` has just come in to `tenant` in person."""
    Membership.objects.filter(tenant=tenant, user=user).update(last_login_at=now)


def find_own(tenant: Tenant, user: User) -> Membership:
    """Their own membership. Raises Membership.DoesNotExist for somebody from elsewhere."""
    return Membership.objects.select_related("user").get(tenant=tenant, user=user)


def require_not_oneself(member: Membership, by: User) -> None:
    """Return when `member` is somebody else. Raises Conflict."""
    if member.user_id == by.pk:
        raise Conflict(_("You cannot lock yourself out. Another owner can do it."))


def require_other_owner(member: Membership) -> None:
    """Return when `member` is not the only one who may decide. Raises LastOwner."""
    others = active_owners(member.tenant).exclude(pk=member.pk)
    if member.role == Role.OWNER and member.is_active and not others.exists():
        raise LastOwner


def require_heir(member: Membership, by: User) -> None:
    """Return when ownership can be handed to `member`. Raises Conflict."""
    if member.user_id == by.pk or member.role == Role.OWNER:
        raise Conflict(_("%(name)s is an owner already.") % {"name": name_of(member.user)})
    if not member.is_active or not member.user.is_active:
        raise Conflict(
            _("%(name)s cannot log in at present, so could not own the business.")
            % {"name": name_of(member.user)}
        )


def name_of(user: User) -> str:
    return user.name or user.email


def _write(member: Membership, verb: str, **values: object) -> None:
    """Store `values` and write it down; nothing happens where it is so already."""
    before = audit.snapshot(member, AUDITED)
    for name, value in values.items():
        setattr(member, name, value)
    changes = audit.differences(before, audit.snapshot(member, AUDITED))
    if changes:
        member.save(update_fields=list(values))
        audit.record(verb, member, changes=changes, tenant=member.tenant)
