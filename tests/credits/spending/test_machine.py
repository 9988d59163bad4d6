"""Whatever happens to an account in whatever order, it holds what plain arithmetic says."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from credits.models import CreditAccount, CreditEntry
from credits.services import movements, renewing, spending
from credits.services.accounts import account_of, left
from credits.services.movements import NotEnoughCredits, Why
from plans.entitlements import Entitlements
from tenants.metering import Charge
from tenants.models import Tenant
from tests.credits.accounting import adds_up
from tests.tenants.allowance.month import BEGAN
from tests.world import World, build_world

KEY = st.integers(1, 15)
UNITS = st.integers(1, 8)
AMOUNT = st.integers(1, 30)
CEILING = st.sampled_from([-1, 0, 3, 10])


@dataclass
class Model:
    """What an account is, without a database: four numbers, and what was paid from where."""

    ceiling: int = 10
    used: int = 0
    purchased: int = 0
    debt: int = 0
    month: datetime = BEGAN
    paid: dict[str, tuple[int, int, datetime, bool]] = field(default_factory=dict)
    returned: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def begin(self, month: datetime) -> None:
        if month > self.month:
            self.month, self.used = month, 0

    def spend(self, key: str, units: int) -> Charge | None:
        if key not in self.paid:
            room = units if self.ceiling == -1 else max(self.ceiling - self.used, 0)
            monthly = min(units, room)
            if units - monthly > self.purchased:
                return None
            self.used += monthly
            self.purchased -= units - monthly
            self.paid[key] = (monthly, units - monthly, self.month, self.ceiling != -1)
        monthly, purchased, _month, is_counted = self.paid[key]
        return Charge(monthly, purchased) if is_counted else Charge(0, 0)

    def give_back(self, key: str) -> None:
        if key in self.paid and key not in self.returned:
            self.returned.add(key)
            monthly, purchased, month, _is_counted = self.paid[key]
            self.used -= monthly if month == self.month else 0
            self.receive(purchased)

    def receive(self, amount: int) -> None:
        settled = min(self.debt, amount)
        self.debt -= settled
        self.purchased += amount - settled

    def lose(self, amount: int) -> None:
        taken = min(self.purchased, amount)
        self.purchased -= taken
        self.debt += amount - taken


class Account(RuleBasedStateMachine):
    """Grants, spends, returns, months, edits of the plan, upgrades, overrides and chargebacks."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.world: World = build_world()
        self.model = Model()
        self.now = BEGAN + timedelta(days=1)
        Tenant.objects.filter(pk=self.world.aurora.pk).update(plan_started_at=BEGAN)
        self.allow(10)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @rule(ceiling=CEILING)
    def allow(self, ceiling: int) -> None:
        """The plan is edited; the next request has it so."""
        plan = self.world.aurora.plan
        plan.limits["sms_per_month"] = ceiling
        plan.save()
        self.model.ceiling = ceiling
        self.read_again()

    @rule(ceiling=CEILING)
    def override(self, ceiling: int) -> None:
        """One tenant has another limit than its plan."""
        overrides = {
            "limits": {"sms_per_month": {"value": ceiling, "until": None}},
            "capabilities": {},
        }
        Tenant.objects.filter(pk=self.world.aurora.pk).update(overrides=overrides)
        self.model.ceiling = ceiling
        self.read_again()
        self.tenant.plan.limits["sms_per_month"] = ceiling

    def read_again(self) -> None:
        self.tenant = Tenant.objects.select_related("plan").get(pk=self.world.aurora.pk)
        self.tenant.entitlements = Entitlements(self.tenant, self.now)
        self.model.ceiling = self.tenant.entitlements.ceiling("sms_per_month")

    @rule(days=st.integers(1, 45))
    def let_time_pass(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.read_again()

    @rule()
    def upgrade(self) -> None:
        self.now += timedelta(hours=1)
        Tenant.objects.filter(pk=self.tenant.pk).update(plan_started_at=self.now)
        self.read_again()

    @rule()
    def let_the_beat_run(self) -> None:
        if CreditAccount.objects.exists():
            renewing.renew_due(self.now)

    @rule(key=KEY, units=UNITS)
    def spend(self, key: int, units: int) -> None:
        self.model.begin(self.tenant.usage_window(self.now)[0])
        paid = spending.spend(self.tenant, "sms", units, f"m:{key}", now=self.now)
        assert paid == self.model.spend(f"m:{key}", units)

    @rule(key=KEY)
    def give_back(self, key: int) -> None:
        self.model.begin(self.tenant.usage_window(self.now)[0])
        spending.give_back(self.tenant, "sms", [f"m:{key}"], self.now)
        self.model.give_back(f"m:{key}")

    @rule(key=KEY, amount=AMOUNT)
    def grant(self, key: int, amount: int) -> None:
        self.model.begin(self.tenant.usage_window(self.now)[0])
        why = Why(CreditEntry.Kind.PURCHASE, f"payment:{key}")
        movements.grant(self.tenant, "sms", amount, why, now=self.now)
        if self.is_new(why.key):
            self.model.receive(amount)

    @rule(key=KEY, amount=AMOUNT)
    def charge_back(self, key: int, amount: int) -> None:
        self.model.begin(self.tenant.usage_window(self.now)[0])
        why = Why(CreditEntry.Kind.TAKEN_BACK, f"refund:{key}")
        movements.take_back(self.tenant, "sms", amount, why, now=self.now)
        if self.is_new(why.key):
            self.model.lose(amount)

    @rule(key=KEY, amount=AMOUNT)
    def correct(self, key: int, amount: int) -> None:
        self.model.begin(self.tenant.usage_window(self.now)[0])
        words = {"reason": "A mistake", "by": self.world.olivia, "key": str(key), "now": self.now}
        if f"hand:{key}" not in self.model.seen and amount > self.model.purchased:
            with pytest.raises(NotEnoughCredits):
                movements.correct(self.tenant, "sms", -amount, **words)
            return
        movements.correct(self.tenant, "sms", -amount, **words)
        if self.is_new(f"hand:{key}"):
            self.model.purchased -= amount

    def is_new(self, key: str) -> bool:
        is_new = key not in self.model.seen
        self.model.seen.add(key)
        return is_new

    @invariant()
    def holds_what_arithmetic_says(self) -> None:
        self.model.begin(self.tenant.usage_window(self.now)[0])
        shown = left(self.tenant, account_of(self.tenant, "sms"), self.now)
        assert (shown.used, shown.purchased, shown.debt) == (
            self.model.used,
            self.model.purchased,
            self.model.debt,
        )

    @invariant()
    def adds_up(self) -> None:
        for one in CreditAccount.objects.all():
            adds_up(one)


@pytest.mark.django_db
def test_account_under_any_sequence() -> None:
    run_state_machine_as_test(
        Account,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
