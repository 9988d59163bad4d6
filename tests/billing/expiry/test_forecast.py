"""The dry run says what the sweep then does: for every standing that a tenant can have, and by name."""

import itertools
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import ExpiryTrouble, Payment, Standing, Subscription
from billing.renewal import Step
from billing.services.expiry.cases import cases_of, rules
from billing.services.expiry.forecast import forecast, has_less_room
from billing.services.expiry.sweeping import look_again, stayed
from plans.models import Plan, PlatformSettings
from saas.core.models import AuditEntry
from tenants.models import PlanChange, Tenant
from tests.billing.expiry.due import (
    END,
    GRACE,
    START,
    by_card,
    fresh,
    others,
    past_due,
    run,
    runs_out,
    standing,
    subscribe,
    swept,
)
from tests.billing.expiry.test_trouble import break_schema, mend_schema
from tests.billing.money import give_funds
from tests.tenants.services import rows
from tests.tenants.services.rows import make_plan

DAY = timedelta(days=1)


def everybody(plan: Plan, trial: Plan, free: Plan, solo: Plan, expired: Plan | None) -> None:
    """A tenant for each combination of what decides, due on different days of a week."""
    kinds: list[dict[str, Any] | None] = [
        None,
        {},
        {"gateway": "stripe"},
        {"gateway": "stripe", "standing": Standing.PAST_DUE, "past_due_at": START},
        {"gateway": "stripe", "standing": Standing.ENDED, "ended_at": START},
    ]
    nexts: list[tuple[Plan | None, int]] = [(None, 0), (free, 0), (solo, 900)]
    funds = (0, 900, 2900)
    plans = [plan, trial, *([expired] if expired else [])]
    combined = list(itertools.product(plans, kinds, nexts, funds, (False, True)))
    tenants = others(plan, len(combined))
    for number, (tenant, (on, kind, (chosen, price), fund, stopped)) in enumerate(
        zip(tenants, combined, strict=True)
    ):
        start = START + (number % 7) * DAY
        end = END + (number % 7) * DAY
        if kind is None:
            runs_out(tenant, on, end)
        else:
            fields = {
                **kind,
                "amount": 2900,
                "period_end": end,
                "external_id": f"sub_{number}" if "gateway" in kind else "",
                "cancelled_at": START if stopped else None,
            }
            if chosen and not stopped:
                fields |= {"next_plan": chosen, "next_cycle": "monthly", "next_amount": price}
            subscribe(tenant, on, start=start, **fields)
        if fund:
            give_funds(tenant, fund)


def what_happened(tenant: Tenant, at: datetime) -> tuple[Step, str, int]:
    """Read from what is stored, not from what the sweep says of itself: step, plan, what was paid."""
    now = fresh(tenant)
    paid = sum(
        Payment.objects.filter(tenant=tenant, status="paid").values_list("amount", flat=True)
    )
    change = PlanChange.objects.filter(tenant=tenant).first()
    if paid:
        return Step.RENEW, now.plan.name, paid
    if change:
        return (Step.LAPSE if change.reason == "lapsed" else Step.MOVE), now.plan.name, 0
    if now.expiry_check_at is None:
        assert AuditEntry.objects.filter(verb="tenant.stayed", tenant_id=tenant.pk).exists()
        return Step.STAY, now.plan.name, 0
    assert now.expiry_check_at > at
    return Step.WAIT, now.plan.name, 0


