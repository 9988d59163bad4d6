"""What customers can book. Each function needs the capability of the same name in the plan."""

from collections.abc import Sequence
from typing import Required, TypedDict, Unpack

from django.utils.translation import gettext_lazy as _

from booking.deposits import must_ask
from booking.models import Deposit, Location, Service, ServiceCategory, Staff
from booking.selectors import find_row
from booking.services import resources
from booking.services.pictures import forget_picture
from booking.services.resources import WrongChoice, allowed
from plans.entitlements import Entitlements
from tenants.models import Tenant


class ServiceFields(TypedDict, total=False):
    """`price`, and a fixed `deposit`, are in minor units; a `deposit` by percent is 1 to 100."""

    name: str
    category: ServiceCategory | None
    minutes: int
    price: int
    description: str
    buffer_before: int
    buffer_after: int
    capacity: int
    color: str
    deposit_kind: str
    deposit: int
    offered_by: Sequence[Staff]
    locations: Sequence[Location]


class NewService(ServiceFields, total=False):
    name: Required[str]  # type: ignore[misc]
    minutes: Required[int]  # type: ignore[misc]
    price: Required[int]  # type: ignore[misc]


LINKS = ("offered_by", "locations")


def add_service(tenant: Tenant, **fields: Unpack[NewService]) -> Service:
    """A new service, active at once. Raises CapabilityMissing, LimitReached; WrongChoice naming what is gone,
    or `deposit_kind` where the plan wants a deposit.
    """
    columns = {name: value for name, value in fields.items() if name not in LINKS}
    links = {name: fields[name] for name in LINKS if name in fields}  # type: ignore[literal-required]
    row = Service(**columns)
    with allowed(tenant, Service.capability("add")) as entitlements:
        added = resources.add(tenant, row, links)
        _require_deposit(entitlements, added)
    return added


def edit_service(tenant: Tenant, pk: int, **changes: Unpack[ServiceFields]) -> Service:
    """Write what is given, leave the rest; `offered_by` and `locations` are all there are from now on.

    Raises CapabilityMissing, NotHere; WrongChoice as `add_service` does.
    """
    with allowed(tenant, Service.capability("edit")) as entitlements:
        row = resources.edit(tenant, Service, pk, changes)
        if {"price", "deposit_kind"} & set(changes):
            _require_deposit(entitlements, row)
    return row


def _require_deposit(entitlements: Entitlements, row: Service) -> None:
    """Return when `row`, written a moment ago in this transaction, may ask for what it asks. Raises WrongChoice."""
    if row.deposit_kind == Deposit.NONE and must_ask(entitlements, row.price):
        raise WrongChoice("deposit_kind", DEPOSIT_WANTED)
    if row.deposit_kind == Deposit.FIXED and row.deposit > row.price:
        raise WrongChoice("deposit_kind", DEPOSIT_TOO_HIGH)


def set_service_active(tenant: Tenant, pk: int, *, active: bool) -> Service:
    """Switch a service on or off. On needs room. Raises as `resources.set_active` does."""
    return resources.set_active(tenant, Service, pk, active=active)


def delete_service(tenant: Tenant, pk: int) -> None:
    """Delete a service with its extras. Raises CapabilityMissing, NotHere; Conflict with appointments."""
    with allowed(tenant, Service.capability("delete")):
        picture = find_row(Service, pk).picture
        resources.delete(tenant, Service, pk)
        forget_picture(picture)


DEPOSIT_WANTED = _("Your plan asks for a deposit for every service that costs something.")
DEPOSIT_TOO_HIGH = _("The deposit is higher than the price.")
