"""Changes of running subscriptions. What is wished is compared with what is there, and only the difference is sent."""

from contextlib import suppress
from typing import Any

import stripe

from billing.gateways.base import SubscriptionFact, SubscriptionWish
from billing.gateways.stripe import facts
from billing.gateways.stripe.client import Json, found, plain
from billing.gateways.stripe.reading import get_subscription
from billing.models import Standing

RUNNING = {"active", "not_started"}
"""States of a schedule that still means to change something."""


def push(client: stripe.StripeClient, wish: SubscriptionWish) -> SubscriptionFact | None:
    """The subscription is as wished; how it stands then. None when Stripe knows none, which is as good as ended."""
    subscription = get_subscription(client, wish.external_id)
    if subscription is None:
        return None
    if facts.standing_of(subscription) != Standing.ENDED:
        if wish.is_over:
            _end(client, subscription)
        else:
            _go_on(client, subscription, wish)
        subscription = get_subscription(client, wish.external_id) or subscription
    return facts.subscription_fact(subscription)


def _end(client: stripe.StripeClient, subscription: Json) -> None:
    """Over at once, without a last invoice; credits for unused time are a matter of ours."""
    params: Any = {"invoice_now": False, "prorate": False}
    try:
        client.v1.subscriptions.cancel(subscription["id"], params)
    except stripe.InvalidRequestError:
        stands = get_subscription(client, subscription["id"])
        if stands and facts.standing_of(stands) != Standing.ENDED:
            raise


def _go_on(client: stripe.StripeClient, subscription: Json, wish: SubscriptionWish) -> None:
    """A schedule keeps what ends a subscription to itself, so it goes first where that is to be changed."""
    present = facts.name_of(facts.item_of(subscription)["price"])
    is_other = bool(wish.next_price_id) and wish.next_price_id not in {present, wish.price_id}
    schedule = _schedule(client, subscription)
    if not wish.ends_after_period:
        _collect(client, subscription)
    if wish.ends_after_period or not is_other:
        _release(client, schedule)
        _end_later(client, subscription, wish=wish.ends_after_period)
        return
    if subscription["cancel_at_period_end"] or subscription["cancel_at"]:
        _release(client, schedule)
        schedule = None
        _end_later(client, subscription, wish=False)
    _change_later(client, subscription, schedule, wish.next_price_id)


def _collect(client: stripe.StripeClient, subscription: Json) -> None:
    """Try once more what could not be collected: there may be another card. By itself Stripe may wait for days."""
    invoice_id = facts.name_of(subscription["latest_invoice"])
    if subscription["status"] != "past_due" or not invoice_id:
        return
    with suppress(stripe.CardError, stripe.InvalidRequestError):  # it stays as it is
        client.v1.invoices.pay(invoice_id)


def _end_later(client: stripe.StripeClient, subscription: Json, *, wish: bool) -> None:
    params: Any = {}
    if bool(subscription["cancel_at_period_end"]) != wish:
        params["cancel_at_period_end"] = wish
    elif not wish and subscription["cancel_at"]:
        params["cancel_at"] = ""
    if params:
        client.v1.subscriptions.update(subscription["id"], params)


def _schedule(client: stripe.StripeClient, subscription: Json) -> Json | None:
    """The schedule that means to change the subscription, if any."""
    key = facts.name_of(subscription["schedule"])
    schedule = found(lambda: client.v1.subscription_schedules.retrieve(key)) if key else None
    return schedule if schedule and schedule["status"] in RUNNING else None


def _release(client: stripe.StripeClient, schedule: Json | None) -> None:
    if schedule:
        client.v1.subscription_schedules.release(schedule["id"])


def _change_later(
    client: stripe.StripeClient, subscription: Json, schedule: Json | None, price_id: str
) -> None:
    """From the next period on it is `price_id`, without proration; then the schedule lets go by itself.

    https://docs.stripe.com/billing/subscriptions/subscription-schedules
    """
    if schedule is None:
        made: Any = {"from_subscription": subscription["id"]}
        schedule = plain(client.v1.subscription_schedules.create(made))
    if _next_price(schedule) == price_id:
        return
    item, phase = facts.item_of(subscription), schedule["current_phase"]
    present: dict[str, Any] = {
        "start_date": phase["start_date"],
        "end_date": phase["end_date"],
        "items": [_one(facts.name_of(item["price"]))],
        "proration_behavior": "none",
    }
    following = {
        "duration": _lasts(client, price_id),
        "items": [_one(price_id)],
        "proration_behavior": "none",
    }
    params: Any = {"phases": [present, following], "end_behavior": "release"}
    client.v1.subscription_schedules.update(schedule["id"], params)


def _one(price_id: str) -> dict[str, Any]:
    return {"price": price_id, "quantity": 1}


def _lasts(client: stripe.StripeClient, price_id: str) -> dict[str, Any]:
    """One period of the price."""
    rhythm: Any = plain(client.v1.prices.retrieve(price_id))["recurring"]
    return {"interval": rhythm["interval"], "interval_count": rhythm["interval_count"]}


def _next_price(schedule: Json) -> str:
    """What the phase after the present one charges; empty when there is none."""
    now = schedule["current_phase"]["start_date"]
    later = [phase for phase in schedule["phases"] if phase["start_date"] > now]
    return facts.name_of(later[0]["items"][0]["price"]) if later else ""
