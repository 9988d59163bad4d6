"""Subscription schedules: another price from the next period on."""

from datetime import timedelta
from typing import Any

import pytest
import stripe
from stripe import StripeClient

from sandbox.stripe.testing import StripeSandbox
from tests.sandbox.shop import START, Shop
from tests.sandbox.test_subscriptions import period


def plan_change(client: StripeClient, subscription: Any, price: str, **given: Any) -> Any:
    """The way that Stripe describes: make a schedule from the subscription, then add a phase."""
    schedule = client.v1.subscription_schedules.create({"from_subscription": subscription.id})
    now = schedule.phases[0]
    phases: Any = [
        {
            "start_date": now.start_date,
            "end_date": now.end_date,
            "items": [{"price": now.items[0].price, "quantity": 1}],
        },
        {"items": [{"price": price, "quantity": 1}], "proration_behavior": "none"} | given,
    ]
    return client.v1.subscription_schedules.update(
        schedule.id, {"phases": phases, "end_behavior": "release"}
    )


def test_schedule_begins_with_the_running_period(client: StripeClient, shop: Shop) -> None:
    subscription = shop.subscription()
    schedule = client.v1.subscription_schedules.create({"from_subscription": subscription.id})
    item = subscription["items"].data[0]
    assert (schedule.status, schedule.end_behavior) == ("active", "release")
    assert schedule.current_phase.end_date == item.current_period_end  # type: ignore[union-attr]
    assert [each.start_date for each in schedule.phases] == [item.current_period_start]
    assert shop.again(subscription).schedule == schedule.id
    with pytest.raises(stripe.InvalidRequestError, match="already attached"):
        client.v1.subscription_schedules.create({"from_subscription": subscription.id})


def test_next_phase_sets_the_price_before_the_renewal(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription, cheaper = shop.subscription(), shop.price(900)
    schedule = plan_change(client, subscription, cheaper, metadata={"plan": "2"})
    sandbox.advance_to(START + timedelta(days=27))
    assert shop.again(subscription)["items"].data[0].price.id == shop.monthly
    sandbox.advance(days=1)
    changed = shop.again(subscription, "latest_invoice")
    assert (changed["items"].data[0].price.id, changed.metadata["plan"]) == (cheaper, "2")
    assert (changed.latest_invoice.amount_paid, changed.latest_invoice.billing_reason) == (
        900,
        "subscription_cycle",
    )
    assert period(changed) == ("2026-02-28", "2026-03-31")
    sandbox.advance_to(START + timedelta(days=59))
    over = client.v1.subscription_schedules.retrieve(schedule.id)
    assert (over.status, over.subscription, over.released_subscription) == (
        "released",
        None,
        subscription.id,
    )
    free = shop.again(subscription)
    assert (free.schedule, period(free)) == (None, ("2026-03-31", "2026-04-30"))
    kinds = [each["type"] for each in sandbox.events("subscription_schedule.*")]
    assert [kind.rpartition(".")[2] for kind in kinds] == [
        "created",
        "updated",
        "updated",
        "released",
    ]


def test_next_phase_has_another_interval(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription, annual = shop.subscription(), shop.price(29000, "year")
    plan_change(client, subscription, annual)
    sandbox.advance_to(START + timedelta(days=28))
    changed = shop.again(subscription, "latest_invoice")
    assert period(changed) == ("2026-02-28", "2027-02-28")
    assert changed.latest_invoice.amount_paid == 29000
    line = changed.latest_invoice.lines.data[0]
    assert (line.period.start, line.period.end) == (
        changed["items"].data[0].current_period_start, changed["items"].data[0].current_period_end,
    )  # fmt: skip
    sandbox.advance_to(START + timedelta(days=28 + 365))
    assert period(shop.again(subscription)) == ("2027-02-28", "2028-02-28")
    assert len(client.v1.invoices.list({"subscription": subscription.id}).data) == 3


def test_annual_becomes_monthly(sandbox: StripeSandbox, client: StripeClient, shop: Shop) -> None:
    annual = shop.price(29000, "year")
    subscription = shop.subscription(line_items=[{"price": annual, "quantity": 1}])
    plan_change(
        client, subscription, shop.monthly, duration={"interval": "month", "interval_count": 2}
    )
    sandbox.advance_to(START + timedelta(days=365))
    changed = shop.again(subscription, "latest_invoice")
    assert period(changed) == ("2027-01-31", "2027-02-28")
    assert changed.latest_invoice.amount_paid == 2900
    assert changed.schedule
    sandbox.advance(days=59)
    assert period(shop.again(subscription)) == ("2027-03-31", "2027-04-30")
    assert shop.again(subscription).schedule is None


def test_released_schedule_changes_nothing_any_more(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription = shop.subscription()
    schedule = plan_change(client, subscription, shop.price(900))
    assert client.v1.subscription_schedules.release(schedule.id).status == "released"
    with pytest.raises(stripe.InvalidRequestError, match="`released` status"):
        client.v1.subscription_schedules.release(schedule.id)
    sandbox.advance(days=28)
    renewed = shop.again(subscription, "latest_invoice")
    assert (renewed.latest_invoice.amount_paid, renewed.schedule) == (2900, None)


def test_schedule_guards_cancellation_and_ends_with_the_subscription(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription = shop.subscription()
    schedule = plan_change(client, subscription, shop.price(900))
    with pytest.raises(stripe.InvalidRequestError, match="managed by the subscription schedule"):
        client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    client.v1.subscriptions.cancel(subscription.id)
    assert client.v1.subscription_schedules.retrieve(schedule.id).status == "canceled"
    sandbox.advance(days=60)
    assert shop.again(subscription).status == "canceled"


def test_schedule_can_end_with_a_cancellation(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription = shop.subscription()
    schedule = client.v1.subscription_schedules.create({"from_subscription": subscription.id})
    client.v1.subscription_schedules.update(schedule.id, {"end_behavior": "cancel"})
    sandbox.advance(days=28)
    assert shop.again(subscription).status == "canceled"
    assert len(client.v1.invoices.list({"subscription": subscription.id}).data) == 1


def test_running_phase_must_come_first_and_unmoved(client: StripeClient, shop: Shop) -> None:
    subscription = shop.subscription()
    schedule = client.v1.subscription_schedules.create({"from_subscription": subscription.id})
    late: Any = [
        {"items": [{"price": shop.monthly}], "start_date": schedule.phases[0].start_date + 5}
    ]
    with pytest.raises(stripe.InvalidRequestError, match="start date of the current phase"):
        client.v1.subscription_schedules.update(schedule.id, {"phases": late})
