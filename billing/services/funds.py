"""Money that a tenant puts on its balance through a gateway."""

from datetime import datetime

from django.utils.translation import gettext as _

from billing import ledger
from billing.gateways.base import PaymentFact
from billing.ledger import Kind, Why
from billing.models import Payment
from saas.core.errors import Conflict, Sentence
from saas.core.money import format_money

FUNDS = "funds"


class OtherCurrency(Conflict):
    """What came in is in a currency that no balance has."""

    def __init__(self, currency: str) -> None:
        super().__init__(
            _("It came in %(currency)s, which no balance has. Give it back instead.")
            % {"currency": currency}
        )


def fulfil(payment: Payment, fact: PaymentFact, now: datetime) -> str:
    """The balance is higher by what was paid; a debt is settled first."""
    why = Why(Kind.FUNDS, f"payment:{payment.pk}", payment, payment.paid_with, payment.by)
    ledger.deposit(payment.tenant, payment.amount, why, now=now)
    return ""


def become_funds(payment: Payment, fact: PaymentFact) -> None:
    """The payment, which cannot do what it was made for, is one of funds from now on: of what came in.

    What it was before stays in its order. It is locked. Raises OtherCurrency.
    """
    if fact.currency != payment.tenant.platform_settings.currency:
        raise OtherCurrency(fact.currency)
    was = {"purpose": payment.purpose, "title": payment.title, "amount": payment.amount}
    payment.ordered = {"instead_of": {**was, "ordered": payment.ordered}}
    payment.purpose, payment.amount, payment.currency = FUNDS, fact.amount, fact.currency
    payment.title = (_("Funds instead of %(title)s") % {"title": payment.title})[:120]
    payment.save(update_fields=["ordered", "purpose", "amount", "currency", "title"])


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
