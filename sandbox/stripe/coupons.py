"""Coupons that are taken off once, and the discounts that come of them."""

from sandbox.stripe.catalog import take
from sandbox.stripe.errors import Json, StripeError
from sandbox.stripe.paging import page
from sandbox.stripe.params import (
    currency,
    integer,
    merge_metadata,
    metadata,
    natural,
    number,
    one_of,
    required,
    text,
)
from sandbox.stripe.render import completer
from sandbox.stripe.routing import CREATED, PAGING, route
from sandbox.stripe.store import Store, new_id, random_text
from sandbox.stripe.world import World


@route(
    "POST", "/v1/coupons", id=text, amount_off=natural, currency=currency, percent_off=number,
    duration=required(one_of("once")), max_redemptions=natural, redeem_by=integer, name=text,
    metadata=metadata,
)  # fmt: skip
def create_coupon(world: World, given: Json) -> Json:
    check_coupon(world, given)
    coupon = world.store.add(
        {
            "id": given.get("id") or random_text(8),
            "object": "coupon",
            "amount_off": given.get("amount_off"),
            "created": world.now(),
            "currency": given.get("currency"),
            "duration": given["duration"],
            "duration_in_months": None,
            "livemode": False,
            "max_redemptions": given.get("max_redemptions"),
            "metadata": merge_metadata({}, given.get("metadata")),
            "name": given.get("name"),
            "percent_off": given.get("percent_off"),
            "redeem_by": given.get("redeem_by"),
            "times_redeemed": 0,
            "valid": True,
        }
    )
    world.emit("coupon.created", coupon)
    return coupon


def check_coupon(world: World, given: Json) -> None:
    if ("amount_off" in given) == ("percent_off" in given):
        message = "You must pass exactly one of `percent_off` and `amount_off`."
        raise StripeError(message, code="parameter_missing", param="percent_off")
    if given.get("amount_off") == 0:
        message = "Invalid positive integer"
        raise StripeError(message, code="parameter_invalid_integer", param="amount_off")
    if "amount_off" in given and "currency" not in given:
        message = "You must pass currency when passing amount_off"
        raise StripeError(message, code="parameter_missing", param="currency")
    if not 0 < given.get("percent_off", 1) <= 100:
        raise StripeError(
            "Invalid percent_off: must be greater than 0 and at most 100.", param="percent_off"
        )
    if world.store.find("coupon", given.get("id")):
        raise StripeError("Coupon already exists.", code="resource_already_exists", param="id")


@route("GET", "/v1/coupons/{}")
def retrieve_coupon(world: World, given: Json, key: str) -> Json:
    return world.store.get("coupon", key)


@route("POST", "/v1/coupons/{}", name=text, metadata=metadata)
def update_coupon(world: World, given: Json, key: str) -> Json:
    coupon = world.store.get("coupon", key)
    with world.changing(coupon, "coupon.updated"):
        take(coupon, given)
    return coupon


@route("DELETE", "/v1/coupons/{}")
def delete_coupon(world: World, given: Json, key: str) -> Json:
    coupon = world.store.get("coupon", key)
    world.emit("coupon.deleted", coupon)
    del world.store.objects["coupon"][key]
    return {"id": key, "object": "coupon", "deleted": True}


@route("GET", "/v1/coupons", PAGING, CREATED)
def list_coupons(world: World, given: Json) -> Json:
    return page(world, "coupon", given, "/v1/coupons")


@completer("coupon")
def judge(store: Store, shown: Json) -> None:
    """A coupon that was redeemed as often as it may be is valid no longer."""
    most = shown["max_redemptions"]
    shown["valid"] = most is None or shown["times_redeemed"] < most


def usable(world: World, key: str, unit: str, param: str) -> Json:
    """The coupon, if it may be redeemed now for an amount in the currency `unit`. Else StripeError."""
    coupon = world.store.referred("coupon", key, param)
    most = coupon["max_redemptions"]
    used_up = most is not None and coupon["times_redeemed"] >= most
    if used_up or (coupon["redeem_by"] and coupon["redeem_by"] < world.now()):
        message = f"Coupon {key} is used up and cannot be applied."
        raise StripeError(message, code="coupon_expired", param=param)
    if coupon["amount_off"] is not None and coupon["currency"] != unit:
        message = f"The coupon's currency is {coupon['currency']}, the amount's is {unit}."
        raise StripeError(message, param=param)
    return coupon


def taken_off(coupon: Json | None, amount: int) -> int:
    """What the coupon takes off `amount`; never more than all of it."""
    if coupon is None:
        return 0
    if coupon["amount_off"] is not None:
        return min(int(coupon["amount_off"]), amount)
    return min(int(amount * float(coupon["percent_off"]) / 100 + 0.5), amount)


def redeem(
    world: World,
    coupon: Json,
    *,
    customer: str | None,
    session: str | None = None,
    subscription: str | None = None,
) -> Json:
    """Count one use of the coupon; the discount it became."""
    coupon["times_redeemed"] += 1
    return world.store.add(
        {
            "id": new_id("discount"),
            "object": "discount",
            "checkout_session": session,
            "customer": customer,
            "customer_account": None,
            "end": None,
            "invoice": None,
            "invoice_item": None,
            "promotion_code": None,
            "source": {"coupon": coupon["id"], "type": "coupon"},
            "start": world.now(),
            "subscription": subscription,
            "subscription_item": None,
        }
    )
