"""What may be added to a service. Each function needs the capability “Service extras”."""

from typing import TypedDict, Unpack

from booking.models import Service, ServiceExtra
from booking.services import resources
from tenants.models import Tenant


class ExtraFields(TypedDict, total=False):
    """The service of an extra stays what it is: appointments were made with both."""

    name: str
    price: int
    minutes: int
    max_quantity: int


def add_extra(
    tenant: Tenant,
    *,
    service: Service,
    name: str,
    price: int,
    minutes: int = 0,
    max_quantity: int = 1,
) -> ServiceExtra:
    """A new extra of `service`, active at once, that can be had `max_quantity` times.

    Raises CapabilityMissing, LimitReached, WrongChoice.
    """
    row = ServiceExtra(
        service=service, name=name, price=price, minutes=minutes, max_quantity=max_quantity
    )
    return resources.add(tenant, row)


def edit_extra(tenant: Tenant, pk: int, **changes: Unpack[ExtraFields]) -> ServiceExtra:
    """Write what is given, leave the rest. Raises CapabilityMissing, NotHere."""
    return resources.edit(tenant, ServiceExtra, pk, changes)


def set_extra_active(tenant: Tenant, pk: int, *, active: bool) -> ServiceExtra:
    """Switch an extra on or off. On needs room. Raises as `resources.set_active` does."""
    return resources.set_active(tenant, ServiceExtra, pk, active=active)


def delete_extra(tenant: Tenant, pk: int) -> None:
    """Delete an extra for good. Raises CapabilityMissing, NotHere; Conflict with appointments."""
    resources.delete(tenant, ServiceExtra, pk)
