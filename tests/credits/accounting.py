"""Short ways to credits for tests, and what every account must answer."""

import itertools
from datetime import datetime

from credits.models import CreditAccount, CreditEntry
from credits.services import movements, spending
from credits.services.movements import Why
from tenants.metering import Charge
from tenants.models import Tenant
from tests.tenants.allowance.month import NOW

_keys = itertools.count(1)


def have(tenant: Tenant, credits: int, *, channel: str = "sms", now: datetime = NOW) -> CreditEntry:
    """So many purchased credits more."""
    why = Why(CreditEntry.Kind.GRANT, f"test:{next(_keys)}")
    return movements.grant(tenant, channel, credits, why, now=now)


def spend(
    tenant: Tenant, units: int = 1, key: str = "", *, channel: str = "sms", now: datetime = NOW
) -> Charge | None:
    return spending.spend(tenant, channel, units, key or f"m:{next(_keys)}", now=now)


def account(tenant: Tenant, channel: str = "sms") -> CreditAccount:
    return CreditAccount.objects.get(tenant=tenant, channel=channel)


def stand(tenant: Tenant, channel: str = "sms") -> tuple[int, int, int]:
    """(used of the month, purchased left, debt)"""
    one = account(tenant, channel)
    return one.monthly_used, one.purchased_left, one.debt


def adds_up(one: CreditAccount) -> None:
    """Raises AssertionError unless the ledger says what the account says, entry by entry and without a gap."""
    one.refresh_from_db()
    purchased = debt = used = 0
    month: datetime | None = None
    rows = list(CreditEntry.objects.filter(account=one).order_by("seq"))
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert one.seq == len(rows)
    for row in rows:
        if row.kind == CreditEntry.Kind.SPENT and row.window_start != month:
            month, used = row.window_start, 0
        used -= row.monthly
        purchased += row.purchased
        debt += row.debt_amount
        assert (row.purchased_after, row.debt_after) == (purchased, debt), row.seq
        if row.window_start == month and row.kind == CreditEntry.Kind.SPENT:
            assert row.monthly_used_after == used, row.seq
    assert (one.purchased_left, one.debt) == (purchased, debt)
    in_month = [row.monthly for row in rows if row.window_start == one.window_start]
    assert one.monthly_used == -sum(in_month)
