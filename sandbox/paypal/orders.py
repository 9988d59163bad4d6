"""Orders: made, approved by the payer on the hosted page, collected by the seller, or gone after three hours."""

from copy import deepcopy

from sandbox.paypal.errors import Json, PayPalError, invalid
from sandbox.paypal.money import parse
from sandbox.paypal.payments import collect
from sandbox.paypal.routing import route
from sandbox.paypal.world import PayPalWorld, new_id, shown, stamp

LASTS = 3 * 60 * 60
PATH = "/purchase_units/@reference_id=='default'/"
PATCHABLE = {"custom_id", "description", "invoice_id", "amount"}


@route("POST", "/v2/checkout/orders", "intent purchase_units payment_source", status=200)
def create_order(world: PayPalWorld, given: Json) -> Json:
    if given.get("intent") != "CAPTURE" or len(given.get("purchase_units") or []) != 1:
        raise invalid("/intent", "This double knows orders of one unit, to be captured.")
    unit = deepcopy(given["purchase_units"][0])
    unit = {"reference_id": "default"} | unit | {"amount": parse(unit.get("amount"))}
    if len(unit.get("custom_id", "")) > 255 or len(unit.get("description", "")) > 127:
        raise PayPalError("INVALID_STRING_MAX_LENGTH", "Too long.", status=400)
    wallet = (given.get("payment_source") or {}).get("paypal")
    if not wallet:
        raise invalid("/payment_source", "This double knows payers with an account alone.")
    key = new_id("order")
    made = {
        "id": key,
        "object": "order",
        "intent": "CAPTURE",
        "status": "PAYER_ACTION_REQUIRED",
        "payment_source": {"paypal": {}},
        "purchase_units": [unit],
        "create_time": stamp(world.now()),
        "links": [
            link(world, f"/v2/checkout/orders/{key}", "self"),
            link(world, f"/checkoutnow?token={key}", "payer-action"),
        ],
        "_context": wallet.get("experience_context") or {},
        "_until": world.now() + LASTS,
        "_funding": "",
    }
    return shown(world.store.add(made))


def link(world: PayPalWorld, path: str, rel: str) -> Json:
    return {"href": f"{world.base_url}{path}", "rel": rel, "method": "GET"}


@route("GET", "/v2/checkout/orders/{}")
def show_order(world: PayPalWorld, given: Json, key: str) -> Json:
    return whole(world, world.get("order", key))


def whole(world: PayPalWorld, order: Json) -> Json:
    """With the captures as they are by now."""
    out = deepcopy(shown(order))
    captures = [shown(each) for each in world.store.all("capture", _order=order["id"])]
    for each in captures:
        each.pop("supplementary_data")  # is shown with the capture itself alone
    if captures:
        out["purchase_units"][0]["payments"] = {"captures": captures}
    return out


@route("PATCH", "/v2/checkout/orders/{}", None, status=204)
def patch_order(world: PayPalWorld, given: list[Json], key: str) -> None:
    order = world.get("order", key)
    if order["status"] == "COMPLETED":
        raise PayPalError("ORDER_ALREADY_COMPLETED", "The order cannot be patched any more.")
    for change in given:
        name = change["path"].removeprefix(PATH)
        if name not in PATCHABLE or change["op"] not in {"add", "replace"}:
            raise PayPalError("NOT_PATCHABLE", f"{change['path']} cannot be patched.")
        order["purchase_units"][0][name] = change["value"]


@route("POST", "/v2/checkout/orders/{}/capture", "payment_source", status=201)
def capture_order(world: PayPalWorld, given: Json, key: str) -> Json:
    order = world.get("order", key)
    unit = order["purchase_units"][0]
    if order["status"] == "COMPLETED":
        raise PayPalError("ORDER_ALREADY_CAPTURED", "Order already captured.")
    if order["status"] != "APPROVED":
        raise PayPalError("ORDER_NOT_APPROVED", "Payer has not yet approved the Order for payment.")
    if order["_funding"] == "declined":
        order["status"] = "PAYER_ACTION_REQUIRED"
        raise PayPalError("INSTRUMENT_DECLINED", "The instrument presented was declined.")
    if is_double(world, unit):
        raise PayPalError("DUPLICATE_INVOICE_ID", "Duplicate Invoice ID detected.")
    related = {"related_ids": {"order_id": key}}
    more = {"_order": key, "invoice_id": unit.get("invoice_id", ""), "supplementary_data": related}
    made = collect(world, unit["amount"], unit.get("custom_id", ""), **more)
    order |= {"status": "COMPLETED", "update_time": stamp(world.now())}
    world.emit("PAYMENT.CAPTURE.COMPLETED", made)
    return whole(world, order)


def is_double(world: PayPalWorld, unit: Json) -> bool:
    """Whether money came in under this invoice id before."""
    name = unit.get("invoice_id")
    return bool(name and world.store.all("capture", invoice_id=name))


def approve(world: PayPalWorld, order: Json, funding: str, payer: Json) -> None:
    """The payer has said yes, on the page. Nothing is collected by that."""
    order["status"], order["_funding"] = "APPROVED", funding
    order |= {"_until": world.now() + LASTS, "update_time": stamp(world.now())}
    wallet = {"email_address": payer["email_address"], "account_id": payer["id"]}
    order["payment_source"] = {"paypal": wallet}
    order["payer"] = {"email_address": payer["email_address"], "payer_id": payer["id"]}
    world.emit("CHECKOUT.ORDER.APPROVED", order)


def expire(world: PayPalWorld, order: Json) -> None:
    """PayPal forgets it."""
    del world.store.objects["order"][order["id"]]
