"""Subscriptions: started off-session or by Checkout, changed, canceled."""

from sandbox.stripe.cards import customers_method, refusal
from sandbox.stripe.collecting import NO_CARD, attempt, collect
from sandbox.stripe.coupons import usable
from sandbox.stripe.cycles import DAY
from sandbox.stripe.errors import Json, StripeError, card_error, unknown_object
from sandbox.stripe.invoices import draw_up
from sandbox.stripe.lifecycle import (
    OVER,
    count_from,
    end,
    new_subscription,
    period,
    set_price,
)
from sandbox.stripe.paging import matches, page
from sandbox.stripe.params import (
    clearable,
    flag,
    integer,
    merge_metadata,
    metadata,
    natural,
    one_of,
    or_empty,
    required,
    text,
)
from sandbox.stripe.routing import CREATED, PAGING, route
from sandbox.stripe.world import World

PRORATION = one_of("always_invoice", "create_prorations", "none")
FEEDBACK = one_of(
    "customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex",
    "too_expensive", "unused",
)  # fmt: skip
DETAILS = {"comment": or_empty(text), "feedback": or_empty(FEEDBACK)}


@route(
    "POST", "/v1/subscriptions", customer=required(text),
    items=required([{"price": required(text), "quantity": natural}]), default_payment_method=text,
    discounts=[{"coupon": required(text)}], metadata=metadata, description=text, off_session=flag,
    payment_behavior=one_of("allow_incomplete", "default_incomplete", "error_if_incomplete"),
    proration_behavior=PRORATION, trial_end=integer, trial_period_days=natural,
)  # fmt: skip
def create_subscription(world: World, given: Json) -> Json:
    customer = world.store.referred("customer", given["customer"], "customer")
    items = [item_given(world, each, n) for n, each in enumerate(given["items"])]
    given["trial_end"] = trial_end(world, given)
    method = subscriptions_card(world, customer, given)
    unit = items[0]["price"]["currency"]
    coupons = [
        usable(world, each["coupon"], unit, "discounts[0][coupon]")
        for each in given.get("discounts", [])
    ]
    behaviour = given.get("payment_behavior", "allow_incomplete")
    if behaviour == "error_if_incomplete" and not given["trial_end"]:
        if method is None:
            raise StripeError(NO_CARD, code="resource_missing")
        if declined := refusal(world, method):
            raise card_error(*declined)
    subscription = new_subscription(world, customer, items, given)
    open_first(
        world, subscription, coupons[0] if coupons else None, wait=behaviour == "default_incomplete"
    )
    return subscription


def subscriptions_card(world: World, customer: Json, given: Json) -> Json | None:
    """The card that the new subscription would be charged to."""
    if given.get("default_payment_method"):
        key = given["default_payment_method"]
        return customers_method(world, key, customer["id"], "default_payment_method")
    method = world.store.find(
        "payment_method", customer["invoice_settings"]["default_payment_method"]
    )
    waits = given["trial_end"] or given.get("payment_behavior") == "default_incomplete"
    if method is None and not waits:
        raise StripeError(NO_CARD, code="resource_missing")
    return method


def item_given(world: World, given: Json, number: int) -> Json:
    param = f"items[{number}][price]"
    price = world.store.referred("price", given["price"], param)
    if not price["active"]:
        message = (
            f"The price specified is inactive. This field only accepts active prices: {price['id']}"
        )
        raise StripeError(message, param=param)
    return {"price": price, "quantity": given.get("quantity", 1)}


def trial_end(world: World, given: Json) -> int | None:
    """When the trial ends, if there is one."""
    if given.get("trial_period_days"):
        return world.now() + int(given["trial_period_days"]) * DAY
    moment: int | None = given.get("trial_end")
    if moment is not None and moment <= world.now():
        raise StripeError("Timestamp must be in the future.", param="trial_end")
    return moment


def open_first(world: World, subscription: Json, coupon: Json | None, *, wait: bool) -> None:
    """The first invoice is drawn up and, unless it waits to be paid, charged; the subscription is announced."""
    trial = bool(subscription["trial_end"])
    invoice = draw_up(world, subscription, "subscription_create", coupon=coupon, free=trial)
    if trial:
        subscription["status"] = "trialing"
        collect(world, invoice)
    elif not wait and collect(world, invoice) is None:
        subscription["status"] = "active"
    world.emit("customer.subscription.created", subscription)


@route("GET", "/v1/subscriptions/{}")
def retrieve_subscription(world: World, given: Json, key: str) -> Json:
    return world.store.get("subscription", key)


