"""Where customers are served. Each function needs the capability of the same name in the plan."""

from typing import TypedDict, Unpack

from booking.models import Location
from booking.services import resources
from tenants.models import Tenant


class LocationFields(TypedDict, total=False):
    name: str
    address: str
    phone: str


def add_location(tenant: Tenant, *, name: str, address: str = "", phone: str = "") -> Location:
    """A new place, active at once. Raises CapabilityMissing, LimitReached."""
    return resources.add(tenant, Location(name=name, address=address, phone=phone))


def edit_location(tenant: Tenant, pk: int, **changes: Unpack[LocationFields]) -> Location:
    """Write what is given, leave the rest. Raises CapabilityMissing, NotHere."""
    return resources.edit(tenant, Location, pk, changes)


def set_location_active(tenant: Tenant, pk: int, *, active: bool) -> Location:
    """Switch a place on or off. On needs room. Raises as `resources.set_active` does."""
    return resources.set_active(tenant, Location, pk, active=active)


def delete_location(tenant: Tenant, pk: int) -> None:
    """Delete a place for good. Raises CapabilityMissing, NotHere; Conflict with appointments."""
    resources.delete(tenant, Location, pk)
