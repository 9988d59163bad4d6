"""Two entries of one person become one, and two who only look alike stay apart."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.models import Customer, DistinctCustomers, MergedCustomer
from booking.services.customers import find_customer
from booking.services.erasing import audit_label
from booking.services.resources import allowed
from booking.services.stops import addresses_of, carry_stops
from saas.core import audit
from saas.core.errors import Conflict
from tenants.models import Tenant
from workflows.services.people import move_person

CHOOSABLE = ("name", "email", "phone", "language", "wants_news")
"""Which of the two says so, is chosen for each; notes are kept of both."""
MOST_NOTES = 2000


def merge_customers(
    tenant: Tenant,
    keep_pk: int,
    gone_pk: int,
    *,
    from_gone: Collection[str] = (),
    by_id: int | None = None,
    now: datetime,
) -> Customer:
    """One is left: `keep_pk`, with the fields `from_gone` of the other, and with everything that was the other's.

    Appointments, messages and stops move; notes of both are kept; what the other said is written down, and in the audit
    log that it was done. All or nothing.
    Raises CapabilityMissing (of changing or deleting customers), NotHere; Conflict for one and the same, and for notes
    that are too long together.
    """
    with allowed(tenant, "customers.edit") as entitlements:
        entitlements.require("customers.delete")
        if keep_pk == gone_pk:
            raise Conflict(_("That is one and the same customer."))
        keep, gone = find_customer(keep_pk), find_customer(gone_pk)
        said = _said(gone)
        fields = _merged(keep, gone, from_gone)
        old = [*addresses_of(tenant, keep), *addresses_of(tenant, gone)]
        DistinctCustomers.objects.filter(first=gone).delete()
        DistinctCustomers.objects.filter(second=gone).delete()
        _move_all(keep, gone)
        gone.delete()
        for field, value in fields.items():
            setattr(keep, field, value)
        keep.save(update_fields=list(fields))
        MergedCustomer.objects.create(kept=keep, gone_id=gone_pk, gone=said, by_id=by_id, at=now)
        move_person(tenant, f"customer:{gone_pk}", f"customer:{keep_pk}")
        carry_stops(tenant, old, keep, now)
        audit.record(
            "customer.merged",
            keep,
            tenant=tenant,
            label=audit_label(keep_pk),
            changes={"customer": [str(gone_pk), str(keep_pk)]},
        )
    return keep


def merged_notes(keep: Customer, gone: Customer) -> str:
    """The notes of both, once where they say the same."""
    both = [keep.notes] if gone.notes in keep.notes else [keep.notes, gone.notes]
    return "\n\n".join(filter(None, both))


def keep_apart(tenant: Tenant, one: int, other: int, *, now: datetime) -> None:
    """They are not the same person, and will not be proposed again. Raises CapabilityMissing, NotHere, Conflict."""
    with allowed(tenant, "customers.edit"):
        if one == other:
            raise Conflict(_("That is one and the same customer."))
        first, second = sorted((find_customer(one).pk, find_customer(other).pk))
        DistinctCustomers.objects.get_or_create(
            first_id=first, second_id=second, defaults={"at": now}
        )


def _merged(keep: Customer, gone: Customer, from_gone: Collection[str]) -> dict[str, Any]:
    notes = merged_notes(keep, gone)
    if len(notes) > MOST_NOTES:
        text = _(
            "The notes of both are longer than %(most)s characters together. Shorten one of them first."
        )
        raise Conflict(text % {"most": MOST_NOTES})
    fields = {name: getattr(gone, name) for name in CHOOSABLE if name in from_gone}
    if "wants_news" in fields:
        fields["consent_at"], fields["consent_words"] = gone.consent_at, gone.consent_words
    return fields | {"notes": notes, "created_at": min(keep.created_at, gone.created_at)}


def _move_all(keep: Customer, gone: Customer) -> None:
    """Whatever refers to `gone` refers to `keep`: appointments, and what later modules may bring."""
    for relation in Customer._meta.get_fields(include_hidden=True):
        model: Any = relation.related_model
        if relation.auto_created and relation.one_to_many and model is not DistinctCustomers:
            field = relation.field.name  # type: ignore[union-attr]
            model._default_manager.filter(**{field: gone}).update(**{field: keep})


def _said(row: Customer) -> Mapping[str, Any]:
    return {
        "name": row.name,
        "email": row.email,
        "phone": row.phone,
        "notes": row.notes,
        "wants_news": row.wants_news,
        "created_at": row.created_at.isoformat(),
    }
