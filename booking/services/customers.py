"""Who is served. Each function needs the capability of the same name in the plan."""

from typing import TypedDict, Unpack

from booking.models import Customer
from booking.services import resources
from tenants.models import Tenant


class CustomerFields(TypedDict, total=False):
    name: str
    email: str
    phone: str
    notes: str


def add_customer(
    tenant: Tenant, *, name: str, email: str = "", phone: str = "", notes: str = ""
) -> Customer:
    """Somebody new. Raises CapabilityMissing, LimitReached."""
    return resources.add(tenant, Customer(name=name, email=email, phone=phone, notes=notes))


def edit_customer(tenant: Tenant, pk: int, **changes: Unpack[CustomerFields]) -> Customer:
    """Write what is given, leave the rest. Raises CapabilityMissing, NotHere."""
    return resources.edit(tenant, Customer, pk, changes)


def delete_customer(tenant: Tenant, pk: int) -> None:
    """Delete somebody for good. Raises CapabilityMissing, NotHere; Conflict with appointments."""
    resources.delete(tenant, Customer, pk)
