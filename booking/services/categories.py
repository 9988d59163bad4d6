"""The headings under which services stand. They need the capability “Service categories”."""

from django.utils.translation import gettext_lazy as _

from booking.models import ServiceCategory
from booking.selectors import find_row
from booking.services.resources import GONE, WrongChoice, allowed
from saas.core.errors import Conflict
from tenants.models import Tenant

CAPABILITY = "services.categories"


def add_category(
    tenant: Tenant, *, name: str, order_number: int = 10, parent: ServiceCategory | None = None
) -> ServiceCategory:
    """A new heading, within `parent` if there is one.

    Raises CapabilityMissing; Conflict when there is one of that name; WrongChoice naming `parent`.
    """
    with allowed(tenant, CAPABILITY):
        _require_free_name(name)
        row = ServiceCategory(name=name, order_number=order_number, parent=parent)
        _require_flat(row)
        row.save()
    return row


def edit_category(
    tenant: Tenant,
    pk: int,
    *,
    name: str,
    order_number: int,
    parent: ServiceCategory | None = None,
) -> ServiceCategory:
    """Rename or move a heading. Raises CapabilityMissing, NotHere; Conflict for a name in use; WrongChoice."""
    with allowed(tenant, CAPABILITY):
        category = find_row(ServiceCategory, pk)
        _require_free_name(name, apart_from=pk)
        category.name, category.order_number, category.parent = name, order_number, parent
        _require_flat(category)
        category.save(update_fields=["name", "order_number", "parent"])
    return category


def delete_category(tenant: Tenant, pk: int) -> None:
    """Delete a heading; its services stay, without one. Raises CapabilityMissing, NotHere."""
    with allowed(tenant, CAPABILITY):
        find_row(ServiceCategory, pk).delete()


def _require_free_name(name: str, apart_from: int = 0) -> None:
    if ServiceCategory.objects.filter(name__iexact=name).exclude(pk=apart_from).exists():
        raise Conflict(_("There is a category with this name already."))


def _require_flat(row: ServiceCategory) -> None:
    """Return when `row` is nested once at most. Raises WrongChoice."""
    if row.parent_id is None:
        return
    parent = ServiceCategory.objects.filter(pk=row.parent_id).first()
    if parent is None:
        raise WrongChoice("parent", GONE)
    if parent.pk == row.pk or parent.parent_id is not None:
        raise WrongChoice("parent", _("Choose a category that stands within no other."))
    if row.pk and row.children.exists():
        raise WrongChoice(
            "parent", _("Other categories stand within this one, so it cannot be within another.")
        )