@route(
    "GET", "/v1/subscriptions", PAGING, CREATED, customer=text, price=text,
    status=one_of(
        "active", "all", "canceled", "ended", "incomplete", "incomplete_expired", "past_due", "trialing", "unpaid",
        "paused",
    ),
)  # fmt: skip
def list_subscriptions(world: World, given: Json) -> Json:
    status, same = given.get("status"), matches(given, "customer")
    return page(
        world, "subscription", given, "/v1/subscriptions",
        lambda each: same(each) and has_status(each, status) and has_price(each, given.get("price")),
    )  # fmt: skip


def has_status(subscription: Json, wanted: str | None) -> bool:
    """Without a wish, those that are not over."""
    status = subscription["status"]
    if wanted is None:
        return bool(status != "canceled")
    if wanted == "ended":
        return bool(status in OVER)
    return wanted == "all" or bool(status == wanted)


def has_price(subscription: Json, wanted: str | None) -> bool:
    return not wanted or any(item["price"] == wanted for item in subscription["items"]["data"])


# Changes


@route(
    "POST", "/v1/subscriptions/{}", cancel_at_period_end=flag, cancellation_details=DETAILS,
    default_payment_method=or_empty(text), description=clearable, metadata=metadata, off_session=flag,
    items=[{"id": text, "price": required(text), "quantity": natural}], proration_behavior=PRORATION,
    payment_behavior=one_of("allow_incomplete", "error_if_incomplete"),
)  # fmt: skip
def update_subscription(world: World, given: Json, key: str) -> Json:
    subscription = world.store.get("subscription", key)
    refuse_change(world, subscription, given)
    restarts = False
    with world.changing(subscription, "customer.subscription.updated"):
        for each in given.get("items", []):
            price = item_given(world, each, 0)["price"]
            restarts = set_price(world, subscription, price, each.get("quantity"))
        if restarts:
            count_from(world, subscription, world.now())
        if "cancel_at_period_end" in given:
            cancel_later(world, subscription, wish=given["cancel_at_period_end"])
        take_plain(world, subscription, given)
    if restarts:
        attempt(world, draw_up(world, subscription, "subscription_update"))
    return subscription


def refuse_change(world: World, subscription: Json, given: Json) -> None:
    """StripeError for what may not be changed at all, or not in this sandbox."""
    if subscription["status"] in OVER and set(given) - {
        "cancellation_details",
        "metadata",
        "expand",
    }:
        message = "A canceled subscription can only update its cancellation_details and metadata."
        raise StripeError(message)
    if "cancel_at_period_end" in given and subscription["schedule"]:
        message = (
            f"The subscription is managed by the subscription schedule `{subscription['schedule']}`, and updating any "
            "cancelation behavior directly is not allowed. Please update the schedule instead."
        )
        raise StripeError(message)
    own = {item["id"] for item in subscription["items"]["data"]}
    for each in given.get("items", []):
        if each.get("id") not in own:
            raise unknown_object(
                "subscription_item", each.get("id", ""), "items[0][id]", in_path=False
            )
        if given.get("proration_behavior") != "none":
            message = "This sandbox changes prices only with `proration_behavior=none`."
            raise StripeError(message, param="proration_behavior")


def cancel_later(world: World, subscription: Json, *, wish: bool) -> None:
    subscription["cancel_at_period_end"] = wish
    subscription["cancel_at"] = period(subscription)[1] if wish else None
    subscription["canceled_at"] = world.now() if wish else None
    details = subscription["cancellation_details"]
    subscription["cancellation_details"] = details | {
        "reason": "cancellation_requested" if wish else None
    }


def take_plain(world: World, subscription: Json, given: Json) -> None:
    """Fields that change nothing else."""
    if given.get("default_payment_method"):
        key = given["default_payment_method"]
        customers_method(world, key, subscription["customer"], "default_payment_method")
    for name in ("default_payment_method", "description"):
        if name in given:
            subscription[name] = given[name]
    if "metadata" in given:
        subscription["metadata"] = merge_metadata(subscription["metadata"], given["metadata"])
    if "cancellation_details" in given:
        subscription["cancellation_details"] = (
            subscription["cancellation_details"] | given["cancellation_details"]
        )


@route(
    "DELETE", "/v1/subscriptions/{}", cancellation_details=DETAILS, invoice_now=flag, prorate=flag
)
def cancel_subscription(world: World, given: Json, key: str) -> Json:
    """Over at once. Nothing is given back by itself."""
    subscription = world.store.get("subscription", key)
    if subscription["status"] in OVER:
        raise unknown_object("subscription", key)
    if given.get("prorate") or given.get("invoice_now"):
        raise StripeError(
            "This sandbox cancels without proration and without a last invoice.", param="prorate"
        )
    status = "incomplete_expired" if subscription["status"] == "incomplete" else "canceled"
    end(
        world,
        subscription,
        "cancellation_requested",
        details=given.get("cancellation_details"),
        status=status,
    )
    return subscription
