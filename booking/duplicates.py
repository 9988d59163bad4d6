"""Who may be there twice: the same e-mail, the same phone, or the same name with nothing that tells them apart."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from booking.models import Customer, DistinctCustomers
from saas.core.errors import Sentence

MOST = 50
"""Pairs on the page; whoever settles them sees the next."""
REASONS: dict[str, Sentence] = {
    "email": _("Same e-mail"),
    "phone": _("Same phone"),
    "name": _("Same name"),
}
NEIGHBOURS = """
SELECT before, id, '{reason}' FROM (
    SELECT id, lag(id) OVER w AS before {columns} FROM booking_customer
    WHERE erased_at IS NULL {where} WINDOW w AS (PARTITION BY {key} ORDER BY {key}, id)
) pair
WHERE before IS NOT NULL {kept} AND NOT EXISTS (
    SELECT FROM booking_distinctcustomers d WHERE d.first_id = pair.before AND d.second_id = pair.id
)
LIMIT {most}
"""
BY_NAME = """
    , email, phone_key, lag(email) OVER w AS email_before, lag(phone_key) OVER w AS phone_before
"""
NOTHING_TELLS = """
    AND (email = '' OR email_before = '') AND (phone_key = '' OR phone_before = '')
"""


@dataclass(frozen=True)
class Pair:
    """Two customers, the older one first, and why they may be one."""

    first: Customer
    second: Customer
    reasons: list[Sentence]

    @property
    def people(self) -> tuple[Customer, Customer]:
        return self.first, self.second


def pairs(most: int = MOST) -> list[Pair]:
    """Up to `most` pairs. Two queries, which walk along indexes and stop when they have enough.

    Of three who are alike two neighbours are a pair each, so that many at one number do not make very many pairs.
    """
    why: dict[tuple[int, int], list[Sentence]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_statement(most))
        for first, second, reason in cursor.fetchall():
            why.setdefault((first, second), []).append(REASONS[reason])
    chosen = list(why)[:most]
    found = Customer.objects.in_bulk({pk for pair in chosen for pk in pair})
    return [Pair(found[one], found[other], why[one, other]) for one, other in chosen]


def _statement(most: int) -> str:
    parts = (
        NEIGHBOURS.format(
            reason="email",
            key="lower(email)",
            where="AND email <> ''",
            columns="",
            kept="",
            most=most,
        ),
        NEIGHBOURS.format(
            reason="phone",
            key="phone_key",
            where="AND phone_key <> ''",
            columns="",
            kept="",
            most=most,
        ),
        NEIGHBOURS.format(
            reason="name",
            key="lower(name)",
            where="",
            columns=BY_NAME,
            kept=NOTHING_TELLS,
            most=most,
        ),
    )
    return " UNION ALL ".join(f"({part})" for part in parts)


def look_alikes(row: Customer) -> list[Pair]:
    """Who may be the same as `row`: up to five with its e-mail or phone, and not said to be another. One query."""
    if not row.email and not row.phone_key:
        return []
    by_mail = Q(mail=row.email.lower()) & ~Q(email="")
    by_phone = Q(phone_key=row.phone_key) & ~Q(phone_key="")
    same = Customer.objects.listed().alias(mail=Lower("email")).filter(by_mail | by_phone)
    apart = DistinctCustomers.objects.filter(
        Q(first=row, second=OuterRef("pk")) | Q(second=row, first=OuterRef("pk"))
    )
    others = same.exclude(pk=row.pk).exclude(Exists(apart)).order_by("pk")
    return [Pair(row, other, _reasons(row, other)) for other in others[:5]]


def _reasons(row: Customer, other: Customer) -> list[Sentence]:
    same = {
        "email": bool(row.email) and row.email.lower() == other.email.lower(),
        "phone": bool(row.phone_key) and row.phone_key == other.phone_key,
    }
    return [REASONS[key] for key, is_so in same.items() if is_so]
