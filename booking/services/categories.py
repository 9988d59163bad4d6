"""The headings under which services stand. They need the capability “Service categories”."""

from django.utils.translation import gettext_lazy as _

from booking.models import ServiceCategory
from booking.selectors import find_row
from booking.services.resources import allowed
from saas.core.errors import Conflict
from tenants.models import Tenant

CAPABILITY = "services.categories"


def add_category(tenant: Tenant, *, name: str, order_number: int = 10) -> ServiceCategory:
    """A new heading. Raises CapabilityMissing; Conflict when there is one of that name."""
    with allowed(tenant, CAPABILITY):
        _require_free_name(name)
        return ServiceCategory.objects.create(name=name, order_number=order_number)


def edit_category(tenant: Tenant, pk: int, *, name: str, order_number: int) -> ServiceCategory:
    """Rename or move a heading. Raises CapabilityMissing, NotHere; Conflict for a name in use."""
    with allowed(tenant, CAPABILITY):
        category = find_row(ServiceCategory, pk)
        _require_free_name(name, apart_from=pk)
        category.name, category.order_number = name, order_number
        category.save(update_fields=["name", "order_number"])
    return category


def delete_category(tenant: Tenant, pk: int) -> None:
    """Delete a heading; its services stay, without one. Raises CapabilityMissing, NotHere."""
    with allowed(tenant, CAPABILITY):
        find_row(ServiceCategory, pk).delete()


def _require_free_name(name: str, apart_from: int = 0) -> None:
    if ServiceCategory.objects.filter(name__iexact=name).exclude(pk=apart_from).exists():
        raise Conflict(_("There is a category with this name already."))
