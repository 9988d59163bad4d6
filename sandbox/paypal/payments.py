"""Money that came in (captures of orders, sales of subscriptions), and refunds of it."""

from decimal import Decimal

from sandbox.paypal.errors import Json, PayPalError, missing
from sandbox.paypal.money import decimal, old, parse, write
from sandbox.paypal.routing import route
from sandbox.paypal.world import PayPalWorld, new_id, shown, stamp

STATES = {
    "COMPLETED": "completed",
    "PARTIALLY_REFUNDED": "partially_refunded",
    "REFUNDED": "refunded",
}


def collect(world: PayPalWorld, amount: Json, custom_id: str, **more: object) -> Json:
    """Money is taken now. `_order` or `_subscription` among `more` says for what."""
    now = stamp(world.now())
    return world.store.add(
        {
            "id": new_id("capture"),
            "object": "capture",
            "status": "COMPLETED",
            "amount": amount,
            "final_capture": True,
            "custom_id": custom_id,
            "create_time": now,
            "update_time": now,
            "_refunded": "0",
            "_at": world.now(),
        }
        | more
    )


@route("GET", "/v2/payments/captures/{}")
def show_capture(world: PayPalWorld, given: Json, key: str) -> Json:
    return shown(world.get("capture", key))


def sale(capture: Json) -> Json:
    """A payment of a subscription in the shape of PayPal's first API, as its events have it."""
    return {
        "id": capture["id"],
        "state": STATES[capture["status"]],
        "amount": old(capture["amount"]),
        "payment_mode": "INSTANT_TRANSFER",
        "billing_agreement_id": capture["_subscription"],
        "custom": capture["custom_id"],
        "create_time": capture["create_time"],
        "update_time": capture["update_time"],
    }


@route("GET", "/v1/payments/sale/{}")
def show_sale(world: PayPalWorld, given: Json, key: str) -> Json:
    found = world.get("capture", key)
    if not found.get("_subscription"):
        raise missing(key)
    return sale(found)


# Refunds


@route(
    "POST", "/v2/payments/captures/{}/refund", "amount note_to_payer invoice_id custom_id", status=201
)  # fmt: skip
def refund_capture(world: PayPalWorld, given: Json, key: str) -> Json:
    return shown(refund(world, key, given.get("amount"), given.get("note_to_payer", "")))


def refund(world: PayPalWorld, key: str, amount: Json | None = None, note: str = "") -> Json:
    """All that is left, or `amount` of it, goes back."""
    capture = world.get("capture", key)
    currency = capture["amount"]["currency_code"]
    left = decimal(capture["amount"]) - Decimal(capture["_refunded"])
    if left <= 0:
        raise PayPalError("CAPTURE_FULLY_REFUNDED", "The capture has already been fully refunded.")
    money = parse(amount) if amount else write(left, currency)
    if money["currency_code"] != currency:
        raise PayPalError("REFUND_CURRENCY_MISMATCH", "Not the currency of the capture.")
    if not 0 < decimal(money) <= left:
        raise PayPalError("REFUND_AMOUNT_EXCEEDED", "More than what is left of the capture.")
    capture["_refunded"] = str(Decimal(capture["_refunded"]) + decimal(money))
    capture["status"] = "REFUNDED" if decimal(money) == left else "PARTIALLY_REFUNDED"
    capture["update_time"] = stamp(world.now())
    made = {
        "id": new_id("refund"),
        "object": "refund",
        "status": "COMPLETED",
        "amount": money,
        "create_time": stamp(world.now()),
        "update_time": stamp(world.now()),
        "links": [
            {"rel": "up", "href": f"{world.base_url}/v2/payments/captures/{key}", "method": "GET"}
        ],
        "_capture": key,
        "_at": world.now(),
    }
    made |= {"note_to_payer": note} if note else {}
    tell(world, capture, world.store.add(made))
    return made


def tell(world: PayPalWorld, capture: Json, made: Json) -> None:
    if capture.get("_subscription"):
        world.emit("PAYMENT.SALE.REFUNDED", sale_refund(made))
    else:
        world.emit("PAYMENT.CAPTURE.REFUNDED", made)


def sale_refund(made: Json) -> Json:
    return {
        "id": made["id"],
        "sale_id": made["_capture"],
        "state": made["status"].lower(),
        "amount": old(made["amount"], sign="-"),
        "create_time": made["create_time"],
    }


@route("GET", "/v2/payments/refunds/{}")
def show_refund(world: PayPalWorld, given: Json, key: str) -> Json:
    return shown(world.get("refund", key))


@route("GET", "/v1/payments/refund/{}")
def show_old_refund(world: PayPalWorld, given: Json, key: str) -> Json:
    return sale_refund(world.get("refund", key))
