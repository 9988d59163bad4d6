"""Money that a tenant puts on its balance through a gateway."""

from datetime import datetime

from billing import ledger
from billing.gateways.base import PaymentFact
from billing.ledger import Kind, Why
from billing.models import Payment

FUNDS = "funds"


def fulfil(payment: Payment, fact: PaymentFact, now: datetime) -> str:
    """The balance is higher by what was paid; a debt is settled first."""
    why = Why(Kind.FUNDS, f"payment:{payment.pk}", payment, payment.paid_with, payment.by)
    ledger.deposit(payment.tenant, payment.amount, why, now=now)
    return ""


def take_back(payment: Payment, amount: int, key: str, now: datetime) -> None:
    """The balance goes down to what is left, and the remainder is debt (decision D18)."""
    why = Why(Kind.TAKEN_BACK, key, payment, payment.title)
    ledger.take_back(payment.tenant, amount, why, now=now)


def give_back(payment: Payment, amount: int, key: str, now: datetime) -> None:
    """The money is on the balance again."""
    why = Why(Kind.GIVEN_BACK, key, payment, payment.title)
    ledger.deposit(payment.tenant, amount, why, now=now)
