"""Whatever happens to two businesses in whatever order, the product does what the plain rules say."""

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from booking.models import Service, Staff
from booking.services import resources
from booking.services.services import add_service
from booking.services.staff import add_staff
from plans.entitlements import CapabilityMissing, Entitlements, LimitReached
from plans.services.plans import save_plan
from saas.core import clock
from saas.core.errors import Conflict
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tenants.services.fitting import Fitted, preview_fit, refit
from tenants.services.keep_lists import keep_rows, kept
from tenants.services.overrides import end_override, set_override, sweep_overrides
from tests.tenants.rules_model import KINDS, Business, Row, Terms
from tests.tenants.services import rows
from tests.tenants.services.test_refits import carry_out
from tests.world import build_world

MODELS = {"staff": Staff, "services": Service}
WHO, KIND, PLAN = st.sampled_from([0, 1]), st.sampled_from(KINDS), st.sampled_from([0, 1, 2])
CEILING = st.sampled_from([-1, 0, 1, 2, 2, 3, 3, 5])
DAYS = st.sampled_from([None, 1, 3])
MOSTLY_ON = st.sampled_from([True, True, True, False])
"""Where a feature is off, nothing happens to its rows."""
PICK = st.integers(0, 9)


class Rules(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now, self.moves = rows.NOW, 0
        world = build_world()
        self.plans = [
            rows.make_plan("Wide", price=900),
            rows.make_plan("Middle", staff=3, services=2),
            rows.make_plan("Narrow", staff=1, services=1),
        ]
        self.terms = [
            Terms(
                {kind: plan.limits[kind] for kind in KINDS},
                {kind: plan.capabilities[kind] for kind in KINDS},
            )
            for plan in self.plans
        ]
        self.tenants = [world.aurora, world.borealis]
        Tenant.objects.update(plan=self.plans[0])
        self.businesses = [Business(self.terms[0]) for _ in self.tenants]
        for tenant, business in zip(self.tenants, self.businesses, strict=True):
            for kind in KINDS:
                keys = rows.rows(tenant, 4, kind)
                for key, days in zip(keys, (2, 1, 2, 3), strict=True):
                    self.born(tenant, business, kind, key, rows.BORN + timedelta(days=days))

        self.override(0, "staff", 3, 1)
        self.override(1, "services", 2, 2)

    @staticmethod
    def born(tenant: Tenant, business: Business, kind: str, key: int, at: datetime) -> None:
        with tenant_scope(tenant):
            MODELS[kind].objects.filter(pk=key).update(created_at=at)
        business.rows[kind][key] = Row(key, at)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def pick(self, who: int, kind: str, number: int) -> Row | None:
        there = sorted(self.businesses[who].rows[kind].values(), key=lambda row: row.key)
        return there[number % len(there)] if there else None

    @rule(who=WHO, kind=KIND)
    def add(self, who: int, kind: str) -> None:
        business, tenant = self.businesses[who], self.tenants[who]

        def act() -> None:
            if kind == "staff":
                made = add_staff(tenant, name="Somebody")
            else:
                made = add_service(tenant, name="Something", minutes=30, price=0)
            self.born(tenant, business, kind, made.pk, self.now)

        if not business.can(kind, self.now):
            refused(CapabilityMissing, act)
        elif not business.has_room(kind, self.now):
            refused(LimitReached, act)
        else:
            act()

    @rule(who=WHO, kind=KIND, number=PICK, on=st.booleans())
    def switch(self, who: int, kind: str, number: int, on: bool) -> None:
        business = self.businesses[who]
        if (row := self.pick(who, kind, number)) is None:
            return

        def act() -> None:
            resources.set_active(self.tenants[who], MODELS[kind], row.key, active=on)

        if not business.can(kind, self.now):
            refused(CapabilityMissing, act)
        elif on and row.paused and not business.has_room(kind, self.now):
            refused(Conflict, act)
        elif on and not row.active and not business.has_room(kind, self.now):
            refused(LimitReached, act)
        else:
            act()
            row.paused, row.active = False, on

    @rule(who=WHO, kind=KIND, number=PICK)
    def delete(self, who: int, kind: str, number: int) -> None:
        row = self.pick(who, kind, number)
        if row and self.businesses[who].can(kind, self.now):
            resources.delete(self.tenants[who], MODELS[kind], row.key)
            del self.businesses[who].rows[kind][row.key]

    @rule(who=WHO, plan=PLAN)
    def move(self, who: int, plan: int) -> None:
        business, tenant = self.businesses[who], self.tenants[who]
        before = {kind: deepcopy(business.rows[kind]) for kind in KINDS}
        fits = preview_fit(rows.fresh(tenant), self.plans[plan], self.now)
        self.moves += 1
        assert rows.move(tenant, self.plans[plan], cause=f"move:{self.moves}", now=self.now)
        business.terms = self.terms[plan]
        expected = business.fit(self.now)
        counts = {fit.limit.key: (len(fit.pause), len(fit.resume)) for fit in fits}
        assert counts == {kind: (len(a), len(b)) for kind, (a, b) in expected.items()}
        assert {kind: set(found) for kind, found in before.items()} == {
            kind: set(found) for kind, found in business.rows.items()
        }
        assert refit(tenant, self.now) == Fitted()

    @precondition(lambda self: self.moves)
    @rule(who=WHO, plan=PLAN)
    def move_again_for_the_same_cause(self, who: int, plan: int) -> None:
        cause = f"move:{self.moves}"
        assert not rows.move(self.tenants[who], self.plans[plan], cause=cause, now=self.now)

    @rule(plan=PLAN, kind=KIND, ceiling=CEILING)
    def edit_limit(self, plan: int, kind: str, ceiling: int) -> None:
        self.edit(plan, {"limits": {kind: ceiling}})
        self.terms[plan].limits[kind] = ceiling
        self.fit_all(plan)

    @rule(plan=PLAN, kind=KIND, on=MOSTLY_ON)
    def edit_feature(self, plan: int, kind: str, on: bool) -> None:
        self.edit(plan, {"capabilities": {kind: on}})
        self.terms[plan].features[kind] = on
        self.fit_all(plan)

    def edit(self, plan: int, data: Any) -> None:
        self.plans[plan] = save_plan(self.plans[plan], data)
        if self.plans[plan].tenants.exists():
            carry_out(self.plans[plan], self.now)

    def fit_all(self, plan: int) -> None:
        for business in self.businesses:
            if business.terms is self.terms[plan]:
                business.fit(self.now)

    @rule(who=WHO, kind=KIND, value=CEILING | MOSTLY_ON, days=DAYS)
    def override(self, who: int, kind: str, value: int | bool, days: int | None) -> None:
        until = None if days is None else self.now + timedelta(days=days)
        set_override(self.tenants[who], kind, value, reason="x", until=until, by=None, now=self.now)
        where = "features" if isinstance(value, bool) else "limits"
        self.businesses[who].overrides[where, kind] = (value, until)
        self.businesses[who].fit(self.now)

    @rule(who=WHO, number=PICK)
    def end_an_override(self, who: int, number: int) -> None:
        there = list(self.tenants[who].override_rows.filter(ended_at=None).order_by("pk"))
        assert len(there) == len(self.businesses[who].overrides)
        if there:
            row = there[number % len(there)]
            assert end_override(row, by=None, now=self.now)
            where = "features" if row.kind == "capabilities" else "limits"
            del self.businesses[who].overrides[where, row.key]
            self.businesses[who].fit(self.now)

    @rule(days=st.sampled_from([1, 2]), sweep=st.booleans())
    def time_passes(self, days: int, sweep: bool) -> None:
        self.now += timedelta(days=days)
        if sweep:
            ended = sum(self.sweep(business) for business in self.businesses)
            assert sweep_overrides(self.now) == ended

    def sweep(self, business: Business) -> int:
        over = [
            name
            for name, (_value, until) in business.overrides.items()
            if until is not None and until <= self.now
        ]
        for name in over:
            del business.overrides[name]
        if over:
            business.fit(self.now)
        return len(over)

    @rule(who=WHO, kind=KIND, numbers=st.sets(PICK, max_size=3))
    def keep(self, who: int, kind: str, numbers: set[int]) -> None:
        business = self.businesses[who]
        chosen = {row.key: row for n in numbers if (row := self.pick(who, kind, n))}

        def act() -> None:
            keep_rows(self.tenants[who], kind, chosen, now=self.now)

        if all(row.running for row in chosen.values()):
            act()
            business.keep[kind] = set(chosen)
        else:
            refused(Conflict, act)

    @invariant()
    def product_and_rules_agree(self) -> None:
        for tenant, business in zip(self.tenants, self.businesses, strict=True):
            with tenant_scope(tenant):
                for kind in KINDS:
                    found = MODELS[kind].objects.order_by("pk")
                    expected = sorted(business.rows[kind].values(), key=lambda row: row.key)
                    assert [(row.pk, row.is_active, row.is_paused) for row in found] == [
                        (row.key, row.active, row.paused) for row in expected
                    ]
            entitlements = Entitlements(rows.fresh(tenant), self.now)
            for kind in KINDS:
                assert entitlements.ceiling(kind) == business.ceiling(kind, self.now)
                assert entitlements.can(kind) == business.can(kind, self.now)
                assert set(kept(tenant, kind)) == business.keep.get(kind, set())


def refused(error: type[Exception], act: Any) -> None:
    with pytest.raises(error):
        act()


@pytest.mark.req(33, 36, 70, 72, 76, 77, 79, 82)
def test_rules_hold_whatever_happens(world: object, monkeypatch: pytest.MonkeyPatch) -> None:
    class Here(Rules):
        def __init__(self) -> None:
            super().__init__()
            monkeypatch.setattr(clock, "now", lambda: self.now)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
