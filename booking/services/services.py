"""What customers can book. Each function needs the capability of the same name in the plan."""

from typing import TypedDict, Unpack

from booking.models import Service, ServiceCategory
from booking.services import resources
from tenants.models import Tenant


class ServiceFields(TypedDict, total=False):
    name: str
    category: ServiceCategory | None
    minutes: int
    price: int
    description: str


def add_service(
    tenant: Tenant,
    *,
    name: str,
    minutes: int,
    price: int,
    category: ServiceCategory | None = None,
    description: str = "",
) -> Service:
    """A new service, active at once; `price` in minor units. Raises CapabilityMissing,
    LimitReached; WrongChoice for a category that is gone.
    """
    row = Service(
        name=name, category=category, minutes=minutes, price=price, description=description
    )
    return resources.add(tenant, row)


def edit_service(tenant: Tenant, pk: int, **changes: Unpack[ServiceFields]) -> Service:
    """Write what is given, leave the rest. Raises CapabilityMissing, NotHere, WrongChoice."""
    return resources.edit(tenant, Service, pk, changes)


def set_service_active(tenant: Tenant, pk: int, *, active: bool) -> Service:
    """Switch a service on or off. On needs room. Raises as `resources.set_active` does."""
    return resources.set_active(tenant, Service, pk, active=active)


def delete_service(tenant: Tenant, pk: int) -> None:
    """Delete a service with its extras. Raises CapabilityMissing, NotHere; Conflict with appointments."""
    resources.delete(tenant, Service, pk)
