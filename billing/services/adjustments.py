"""A super admin puts something on a tenant's balance, or takes something off it, and says why."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing import ledger
from billing.ledger import Kind, NotEnough, Why
from billing.models import BalanceAccount, BalanceEntry
from saas.core import audit
from saas.core.errors import Conflict
from saas.core.money import format_money
from tenants.models import Tenant, User


class NotThere(Conflict):
    """More is to be taken off than there is: a balance is never below zero."""

    def __init__(self, tenant: Tenant, balance: int, currency: str) -> None:
        super().__init__(
            _("The balance of %(tenant)s is %(balance)s; more cannot be taken off it.")
            % {"tenant": tenant.name, "balance": format_money(balance, currency)}
        )


@dataclass(frozen=True)
class Adjustment:
    """`amount` in minor units of the account's currency: above zero is put on, below zero is taken off.

    `token` is the showing of the form, so that a second press finds what the first one did.
    """

    amount: int
    reason: str
    token: str
    by: User


@transaction.atomic
def adjust_balance(tenant: Tenant, wanted: Adjustment, *, now: datetime) -> BalanceEntry:
    """The balance is another one, with the entry that says so, and so does the audit log; the same token does it once.

    What is put on settles a debt first. Raises NotThere, with nothing changed, and ValueError for an amount of 0.
    """
    if not wanted.amount:
        raise ValueError("An adjustment of nothing.")
    locked = tenant.lock()
    account = ledger.lock_account(locked)
    before = _said(account)
    entry = _write(locked, account, wanted, now)
    account.refresh_from_db()
    changes = audit.differences(before, _said(account))
    audit.record("balance.adjusted", locked, changes=changes, reason=wanted.reason, actor=wanted.by)
    return entry


def _write(
    locked: Tenant, account: BalanceAccount, wanted: Adjustment, now: datetime
) -> BalanceEntry:
    """The movement; the one that there is, when this token made one before."""
    why = Why(Kind.ADJUSTMENT, f"adjustment:{wanted.token}", note=wanted.reason, by=wanted.by)
    if wanted.amount > 0:
        return ledger.deposit(locked, wanted.amount, why, now=now)
    try:
        return ledger.withdraw(locked, -wanted.amount, why, now=now)
    except NotEnough as error:
        raise NotThere(locked, error.balance, account.currency) from None


def _said(account: BalanceAccount) -> audit.Snapshot:
    money = {"balance": account.currency, "debt": account.currency}
    return audit.snapshot(account, ("balance", "debt"), money=money)