@pytest.mark.parametrize("with_expired", [True, False], ids=["Expired plan", "none"])
@pytest.mark.parametrize("days", [0, 6])
def test_dry_run_says_what_the_sweep_then_does(
    plan: Plan, small_plan: Plan, days: int, *, with_expired: bool
) -> None:
    expired = make_plan("Resting") if with_expired else None
    trial, solo = make_plan("Trial", price=2900), make_plan("Solo", price=900)
    PlatformSettings.objects.update(expired_plan=expired, trial_plan=trial)
    everybody(plan, trial, small_plan, solo, expired)
    said = forecast(END, days)
    tenants = {tenant.pk: tenant for tenant in Tenant.objects.exclude(expires_at=None)}
    assert said.total == said.looked == len(_due(tenants, END + days * DAY))
    cases = cases_of(_due(tenants, END + days * DAY), rules(), END)
    predicted = {
        case.tenant.pk: (
            case.decision.step,
            (case.decision.plan or case.tenant.plan).name,
            case.decision.amount if case.decision.step is Step.RENEW else 0,
        )
        for case in cases
    }
    assert Counter(step for step, _, _ in predicted.values()) == said.steps
    found = {}
    for at in (END + number * DAY for number in range(days + 1)):
        due_now = [pk for pk in predicted if pk not in found and tenants[pk].expires_at == at]
        run(at)
        for pk in due_now:
            step, name, paid = what_happened(tenants[pk], at)
            if step is Step.WAIT:
                name = predicted[pk][1]  # it has stayed on its own, which `decide` does not name
            found[pk] = (step, name, paid)
    assert found == predicted
    assert len({step for step, _, _ in predicted.values()}) == (5 if expired else 4)
    assert said.income == sum(paid for _, _, paid in predicted.values())


def _due(tenants: dict[int, Tenant], until: datetime) -> list[Tenant]:
    return [one for one in tenants.values() if one.expires_at and one.expires_at <= until]


@pytest.mark.req(53)
def test_names_that_would_be_paused_are_those_that_are(
    aurora: Tenant, borealis: Tenant, plan: Plan, small_plan: Plan, expired: Plan
) -> None:
    for tenant in (aurora, borealis):
        rows.rows(tenant, 7)
        rows.rows(tenant, 2, "services")
    subscribe(aurora, plan)
    subscribe(borealis, plan, next_plan=small_plan, next_cycle="monthly", next_amount=0)
    said = {one.case.tenant.pk: one for one in forecast(END, 0).shown}
    names = {
        pk: {fit.limit.key: " ".join(fit.pause) for fit in one.pauses} for pk, one in said.items()
    }
    assert names == {
        aurora.pk: {"staff": "2 3 4 5 6 7", "services": "1 2"},
        borealis.pk: {"staff": "6 7"},
    }
    assert rows.paused(aurora) == "", "It only looks."
    swept()
    for tenant in (aurora, borealis):
        for kind in ("staff", "services"):
            assert rows.paused(tenant, kind) == names[tenant.pk].get(kind, "")


def test_looking_changes_nothing(aurora: Tenant, plan: Plan, expired: Plan) -> None:
    rows.rows(aurora, 3)
    subscribe(aurora, plan)
    with CaptureQueriesContext(connection) as queries:
        forecast(END, 30)
    kinds = {query["sql"].split()[0] for query in queries}
    assert kinds <= {"SELECT", "SET", "(SELECT"}, kinds
    assert standing(aurora) == ("Team", END, END)


@pytest.mark.parametrize("count", [1, 30])
def test_forecast_takes_as_many_queries_for_many_as_for_one(
    plan: Plan, expired: Plan, count: int
) -> None:
    for tenant in others(plan, count):
        subscribe(tenant, plan)
    left = [tenant.pk for tenant in others(plan, count)]
    Tenant.objects.filter(pk__in=left).update(expiry_check_at=None)
    with CaptureQueriesContext(connection) as queries:
        found = forecast(END, 0)
    assert len(queries) == 6, [query["sql"][:100] for query in queries]
    assert found.stayed_total == count


