"""Who serves the customers. Each function needs the capability of the same name in the plan."""

from typing import TypedDict, Unpack

from booking.models import Staff
from booking.services import resources
from tenants.models import Tenant


class StaffFields(TypedDict, total=False):
    name: str
    title: str
    email: str
    phone: str


def add_staff(
    tenant: Tenant, *, name: str, title: str = "", email: str = "", phone: str = ""
) -> Staff:
    """Somebody new, active at once. Raises CapabilityMissing, LimitReached."""
    return resources.add(tenant, Staff(name=name, title=title, email=email, phone=phone))


def edit_staff(tenant: Tenant, pk: int, **changes: Unpack[StaffFields]) -> Staff:
    """Write what is given, leave the rest. Raises CapabilityMissing, NotHere."""
    return resources.edit(tenant, Staff, pk, changes)


def set_staff_active(tenant: Tenant, pk: int, *, active: bool) -> Staff:
    """Switch somebody on or off. On needs room. Raises as `resources.set_active` does."""
    return resources.set_active(tenant, Staff, pk, active=active)


def delete_staff(tenant: Tenant, pk: int) -> None:
    """Delete somebody for good. Raises CapabilityMissing, NotHere; Conflict with appointments."""
    resources.delete(tenant, Staff, pk)
