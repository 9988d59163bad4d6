"""The balance and its ledger: what may happen to it, and what the database refuses whoever asks."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from billing import ledger
from billing.ledger import Kind, NotEnough, Why
from billing.models import BalanceAccount, BalanceEntry
from tenants.models import Tenant

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
FUNDS = Why(Kind.FUNDS, "payment:1")


def entries(tenant: Tenant) -> list[tuple[int, int, int, int]]:
    rows = BalanceEntry.objects.filter(tenant=tenant).order_by("seq")
    return list(rows.values_list("seq", "amount", "balance_after", "debt_after"))


def test_every_movement_is_a_row(aurora: Tenant) -> None:
    ledger.deposit(aurora, 5000, FUNDS, now=NOW)
    ledger.withdraw(aurora, 2900, Why(Kind.PAYMENT, "payment:2"), now=NOW)
    assert entries(aurora) == [(1, 5000, 5000, 0), (2, -2900, 2100, 0)]
    assert ledger.balance_of(aurora).balance == 2100


def test_same_occasion_counts_once(aurora: Tenant) -> None:
    first = ledger.deposit(aurora, 5000, FUNDS, now=NOW)
    assert ledger.deposit(aurora, 5000, FUNDS, now=NOW) == first
    assert entries(aurora) == [(1, 5000, 5000, 0)]


def test_not_enough_changes_nothing(aurora: Tenant) -> None:
    ledger.deposit(aurora, 1000, FUNDS, now=NOW)
    with pytest.raises(NotEnough):
        ledger.withdraw(aurora, 1001, Why(Kind.PAYMENT, "payment:2"), now=NOW)
    assert entries(aurora) == [(1, 1000, 1000, 0)]


def test_what_is_taken_back_beyond_the_balance_is_debt(aurora: Tenant) -> None:
    """Decision D18, and the next funds settle it first."""
    ledger.deposit(aurora, 5000, FUNDS, now=NOW)
    ledger.withdraw(aurora, 4000, Why(Kind.PAYMENT, "payment:2"), now=NOW)
    ledger.take_back(aurora, 5000, Why(Kind.TAKEN_BACK, "refund:1"), now=NOW)
    assert entries(aurora)[-1] == (3, -1000, 0, 4000)
    ledger.deposit(aurora, 1500, Why(Kind.FUNDS, "payment:3"), now=NOW)
    assert entries(aurora)[-1] == (4, 0, 0, 2500)
    ledger.deposit(aurora, 3000, Why(Kind.FUNDS, "payment:4"), now=NOW)
    assert entries(aurora)[-1] == (5, 500, 500, 0)


def test_tenants_do_not_share_anything(aurora: Tenant, borealis: Tenant) -> None:
    ledger.deposit(aurora, 5000, FUNDS, now=NOW)
    ledger.deposit(borealis, 700, FUNDS, now=NOW)
    assert [ledger.balance_of(tenant).balance for tenant in (aurora, borealis)] == [5000, 700]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_balanceentry SET amount = 1",
        "DELETE FROM billing_balanceentry",
    ],
)
def test_database_refuses_to_change_the_ledger(aurora: Tenant, statement: str) -> None:
    ledger.deposit(aurora, 5000, FUNDS, now=NOW)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert entries(aurora) == [(1, 5000, 5000, 0)]


def test_database_refuses_a_balance_below_zero(aurora: Tenant) -> None:
    ledger.deposit(aurora, 5000, FUNDS, now=NOW)
    with pytest.raises(IntegrityError, match="balance_never_below_zero"), transaction.atomic():
        BalanceAccount.objects.filter(tenant=aurora).update(balance=-1)


def test_needs_a_transaction(aurora: Tenant) -> None:
    """Checked on the connection itself: under a test every statement is in a transaction."""
    connection.in_atomic_block, before = False, connection.in_atomic_block
    try:
        with pytest.raises(RuntimeError, match="transaction"):
            ledger.lock_account(aurora)
    finally:
        connection.in_atomic_block = before
