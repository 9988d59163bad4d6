"""Who serves the customers. Each function needs the capability of the same name in the plan."""

from typing import TypedDict, Unpack

from booking.models import Staff
from booking.services import resources
from booking.services.logins import require_free_login
from tenants.models import Tenant, User


class StaffFields(TypedDict, total=False):
    name: str
    title: str
    email: str
    phone: str
    user: User | None


def add_staff(
    tenant: Tenant,
    *,
    name: str,
    title: str = "",
    email: str = "",
    phone: str = "",
    user: User | None = None,
) -> Staff:
    """Somebody new, active at once. Raises CapabilityMissing, LimitReached, WrongChoice for a login not free."""
    with resources.allowed(tenant, Staff.capability("add")):
        require_free_login(tenant, user)
        row = Staff(name=name, title=title, email=email, phone=phone, user=user)
        return resources.add(tenant, row)


def edit_staff(tenant: Tenant, pk: int, **changes: Unpack[StaffFields]) -> Staff:
    """Write what is given, leave the rest. Raises CapabilityMissing, NotHere, WrongChoice as `add_staff` does."""
    with resources.allowed(tenant, Staff.capability("edit")):
        require_free_login(tenant, changes.get("user"), staff_id=pk)
        return resources.edit(tenant, Staff, pk, changes)


def set_staff_active(tenant: Tenant, pk: int, *, active: bool) -> Staff:
    """Switch somebody on or off. On needs room. Raises as `resources.set_active` does."""
    return resources.set_active(tenant, Staff, pk, active=active)


def delete_staff(tenant: Tenant, pk: int) -> None:
    """Delete somebody for good. Raises CapabilityMissing, NotHere; Conflict with appointments."""
    resources.delete(tenant, Staff, pk)
