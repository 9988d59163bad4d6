"""Payments and movements for the pages that list them."""

import re
from datetime import datetime
from typing import Any

from django.db import transaction

from billing import ledger
from billing.gateways.base import PaymentState, RefundFact
from billing.ledger import Kind, Why
from billing.models import Payment
from tenants.models import Tenant, User
from tests.billing.money import NOW, card_fact, tell

BILLING = "/panel/billing/"


def ordered(tenant: Tenant, amount: int = 5000, *, at: datetime = NOW, **fields: Any) -> Payment:
    """Funds that somebody set out to pay by card."""
    given = {"title": "Funds for the balance", "purpose": "funds", "gateway": "stripe"}
    return Payment.objects.create(
        tenant=tenant, environment="sandbox", amount=amount, currency="USD", created_at=at,
        **given | fields,
    )  # fmt: skip


def paid(tenant: Tenant, amount: int = 5000, *, at: datetime = NOW, **fields: Any) -> Payment:
    """Funds that came in by card: they are on the balance, and there is an invoice."""
    payment = ordered(tenant, amount, at=at, **fields)
    tell(card_fact(payment, at=at), at)
    payment.refresh_from_db()
    return payment


def failed(tenant: Tenant, amount: int = 1900, *, at: datetime = NOW) -> Payment:
    payment = ordered(tenant, amount, at=at)
    fact = card_fact(
        payment, at=at, state=PaymentState.FAILED, failure="The card was declined.", paid_with=""
    )
    tell(fact, at)
    payment.refresh_from_db()
    return payment


def gone(
    payment: Payment, amount: int, *, at: datetime = NOW, key: str = "re_1", **fields: Any
) -> None:
    """So much of `payment` went back."""
    tell(RefundFact(key, payment.charge_id, amount, at, **fields), at)
    payment.refresh_from_db()


def invoice_number(tenant: Tenant, by: User | None = None) -> str:
    """Of an invoice that `tenant` has."""
    return paid(tenant, by=by).invoice.number


def spend(tenant: Tenant, amount: int, *, at: datetime = NOW) -> None:
    """Take so much from the balance, for nothing in particular."""
    with transaction.atomic():
        why = Why(Kind.PAYMENT, f"spent:{amount}", note="Something")
        ledger.withdraw(tenant.lock(), amount, why, now=at)


def cells(page: str) -> list[list[str]]:
    """What stands in each cell of the table of `page`, without tags."""
    body = page.split("<tbody>")[1].split("</tbody>")[0] if "<tbody>" in page else ""
    return [
        [plain(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", body)
    ]


def plain(html: str) -> str:
    """The words alone."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