def test_schemas_are_opened_only_where_the_next_plan_has_less_room(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    wide = make_plan("Wide")
    rows.rows(aurora, 3)
    subscribe(aurora, plan, next_plan=wide, next_cycle="monthly", next_amount=0)
    with CaptureQueriesContext(connection) as queries:
        forecast(END, 0)
    assert not [query for query in queries if "booking_" in query["sql"]]


@pytest.mark.parametrize(
    ("before", "after", "less"),
    [
        ({"staff": 3}, {"staff": 3}, False),
        ({"staff": 3}, {"staff": 2}, True),
        ({"staff": 3}, {"staff": 4}, False),
        ({"staff": -1}, {"staff": 4}, True),
        ({"staff": 4}, {"staff": -1}, False),
        ({"staff": 4, "off": ("staff",)}, {"staff": 9}, True),
        ({"staff": 4}, {"staff": 1, "off": ("staff",)}, False),
        ({"appointments": 9}, {"appointments": 0}, False),
    ],
)
def test_less_room_is_seen_without_looking_into_a_schema(
    aurora: Tenant, before: dict[str, Any], after: dict[str, Any], less: bool
) -> None:
    aurora.plan = make_plan("Before", **before)
    with CaptureQueriesContext(connection) as queries:
        made = make_plan("After", **after)
        asked = len(queries)
        assert has_less_room(aurora, made, END) is less
        assert len(queries) == asked


def test_grace_that_ends_within_the_days_is_seen(aurora: Tenant, plan: Plan, expired: Plan) -> None:
    past_due(aurora, plan)
    assert swept() == {Step.WAIT: 1}
    assert forecast(END + DAY, 1).total == 0
    (one,) = forecast(END + DAY, 7).shown
    assert (one.case.decision.step, one.at) == (Step.LAPSE, END + GRACE)


def test_many_are_counted_and_the_first_are_shown(plan: Plan, expired: Plan) -> None:
    others(plan, 1100)
    found = forecast(END, 0)
    assert (found.total, found.looked, found.unseen, len(found.shown)) == (1100, 1000, 100, 50)
    assert found.steps == {Step.LAPSE: 1000}


def test_whoever_is_in_trouble_is_there_with_the_reason(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    runs_out(aurora, plan)
    break_schema(aurora)
    run()
    mend_schema(aurora)
    (one,) = forecast(END, 0).shown
    assert one.trouble
    assert one.at == END + timedelta(minutes=5)
    runs_out(aurora, plan, END + 30 * DAY)
    assert forecast(END, 0).total == 0, "It was paid for meanwhile."
    assert ExpiryTrouble.objects.exists()


@pytest.mark.req(57)
def test_whoever_stayed_is_listed_and_looked_at_again_when_an_expired_plan_is_chosen(
    aurora: Tenant, borealis: Tenant, plan: Plan
) -> None:
    subscribe(aurora, plan)
    subscribe(borealis, plan)
    swept()
    give_funds(borealis, 2900)
    found = forecast(END + DAY, 30)
    assert {one.pk for one in found.stayed} == {aurora.pk, borealis.pk}
    assert (found.stayed_total, found.total) == (2, 0)
    resting = make_plan("Resting")
    PlatformSettings.objects.update(expired_plan=resting)
    assert look_again(END + DAY) == 2
    assert swept(END + DAY) == {Step.LAPSE: 1, Step.RENEW: 1}
    assert fresh(aurora).plan == resting
    assert fresh(borealis).plan == plan
    assert not stayed(END + DAY).exists()
    assert look_again(END + DAY) == 0


def test_whoever_stays_on_the_expired_plan_itself_is_no_news(aurora: Tenant, expired: Plan) -> None:
    runs_out(aurora, expired)
    swept()
    assert forecast(END, 30).stayed == []
    assert look_again(END) == 0


def test_card_in_the_forecast_costs_no_money(aurora: Tenant, plan: Plan, expired: Plan) -> None:
    by_card(aurora, plan)
    give_funds(aurora, 9000)
    found = forecast(END - DAY, 7)
    assert (found.steps, found.income) == ({Step.WAIT: 1}, 0)
    assert Subscription.objects.get().is_live
