"""To whom a tenant's invoices are made out from now on."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import BillingDetails
from saas.core.versions import check_version, version_of
from tenants.models import Tenant

LONGEST_ADDRESS = 400


def details_of(tenant: Tenant) -> BillingDetails:
    """As stored; empty and unsaved where nothing was entered yet. One query."""
    return BillingDetails.objects.filter(tenant=tenant).first() or BillingDetails(tenant=tenant)


def version(details: BillingDetails) -> str:
    """What the form shows them as of."""
    return version_of(details.name, details.address, details.tax_id)


@transaction.atomic
def save_details(
    tenant: Tenant, *, name: str, address: str, tax_id: str, seen: str = ""
) -> BillingDetails:
    """What the next invoices say of the buyer; those that were issued stay as they are.

    Under the tenant's lock, as payments are settled: an invoice has all of the old words or all of the new ones.
    Raises ChangedMeanwhile where `seen` is not what is stored, and ValidationError for what is too long.
    """
    if len(address) > LONGEST_ADDRESS:  # a text column knows no length of its own
        raise ValidationError({"address": _("This address is too long.")})
    locked = tenant.lock()
    details = details_of(locked)
    check_version(seen, version(details))
    details.name, details.address, details.tax_id = name, address, tax_id
    details.full_clean(validate_unique=False)
    details.save()
    return details
