"""Money that a tenant puts on its balance through a gateway."""

from datetime import datetime

from django.utils.translation import gettext as _

from billing import ledger
from billing.gateways.base import PaymentFact
from billing.ledger import Kind, Why
from billing.models import Payment
from saas.core.errors import Sentence
from saas.core.money import format_money

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


def foretell(payment: Payment, amount: int) -> list[Sentence]:
    """What of `amount` the balance has, and what becomes debt. One query."""
    account = ledger.balance_of(payment.tenant)
    taken = min(account.balance, amount)
    words = {
        "taken": format_money(taken, payment.currency),
        "balance": format_money(account.balance, payment.currency),
        "rest": format_money(amount - taken, payment.currency),
    }
    if taken == amount:
        return [_("%(taken)s comes off their balance of %(balance)s.") % words]
    return [
        _("Their balance of %(balance)s does not cover that: %(rest)s becomes debt.") % words,
        _("The next funds that they add settle the debt first."),
    ]
