"""Whoever books on the page by themselves: found among the customers, or added.

What the business wrote about a customer is never overwritten, but for a consent that they give themselves,
and nobody is told that somebody is known.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from booking.models import Customer
from booking.models.search import phone_key
from plans.entitlements import Entitlements
from saas.core.events import emit
from tenants.models import Tenant

LONGEST_WORDS = 400
MOST = 20
"""With the same address that are looked at."""


@dataclass(frozen=True)
class Guest:
    """What somebody typed about themselves, already checked. `phone` is empty or `+351 912 345 678`; `news` are the
    words by which they agreed to news and offers, empty where they did not.
    """

    name: str
    email: str = ""
    phone: str = ""
    note: str = ""
    language: str = ""
    agreed: bool = False
    news: str = ""


def customer_for(
    tenant: Tenant, entitlements: Entitlements, guest: Guest, now: datetime
) -> Customer:
    """The customer that `guest` is, by e-mail or else by phone; a new one otherwise. Emits `customer.created`.

    Under the tenant's lock. Raises LimitReached where there is no room for somebody new.
    """
    found = _known(guest)
    if found is not None:
        _agree(found, guest, now)
        return found
    entitlements.require_room("customers")
    new = Customer.objects.create(
        name=guest.name,
        email=guest.email,
        phone=guest.phone,
        language=guest.language,
        created_at=now,
        **_consent(guest, now),
    )
    emit("customer.created", tenant_id=tenant.pk, customer_id=new.pk)
    return new


def _consent(guest: Guest, now: datetime) -> dict[str, Any]:
    if not guest.news:
        return {}
    return {"wants_news": True, "consent_at": now, "consent_words": guest.news[:LONGEST_WORDS]}


def _agree(row: Customer, guest: Guest, now: datetime) -> None:
    """Whoever is known already agrees all the same. A box that is left empty takes nothing back."""
    fields = {} if row.wants_news else _consent(guest, now)
    if fields:
        Customer.objects.filter(pk=row.pk).update(**fields)


def note_of(guest: Guest, customer: Customer) -> str:
    """What the team reads: their own words, and how they called themselves where that is not what is known."""
    typed = [guest.name, guest.email, guest.phone]
    known = [customer.name, customer.email.lower(), customer.phone]
    differs = guest.name != customer.name or any(
        said and _bare(said) != _bare(have) for said, have in zip(typed, known, strict=True)
    )
    if not differs:
        return guest.note
    line = _("Booked as: %(who)s") % {"who": ", ".join(filter(None, typed))}
    return f"{guest.note}\n{line}".strip()


def _bare(text: str) -> str:
    return "".join(text.lower().split())


def _known(guest: Guest) -> Customer | None:
    """Of several with the same address the one of that name, else the one known longest. By index, however many."""
    here = Customer.objects.listed().order_by("created_at", "pk")
    found: list[Customer] = []
    if guest.email:
        same = here.exclude(email="").alias(small=Lower("email")).filter(small=guest.email.lower())
        found = list(same[:MOST])
    if not found and (key := phone_key(guest.phone)):
        # A family shares a phone: another e-mail than the typed one is somebody else's.
        with_phone = here.filter(phone_key=key)[:MOST]
        found = [one for one in with_phone if not (guest.email and one.email)]
    named = [one for one in found if _bare(one.name) == _bare(guest.name)]
    return next(iter(named or found), None)
