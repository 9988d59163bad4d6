"""Whatever happens to a balance in whatever order, the ledger says what plain arithmetic says."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from billing import ledger
from billing.ledger import Kind, NotEnough, Why
from billing.models import BalanceAccount, BalanceEntry
from tenants.models import Tenant
from tests.billing.money import NOW
from tests.world import build_world

AMOUNT = st.integers(1, 500)
OCCASION = st.integers(1, 12)
WHO = st.sampled_from([0, 1])


class Ledger(RuleBasedStateMachine):
    """Beside the real ledger a model of three numbers: in hand, owed, and which occasions have been."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        world = build_world()
        self.tenants: list[Tenant] = [world.aurora, world.borealis]
        self.hand, self.owed = [0, 0], [0, 0]
        self.seen: list[set[str]] = [set(), set()]
        self.now = NOW

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def _is_new(self, who: int, key: str) -> bool:
        self.now += timedelta(seconds=1)
        is_new = key not in self.seen[who]
        self.seen[who].add(key)
        return is_new

    @rule(who=WHO, amount=AMOUNT, occasion=OCCASION)
    def deposit(self, who: int, amount: int, occasion: int) -> None:
        key = f"payment:{occasion}"
        ledger.deposit(self.tenants[who], amount, Why(Kind.FUNDS, key), now=self.now)
        if self._is_new(who, key):
            settled = min(self.owed[who], amount)
            self.owed[who] -= settled
            self.hand[who] += amount - settled

    @rule(who=WHO, amount=AMOUNT, occasion=OCCASION)
    def withdraw(self, who: int, amount: int, occasion: int) -> None:
        key = f"spend:{occasion}"
        why = Why(Kind.PAYMENT, key)
        is_repeated = key in self.seen[who]
        if not is_repeated and amount > self.hand[who]:
            with pytest.raises(NotEnough):
                ledger.withdraw(self.tenants[who], amount, why, now=self.now)
            return
        ledger.withdraw(self.tenants[who], amount, why, now=self.now)
        if self._is_new(who, key):
            self.hand[who] -= amount

    @rule(who=WHO, amount=AMOUNT, occasion=OCCASION)
    def take_back(self, who: int, amount: int, occasion: int) -> None:
        key = f"refund:{occasion}"
        ledger.take_back(self.tenants[who], amount, Why(Kind.TAKEN_BACK, key), now=self.now)
        if self._is_new(who, key):
            taken = min(self.hand[who], amount)
            self.hand[who] -= taken
            self.owed[who] += amount - taken

    @invariant()
    def says_what_arithmetic_says(self) -> None:
        for who, tenant in enumerate(self.tenants):
            account = ledger.balance_of(tenant)
            assert (account.balance, account.debt) == (self.hand[who], self.owed[who])

    @invariant()
    def adds_up_without_a_gap(self) -> None:
        for tenant in self.tenants:
            rows = list(BalanceEntry.objects.filter(tenant=tenant).order_by("seq"))
            assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
            account = BalanceAccount.objects.filter(tenant=tenant).first()
            totals = sum(row.amount for row in rows), sum(row.debt_amount for row in rows)
            assert totals == ((account.balance, account.debt) if account else (0, 0))
            for before, row in zip([None, *rows], rows, strict=False):
                assert row.balance_after == (before.balance_after if before else 0) + row.amount


@pytest.mark.django_db
def test_ledger_under_any_sequence() -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
