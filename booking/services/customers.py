"""Who is served. Each function needs the capability of the same name in the plan."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict, Unpack

from django.utils.translation import gettext_lazy as _

from booking.models import Customer, MergedCustomer
from booking.selectors import find_row
from booking.services import resources
from saas.core.errors import NotHere
from saas.core.events import emit
from tenants.models import Tenant


class MoreOfCustomer(TypedDict, total=False):
    email: str
    phone: str
    notes: str
    language: str
    wants_news: bool


class CustomerFields(MoreOfCustomer, total=False):
    name: str


def add_customer(tenant: Tenant, *, name: str, **more: Unpack[MoreOfCustomer]) -> Customer:
    """Somebody new. Emits `customer.created`. Raises CapabilityMissing, LimitReached."""
    with resources.allowed(tenant, "customers.add") as entitlements:
        entitlements.require_room("customers")
        row = Customer(name=name, **more, created_at=entitlements.now)
        row.consent_at = entitlements.now if row.wants_news else None
        row.save(force_insert=True)
        emit("customer.created", tenant_id=tenant.pk, customer_id=row.pk)
    return row


def edit_customer(tenant: Tenant, pk: int, **changes: Unpack[CustomerFields]) -> Customer:
    """Write what is given, leave the rest; when consent is given or taken back is noted.

    Raises CapabilityMissing, NotHere, also for somebody erased.
    """
    with resources.allowed(tenant, "customers.edit") as entitlements:
        row = find_customer(pk)
        fields = changed_consent(row, changes, entitlements.now)
        for field, value in fields.items():
            setattr(row, field, value)
        row.save(update_fields=list(fields))
    return row


def changed_consent(
    row: Customer, changes: Mapping[str, object], now: datetime
) -> dict[str, object]:
    """`changes`, and since when `row` wants news or not, where that is among them: the team says so now."""
    wants = changes.get("wants_news", row.wants_news)
    if wants == row.wants_news:
        return dict(changes)
    return {**changes, "consent_at": now, "consent_words": ""}


def delete_customer(tenant: Tenant, pk: int) -> None:
    """Delete somebody for good. Raises CapabilityMissing, NotHere; Conflict with appointments."""
    resources.delete(tenant, Customer, pk)


def find_customer(pk: int) -> Customer:
    """The customer `pk` of the present tenant. Raises NotHere, with a word of its own for somebody erased."""
    return _not_erased(find_row(Customer, pk))


def find_kept(pk: int) -> Customer:
    """As `find_customer`; for an entry that was merged, the one that was kept."""
    row = Customer.objects.filter(pk=pk).first()
    if row:
        return _not_erased(row)
    merged = MergedCustomer.objects.filter(gone_id=pk).first()
    return find_customer(merged.kept_id if merged else pk)


def _not_erased(row: Customer) -> Customer:
    if row.erased_at:
        raise NotHere(_("This customer was erased at their own request. Nothing of them is left."))
    return row
