"""A subscription's states and periods. Periods are counted from `billing_cycle_anchor`."""

from sandbox.stripe.catalog import plan_of
from sandbox.stripe.cycles import boundary
from sandbox.stripe.errors import Json, StripeError
from sandbox.stripe.params import merge_metadata
from sandbox.stripe.render import completer, listing, plain
from sandbox.stripe.store import Store, new_id
from sandbox.stripe.world import World

TRIAL = -1  # the number of the period before the anchor
OVER = {"canceled", "incomplete_expired"}


def new_subscription(world: World, customer: Json, items: list[Json], given: Json) -> Json:
    """A subscription, incomplete and unannounced, in its first period or in its trial.

    `items`: dicts with `price` (an object) and `quantity`. `given`: metadata, trial_end, default_payment_method,
    description.
    """
    now, key = world.now(), new_id("subscription")
    trial_end = given.get("trial_end")
    subscription = world.store.add(
        dict.fromkeys(NOTHING) | {
            "id": key,
            "object": "subscription",
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": trial_end or now,
            "billing_mode": {"flexible": None, "type": "classic"},
            "billing_schedules": [],
            "cancel_at_period_end": False,
            "cancellation_details": dict.fromkeys(("comment", "feedback", "reason")),
            "collection_method": "charge_automatically",
            "created": now,
            "currency": items[0]["price"]["currency"],
            "customer": customer["id"],
            "default_payment_method": given.get("default_payment_method"),
            "default_tax_rates": [],
            "description": given.get("description"),
            "discounts": [],
            "invoice_settings": {"account_tax_ids": None, "custom_fields": None, "description": None,
                                 "footer": None, "issuer": {"type": "self"}},
            "items": listing([], f"/v1/subscription_items?subscription={key}"),
            "livemode": False,
            "metadata": merge_metadata({}, given.get("metadata")),
            "payment_settings": {"payment_method_options": None, "payment_method_types": None,
                                 "save_default_payment_method": "off"},
            "start_date": now,
            "status": "incomplete",
            "trial_end": trial_end,
            "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
            "trial_start": now if trial_end else None,
            "_cycle": TRIAL if trial_end else 0,
            "_previous_start": now,
        }
    )  # fmt: skip
    subscription["items"]["data"] = [new_item(world, subscription, each) for each in items]
    set_period(world, subscription)
    return subscription


NOTHING = (
    "application", "application_fee_percent", "billing_cycle_anchor_config", "billing_thresholds", "cancel_at",
    "canceled_at", "customer_account", "days_until_due", "default_source", "ended_at", "latest_invoice",
    "managed_payments",
    "next_pending_invoice_item_invoice", "on_behalf_of", "pause_collection", "pending_invoice_item_interval",
    "pending_setup_intent", "pending_update", "schedule", "test_clock", "transfer_data",
)  # fmt: skip


def new_item(world: World, subscription: Json, given: Json) -> Json:
    price = given["price"]
    if price["type"] != "recurring":
        message = (
            f"The price specified is set to `type=one_time` but this field only accepts prices with "
            f"`type=recurring`: {price['id']}"
        )
        raise StripeError(message, param="items[0][price]")
    return {
        "id": new_id("subscription_item"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": world.now(),
        "current_period_end": 0,
        "current_period_start": 0,
        "discounts": [],
        "metadata": {},
        "price": price["id"],
        "quantity": given.get("quantity", 1),
        "subscription": subscription["id"],
        "tax_rates": [],
    }


@completer("subscription")
def complete(store: Store, shown: Json) -> None:
    """Prices are shown as they are now."""
    for item in shown["items"]["data"]:
        price = store.get("price", item["price"])
        item |= {"price": plain(store, price), "plan": plan_of(price)}


def price_of(world: World, subscription: Json) -> Json:
    """The price that decides the length of the period."""
    return world.store.get("price", subscription["items"]["data"][0]["price"])


def set_period(world: World, subscription: Json) -> None:
    """Write the period number `_cycle` on the items."""
    number, anchor = subscription["_cycle"], subscription["billing_cycle_anchor"]
    rhythm = price_of(world, subscription)["recurring"]
    every = (rhythm["interval"], rhythm["interval_count"])
    start = subscription["start_date"] if number == TRIAL else boundary(anchor, *every, number)
    end = anchor if number == TRIAL else boundary(anchor, *every, number + 1)
    for item in subscription["items"]["data"]:
        item |= {"current_period_start": start, "current_period_end": end}
    if subscription["cancel_at_period_end"]:
        subscription["cancel_at"] = end


def period(subscription: Json) -> tuple[int, int]:
    item = subscription["items"]["data"][0]
    return item["current_period_start"], item["current_period_end"]


def next_period(world: World, subscription: Json) -> None:
    subscription["_previous_start"] = period(subscription)[0]
    subscription["_cycle"] += 1
    set_period(world, subscription)


def set_price(world: World, subscription: Json, price: Json, quantity: int | None = None) -> bool:
    """The subscription's first item gets another price. True when its interval differs: then periods count anew.

    Who changes the interval sets the new anchor with `count_from`.
    """
    item = subscription["items"]["data"][0]
    old = world.store.get("price", item["price"])["recurring"]
    item |= {"price": price["id"], "quantity": quantity or item["quantity"]}
    subscription["currency"] = price["currency"]
    return bool(old != price["recurring"])


def count_from(world: World, subscription: Json, anchor: int) -> None:
    """Periods are counted from `anchor` on, which begins the first of them."""
    subscription["_previous_start"] = period(subscription)[0]
    subscription |= {"billing_cycle_anchor": anchor, "_cycle": 0}
    set_period(world, subscription)


def set_status(world: World, subscription: Json, status: str) -> None:
    with world.changing(subscription, "customer.subscription.updated"):
        subscription["status"] = status


def end(
    world: World, subscription: Json, reason: str, *, details: Json | None = None, status: str = "canceled"
) -> None:  # fmt: skip
    """The subscription is over now; its open invoices are no longer collected, its schedule is canceled."""
    now = world.now()
    subscription |= {"status": status, "ended_at": now}
    subscription["canceled_at"] = subscription["canceled_at"] or now
    subscription["cancellation_details"] |= (details or {}) | {"reason": reason}
    for invoice in world.store.all("invoice", status="open"):
        if invoice["parent"]["subscription_details"]["subscription"] == subscription["id"]:
            invoice |= {"auto_advance": False, "next_payment_attempt": None}
    schedule = world.store.find("subscription_schedule", subscription["schedule"])
    if schedule and schedule["status"] in {"active", "not_started"}:
        schedule |= {"status": "canceled", "canceled_at": now, "current_phase": None}
        world.emit("subscription_schedule.canceled", schedule)
    event = "deleted" if status == "canceled" else "updated"
    world.emit(f"customer.subscription.{event}", subscription)
