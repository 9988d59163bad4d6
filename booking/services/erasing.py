"""Somebody asks to be forgotten: nothing is left that names them, and the books still add up."""

from datetime import datetime

from django.db.models import Q

from booking.models import Appointment, Customer, DistinctCustomers, ImportRefusal, MergedCustomer
from booking.services.customers import find_customer
from booking.services.resources import allowed
from tenants.models import Tenant
from workflows.services.people import forget_person

ERASED = "Erased customer"
"""In English in the database, for every language of the team alike."""


def erase_customer(tenant: Tenant, pk: int, *, now: datetime) -> None:
    """Name, contact, notes and consent are gone for good, here, in appointments and in messages.

    Appointments stay, with service, time and price. Stops of their addresses stay, or the next import would undo what
    they asked for. Raises CapabilityMissing, NotHere, also for somebody erased already.
    """
    with allowed(tenant, "customers.delete"):
        row = find_customer(pk)
        theirs = Appointment.objects.filter(customer=row)
        theirs.exclude(note="").update(note="")
        _forget_beside(row)
        subjects = {
            "customer_id": [pk],
            "appointment_id": list(theirs.values_list("pk", flat=True)),
        }
        for gone in (
            pk,
            *MergedCustomer.objects.filter(kept=row).values_list("gone_id", flat=True),
        ):
            forget_person(tenant, f"customer:{gone}", now, subjects=subjects)
        MergedCustomer.objects.filter(kept=row).update(gone={})
        for field, empty in EMPTY.items():
            setattr(row, field, empty)
        row.name, row.erased_at = ERASED, now
        row.save(update_fields=["name", "erased_at", *EMPTY])


EMPTY = {
    "email": "",
    "phone": "",
    "notes": "",
    "language": "",
    "wants_news": False,
    "consent_at": None,
}


def _forget_beside(row: Customer) -> None:
    DistinctCustomers.objects.filter(Q(first=row) | Q(second=row)).delete()
    for contact in filter(None, (row.email, row.phone)):
        ImportRefusal.objects.filter(cells__icontains=contact).delete()
