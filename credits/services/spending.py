"""Paying for messages: the month's allowance first, then what was bought, exactly once for each key (D12, D14)."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from credits.models import CreditAccount, CreditEntry
from credits.services import depletion
from credits.services.accounts import ceiling_of, lock_account
from credits.services.depletion import Stand
from credits.services.spending_sql import SPEND
from plans.entitlements import UNLIMITED
from saas.core.errors import Conflict
from saas.core.prepared import fetch_prepared
from tenants.metering import Charge, Item
from tenants.models import Tenant

Kind = CreditEntry.Kind
MOST_UNITS = 1_000
"""In one message. A hundred times what a text may be: whoever asks for more has a mistake, not a message."""
LONGEST_KEY = 80
MOST_TRIES = 8


class ImpossibleUnits(Conflict):
    """No message costs so much, or so little."""

    def __init__(self, units: int) -> None:
        words = {"units": units, "most": MOST_UNITS}
        super().__init__(_("A message costs 1 to %(most)s credits, not %(units)s.") % words)


@dataclass(frozen=True)
class Spender:
    """Who pays, for which channel, in which month, and how much of that is included."""

    tenant: Tenant
    channel: str
    ceiling: int
    start: datetime
    end: datetime
    now: datetime

    @staticmethod
    def of(tenant: Tenant, channel: str, now: datetime) -> "Spender":
        """Raises UnknownChannel. No query."""
        return Spender(tenant, channel, ceiling_of(tenant, channel), *tenant.usage_window(now), now)

    def paid(self, monthly: int, purchased: int) -> Charge:
        return Charge(0, 0) if self.ceiling == UNLIMITED else Charge(monthly, purchased)


def spend(tenant: Tenant, channel: str, units: int, key: str, *, now: datetime) -> Charge | None:
    """What `units` of a message were paid from; None where nothing is left for it, and nothing is taken then.

    Once for each `key` of the account: asking again answers the same, and takes nothing. Where the plan has no ceiling
    both parts are 0. Emits `credits.low` and `credits.exhausted`, each once until a refill. Raises ImpossibleUnits,
    UnknownChannel. It never raises for want of credits: that would undo in a caller's transaction what was noted of it.
    """
    return charge(tenant, channel, [Item(key, units)], now)[0]


def charge(
    tenant: Tenant, channel: str, items: Sequence[Item], now: datetime
) -> Sequence[Charge | None]:
    """As `spend`, for each of `items`, in order; later, smaller ones may be paid where an earlier one was not.

    One statement where everything is new and there is enough, whatever the number of items.
    """
    spender = Spender.of(tenant, channel, now)
    fresh = list({item.key: item for item in items}.values())
    for item in fresh:
        if not 1 <= item.units <= MOST_UNITS:
            raise ImpossibleUnits(item.units)
        if not 1 <= len(item.key) <= LONGEST_KEY:
            raise ValueError(f"A key has 1 to {LONGEST_KEY} characters: {item.key!r}")
    paid = _charge(spender, fresh) if fresh else {}
    return [paid.get(item.key) for item in items]


def give_back(tenant: Tenant, channel: str, keys: Sequence[str], now: datetime) -> None:
    """What was taken under `keys` is back where it came from, once; a month's part only within that month (D14).

    What comes back to the purchased credits settles a debt first. Nothing for a key that was never charged.
    """
    if not keys:
        return
    with transaction.atomic():
        account = lock_account(tenant, channel, now)
        back = {_return_key(key) for key in keys}
        known = CreditEntry.objects.filter(account=account, key__in={*keys, *back})
        found = {entry.key: entry for entry in known.order_by("seq")}
        spent = [
            entry
            for entry in found.values()
            if entry.kind == Kind.SPENT and _return_key(entry.key) not in found
        ]
        CreditEntry.objects.bulk_create(_returned(account, entry, now) for entry in spent)
        if spent:
            account.save()


def _charge(spender: Spender, items: Sequence[Item]) -> dict[str, Charge | None]:
    for _try in range(MOST_TRIES):
        try:
            with _savepoint():
                rows = _spend(spender, items)
                if rows:
                    depletion.look(spender.tenant, Stand.of(spender.ceiling, rows[-1]), spender.now)
                    return {
                        item.key: spender.paid(row[0], row[1])
                        for item, row in zip(items, rows, strict=True)
                    }
                return _charge_what_fits(spender, items)
        except IntegrityError:  # another worker has charged one of them at the same instant
            continue
    raise RuntimeError(f"{spender.tenant.pk}: {spender.channel} is charged by too many at once.")


def _savepoint() -> "transaction.Atomic | nullcontext[None]":
    """One statement outside of a transaction needs none of its own; inside, its failure must not spoil the rest."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def _spend(spender: Spender, items: Sequence[Item]) -> list[tuple[int, ...]]:
    return fetch_prepared(
        SPEND,
        {
            "tenant": spender.tenant.pk,
            "channel": spender.channel,
            "ceiling": spender.ceiling,
            "start": spender.start,
            "end": spender.end,
            "now": spender.now,
            "keys": [item.key for item in items],
            "units": [item.units for item in items],
        },
    )


@transaction.atomic
def _charge_what_fits(spender: Spender, items: Sequence[Item]) -> dict[str, Charge | None]:
    """Zero rows mean that some are known, that there is not enough for all, or that there is no account yet: in that

    order, under its lock.
    """
    account = lock_account(spender.tenant, spender.channel, spender.now)
    account.save()
    known = CreditEntry.objects.filter(account=account, key__in=[item.key for item in items])
    paid: dict[str, Charge | None] = {entry.key: _charge_of(entry) for entry in known}
    fresh = [item for item in items if item.key not in paid]
    fitting = list(_fitting(fresh, spender.ceiling, account))
    rows = _spend(spender, fitting) if fitting else []
    paid |= {
        item.key: spender.paid(row[0], row[1]) for item, row in zip(fitting, rows, strict=True)
    }
    if rows:
        depletion.look(spender.tenant, Stand.of(spender.ceiling, rows[-1]), spender.now)
    if len(fitting) < len(fresh):
        depletion.say_exhausted(spender.tenant, account.pk, spender.ceiling)
    return paid


def _fitting(items: Sequence[Item], ceiling: int, account: CreditAccount) -> Iterable[Item]:
    left = account.purchased_left + max(ceiling - account.monthly_used, 0)
    for item in items:
        if ceiling == UNLIMITED or item.units <= left:
            left -= item.units
            yield item


def _charge_of(entry: CreditEntry) -> Charge:
    return Charge(-entry.monthly, -entry.purchased) if entry.is_counted else Charge(0, 0)


def _return_key(key: str) -> str:
    return f"return:{key}"


def _returned(account: CreditAccount, entry: CreditEntry, now: datetime) -> CreditEntry:
    """Move the account, which is locked and not saved yet, and write why."""
    monthly = -entry.monthly if entry.window_start == account.window_start else 0
    settled = min(account.debt, -entry.purchased)
    purchased = -entry.purchased - settled
    account.monthly_used -= monthly
    account.purchased_left += purchased
    account.debt -= settled
    account.seq += 1
    return CreditEntry(
        account=account,
        seq=account.seq,
        kind=Kind.RETURNED,
        monthly=monthly,
        purchased=purchased,
        debt_amount=-settled,
        is_counted=entry.is_counted,
        window_start=entry.window_start,
        monthly_used_after=account.monthly_used,
        purchased_after=account.purchased_left,
        debt_after=account.debt,
        key=_return_key(entry.key),
        at=now,
    )
