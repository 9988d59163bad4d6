"""Who serves the customers. Each function needs the capability of the same name in the plan."""

from collections.abc import Sequence
from typing import Required, TypedDict, Unpack

from booking.models import Location, Staff
from booking.services import resources
from booking.services.logins import require_free_login
from tenants.models import Tenant, User


class StaffFields(TypedDict, total=False):
    """`time_zone` is empty for the business’s own; no `locations` means everywhere."""

    name: str
    title: str
    email: str
    phone: str
    color: str
    time_zone: str
    locations: Sequence[Location]
    user: User | None


class NewStaff(StaffFields, total=False):
    name: Required[str]  # type: ignore[misc]


def add_staff(tenant: Tenant, **fields: Unpack[NewStaff]) -> Staff:
    """Somebody new, active at once. Raises CapabilityMissing, LimitReached; WrongChoice for a location that is gone

    or a login that is not free.
    """
    columns = {name: value for name, value in fields.items() if name != "locations"}
    with resources.allowed(tenant, Staff.capability("add")):
        require_free_login(tenant, fields.get("user"))
        return resources.add(tenant, Staff(**columns), {"locations": fields.get("locations", ())})


def edit_staff(tenant: Tenant, pk: int, **changes: Unpack[StaffFields]) -> Staff:
    """Write what is given, leave the rest; `locations` are all there are from now on.

    Raises CapabilityMissing, NotHere, WrongChoice.
    """
    with resources.allowed(tenant, Staff.capability("edit")):
        require_free_login(tenant, changes.get("user"), staff_id=pk)
        return resources.edit(tenant, Staff, pk, changes)


def set_staff_active(tenant: Tenant, pk: int, *, active: bool) -> Staff:
    """Switch somebody on or off. On needs room. Raises as `resources.set_active` does."""
    return resources.set_active(tenant, Staff, pk, active=active)


def delete_staff(tenant: Tenant, pk: int) -> None:
    """Delete somebody for good. Raises CapabilityMissing, NotHere; Conflict with appointments."""
    resources.delete(tenant, Staff, pk)
