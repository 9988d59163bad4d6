"""Who is served. Each function needs the capability of the same name in the plan."""

from typing import TypedDict, Unpack

from django.db import transaction

from booking.models import Customer
from booking.services import resources
from saas.core.events import emit
from tenants.models import Tenant


class CustomerFields(TypedDict, total=False):
    name: str
    email: str
    phone: str
    notes: str


def add_customer(
    tenant: Tenant, *, name: str, email: str = "", phone: str = "", notes: str = ""
) -> Customer:
    """Somebody new. Emits `customer.created`. Raises CapabilityMissing, LimitReached."""
    with transaction.atomic():
        new = Customer(name=name, email=email, phone=phone, notes=notes)
        added = resources.add(tenant, new)
        emit("customer.created", tenant_id=tenant.pk, customer_id=added.pk)
    return added


def edit_customer(tenant: Tenant, pk: int, **changes: Unpack[CustomerFields]) -> Customer:
    """Write what is given, leave the rest. Raises CapabilityMissing, NotHere."""
    return resources.edit(tenant, Customer, pk, changes)


def delete_customer(tenant: Tenant, pk: int) -> None:
    """Delete somebody for good. Raises CapabilityMissing, NotHere; Conflict with appointments."""
    resources.delete(tenant, Customer, pk)
