"""Somebody asks to be forgotten: nothing is left that names them, and the books still add up."""

from datetime import datetime

from django.db.models import Q

from booking.imports.forgetting import Traces, forget_in_imports
from booking.models import Appointment, Customer, DepositPayment, DistinctCustomers, MergedCustomer
from booking.services.customers import find_customer
from booking.services.resources import allowed
from saas.core import audit
from tenants.models import Tenant
from workflows.services.people import forget_person

ERASED = "Erased customer"
"""In English in the database, for every language of the team alike."""


def erase_customer(tenant: Tenant, pk: int, *, now: datetime) -> None:
    """Name, contact, notes and consent are gone for good: here, in appointments, in messages to them or about them, in
    the log of workflows, in files to be imported. The audit log says that it was done, and not to whom.

    Appointments stay, with service, time and price, and so do payments, without whose card it was; their private links
    lead nowhere. Stops of their addresses stay, or the next import would undo what they asked for. Raises
    CapabilityMissing, NotHere, also for somebody erased already.
    """
    with allowed(tenant, "customers.delete"):
        row = find_customer(pk)
        merged = list(MergedCustomer.objects.filter(kept=row))
        known = _known_as(row, merged)
        forget_in_imports(Traces.of(known["name"], known["email"], known["phone"]), now)
        theirs = Appointment.objects.filter(customer=row)
        theirs.exclude(note="").update(note="")
        DepositPayment.objects.filter(appointment__in=theirs).update(paid_with="")
        DistinctCustomers.objects.filter(Q(first=row) | Q(second=row)).delete()
        entries = [pk, *(one.gone_id for one in merged)]
        forget_person(
            tenant,
            [f"customer:{one}" for one in entries],
            now,
            subjects={
                "customer_id": entries,
                "appointment_id": list(theirs.values_list("pk", flat=True)),
            },
            known_as={text for texts in known.values() for text in texts},
        )
        MergedCustomer.objects.filter(kept=row).update(gone={})
        for field, empty in EMPTY.items():
            setattr(row, field, empty)
        row.name, row.erased_at = ERASED, now
        row.save(update_fields=["name", "erased_at", *EMPTY])
        audit.record("customer.erased", row, tenant=tenant, label=audit_label(pk))


EMPTY = {
    "email": "",
    "phone": "",
    "notes": "",
    "language": "",
    "wants_news": False,
    "consent_at": None,
    "consent_words": "",
}


def audit_label(pk: int) -> str:
    """What the audit log, which nobody can take anything out of, calls a customer: never by name."""
    return f"Customer {pk}"


def _known_as(row: Customer, merged: list[MergedCustomer]) -> dict[str, set[str]]:
    """Name, e-mail addresses and telephone numbers of `row` and of the entries that were merged into it."""
    said = [{"name": row.name, "email": row.email, "phone": row.phone}, *(m.gone for m in merged)]
    return {
        field: {str(one[field]) for one in said if one.get(field)}
        for field in ("name", "email", "phone")
    }
