"""Tenants whose paid time is over, in all the ways there are, and short ways to look at what became of them."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from billing.ledger import balance_of
from billing.models import Standing, Subscription
from billing.quotes import cycle_end
from billing.renewal import Step
from billing.services.expiry.sweeping import Swept, sweep
from plans.models import Plan
from tenants.models import Tenant
from tests.billing.money import NOW

START = datetime(2026, 10, 25, 9, 0, tzinfo=UTC)
END = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
"""One month after START, and the instant that the tests take for now."""
GRACE = timedelta(days=3)
_numbers = itertools.count(1)
assert END == NOW


def runs_out(tenant: Tenant, plan: Plan, end: datetime = END, **fields: Any) -> Tenant:
    """`tenant` is on `plan` until `end`."""
    values = {"plan": plan, "expires_at": end, "expiry_check_at": end, **fields}
    Tenant.objects.filter(pk=tenant.pk).update(**values)
    return fresh(tenant)


def subscribe(
    tenant: Tenant,
    plan: Plan,
    *,
    cycle: str = "monthly",
    start: datetime = START,
    **fields: Any,
) -> Subscription:
    """`tenant` has paid for the cycle that begins at `start`; from its balance, unless `fields` say otherwise."""
    end = fields.pop("period_end", None) or cycle_end(start, cycle, start)
    runs_out(tenant, plan, end, cycle=cycle)
    values = {
        "plan": plan,
        "plan_name": plan.name,
        "cycle": cycle,
        "amount": plan.annual_price if cycle == "annual" else plan.monthly_price,
        "currency": "USD",
        "gateway": "balance",
        "environment": "live",
        "started_at": start,
        "period_start": start,
        "period_end": end,
        **fields,
    }
    return Subscription.objects.create(tenant=tenant, **values)


def by_card(tenant: Tenant, plan: Plan, **fields: Any) -> Subscription:
    """As `subscribe`, with a gateway that renews by itself."""
    number = next(_numbers)
    values = {
        "gateway": "stripe",
        "environment": "sandbox",
        "external_id": f"sub_{number}",
        "customer_id": f"cus_{number}",
        "paid_with": "Visa 4242",
    }
    return subscribe(tenant, plan, **values | fields)


def past_due(tenant: Tenant, plan: Plan, **fields: Any) -> Subscription:
    """Its gateway has tried to collect the next period and could not."""
    fields.setdefault("past_due_at", END)
    return by_card(tenant, plan, standing=Standing.PAST_DUE, **fields)


def others(plan: Plan, count: int, end: datetime | None = END, **fields: Any) -> list[Tenant]:
    """More businesses on `plan` until `end`, without a schema."""
    return Tenant.objects.bulk_create(
        Tenant(
            name=f"Business {number}",
            slug=f"business-{number}",
            plan=plan,
            expires_at=end,
            expiry_check_at=end,
            **fields,
        )
        for number in itertools.islice(_numbers, count)
    )


def swept(now: datetime = END, *, at_most: int = 1000) -> dict[Step, int]:
    """What one sweep has done, all of it having worked."""
    done = run(now, at_most=at_most)
    assert not done.failed
    return dict(done.steps)


def run(now: datetime = END, *, at_most: int = 1000) -> Swept:
    return sweep(now, at_most=at_most)


def fresh(tenant: Tenant) -> Tenant:
    return Tenant.objects.select_related("plan").get(pk=tenant.pk)


def in_hand(tenant: Tenant) -> int:
    return balance_of(tenant).balance


def live(tenant: Tenant) -> Subscription | None:
    return Subscription.objects.live().filter(tenant=tenant).first()


def standing(tenant: Tenant) -> tuple[str, datetime | None, datetime | None]:
    """Plan, end, and when it is looked at again."""
    now = fresh(tenant)
    return now.plan.name, now.expires_at, now.expiry_check_at
