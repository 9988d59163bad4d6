"""Whose login is whose row among the staff. A login is of one of them at most; the database says so too."""

from collections.abc import Mapping

from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from booking.models import Staff
from booking.services.resources import WrongChoice
from saas.core.access import STAFF
from tenants.models import Membership, Tenant, User
from tenants.scope import tenant_scope


def free_staff(tenant: Tenant) -> list[tuple[int, str]]:
    """Id and name of those who have no login yet, by name. One query."""
    with tenant_scope(tenant):
        free = Staff.objects.filter(user__isnull=True).order_by(Lower("name"), "pk")
        return list(free.values_list("pk", "name"))


def staff_names(tenant: Tenant) -> Mapping[int, str]:
    """By id of the login, the name of whom it belongs to. One query."""
    with tenant_scope(tenant):
        linked = Staff.objects.filter(user__isnull=False)
        return dict(linked.values_list("user_id", "name"))


def link_staff(tenant: Tenant, staff_id: int, user: User) -> bool:
    """Give the row its login, while both are free; returns whether it is so now. Under the tenant's lock."""
    with tenant_scope(tenant):
        if Staff.objects.filter(user=user).exists():
            return False
        return bool(Staff.objects.filter(pk=staff_id, user__isnull=True).update(user=user))


def require_free_login(tenant: Tenant, user: User | None, *, staff_id: int | None = None) -> None:
    """Return when `user` may become the login of that row, or is none. Raises WrongChoice.

    Under the tenant's lock, in its schema. What a row has already it may keep, whoever was switched off since.
    """
    own = Q(pk=staff_id, user=user) if staff_id else Q(pk__in=[])
    if user is None or Staff.objects.filter(own).exists():
        return
    if not Membership.objects.filter(tenant=tenant, user=user, is_active=True).exists():
        raise WrongChoice("user", _("This person has no login here any more. Choose another."))
    taken = Staff.objects.filter(user=user).first()
    if taken is not None:
        raise WrongChoice("user", _("This is the login of %(name)s already.") % {"name": taken})


def logins_for(tenant: Tenant, row: Staff) -> list[tuple[int, str]]:
    """Id and name of the logins that `row` may have: the active ones that are nobody's, and its own. One query."""
    taken = Staff.objects.filter(user__isnull=False).values("user_id")
    free = Q(is_active=True) & ~Q(user_id__in=taken)
    members = Membership.objects.filter(Q(user_id=row.user_id) | free, tenant=tenant)
    return [
        (one.user_id, f"{one.user.name} · {one.user.email}" if one.user.name else one.user.email)
        for one in members.select_related("user").order_by(Lower("user__name"), "pk")
    ]


def landing_of(tenant: Tenant, user: User) -> str:
    """My day for who works here in the staff role and is among the staff; "" for everybody else. Two queries."""
    if not tenant.entitlements.can("appointments"):
        return ""
    works = Membership.objects.filter(tenant=tenant, user=user, role=STAFF)
    with tenant_scope(tenant):
        if works.exists() and Staff.objects.filter(user=user).exists():
            return reverse("booking:my_day")
    return ""
