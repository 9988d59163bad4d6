"""The balance of a tenant and its ledger: every change of the one is a row of the other, in one transaction.

The doors are in `services.balance`; gateways and fulfilments, which run inside somebody else's transaction, come here.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from billing.models import BalanceAccount, BalanceEntry, Payment
from saas.core.errors import Conflict
from saas.core.money import format_money
from tenants.models import Tenant, User

Kind = BalanceEntry.Kind


class NotEnough(Conflict):
    """The balance does not cover what is due."""

    def __init__(self, balance: int, amount: int, currency: str) -> None:
        super().__init__(
            _("Your balance of %(balance)s is not enough for %(amount)s.")
            % {
                "balance": format_money(balance, currency),
                "amount": format_money(amount, currency),
            }
        )
        self.balance, self.amount = balance, amount


def lock_account(tenant: Tenant) -> BalanceAccount:
    """The tenant's account, made with nothing in it where it is missing, locked until the transaction ends.

    Whoever holds it holds the tenant's own lock before: always in that order.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A balance needs a transaction.")
    locked = BalanceAccount.objects.select_for_update(no_key=True).filter(tenant=tenant)
    account = locked.first()
    if account is None:
        currency = tenant.platform_settings.currency
        BalanceAccount.objects.get_or_create(tenant=tenant, defaults={"currency": currency})
        account = locked.get()
    return account


@dataclass(frozen=True)
class Why:
    """What makes a balance change. `key` (“payment:17”) makes it happen once for each tenant."""

    kind: Kind
    key: str
    payment: Payment | None = None
    note: str = ""
    by: User | None = None


def deposit(tenant: Tenant, amount: int, why: Why, *, now: datetime) -> BalanceEntry:
    """`amount` more in hand; a debt is settled first, and said in the same entry. The entry of `why.key`, made once."""
    account = lock_account(tenant)
    if made := _made(tenant, why.key):
        return made
    settled = min(account.debt, amount)
    return _write(account, amount - settled, -settled, why, now)


def withdraw(tenant: Tenant, amount: int, why: Why, *, now: datetime) -> BalanceEntry:
    """`amount` less in hand. Raises NotEnough, with nothing changed. The entry of `why.key`, made once."""
    account = lock_account(tenant)
    if made := _made(tenant, why.key):
        return made
    if account.balance < amount:
        raise NotEnough(account.balance, amount, account.currency)
    return _write(account, -amount, 0, why, now)


def take_back(tenant: Tenant, amount: int, why: Why, *, now: datetime) -> BalanceEntry:
    """`amount` goes as far as there is balance; the remainder is debt (decision D18). The entry of `why.key`, once."""
    account = lock_account(tenant)
    if made := _made(tenant, why.key):
        return made
    taken = min(account.balance, amount)
    return _write(account, -taken, amount - taken, why, now)


def _made(tenant: Tenant, key: str) -> BalanceEntry | None:
    return BalanceEntry.objects.filter(tenant=tenant, key=key).first()


def _write(
    account: BalanceAccount, amount: int, debt_amount: int, why: Why, now: datetime
) -> BalanceEntry:
    """Move the account, which is locked, and write why."""
    account.balance += amount
    account.debt += debt_amount
    account.seq += 1
    account.save(update_fields=["balance", "debt", "seq"])
    return BalanceEntry.objects.create(
        tenant_id=account.tenant_id,
        seq=account.seq,
        kind=why.kind,
        amount=amount,
        debt_amount=debt_amount,
        balance_after=account.balance,
        debt_after=account.debt,
        currency=account.currency,
        payment=why.payment,
        key=why.key,
        note=why.note[:300],
        by=why.by,
        at=now,
    )


def balance_of(tenant: Tenant) -> BalanceAccount:
    """The account as it stands, for showing; unsaved and empty where there is none yet. One query."""
    found = BalanceAccount.objects.filter(tenant=tenant).first()
    return found or BalanceAccount(tenant=tenant, currency=tenant.platform_settings.currency)
