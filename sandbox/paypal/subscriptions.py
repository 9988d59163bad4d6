"""Subscriptions: made, approved on the hosted page, and what the seller does with them. Their time is in billing.py."""

from datetime import datetime
from decimal import Decimal

from sandbox.paypal.errors import Json, PayPalError, invalid, missing
from sandbox.paypal.money import decimal, parse, write
from sandbox.paypal.orders import LASTS, link
from sandbox.paypal.payments import collect, sale
from sandbox.paypal.routing import route
from sandbox.paypal.terms import currency_of, due_at, overridden, take_up_price, told, whole
from sandbox.paypal.world import PayPalWorld, new_id, stamp
from sandbox.stripe.cycles import DAY, seconds

NOTICE = 10 * DAY
"""A change of price does not touch payments within this time."""
PRICE = "/plan/billing_cycles/@sequence==1/pricing_scheme/fixed_price"
EXTRA = ("plan", "last_failed_payment")


@route(
    "POST",
    "/v1/billing/subscriptions",
    "plan_id start_time quantity subscriber custom_id plan application_context",
    status=201,
)
def create_subscription(world: PayPalWorld, given: Json) -> Json:
    plan = world.store.find("plan", given.get("plan_id"))
    if plan is None:
        raise PayPalError("RESOURCE_NOT_FOUND", "The plan does not exist.", status=404)
    if plan["status"] != "ACTIVE":
        raise PayPalError("PLAN_STATUS_INVALID", "Plan status should be active.")
    if len(given.get("custom_id", "")) > 127:
        raise invalid("/custom_id", "127 characters at most.")
    begins = seconds(datetime.fromisoformat(given["start_time"])) if "start_time" in given else 0
    if begins and begins < world.now():
        raise PayPalError("START_TIME_INVALID", "The start time is in the past.", status=400)
    terms = overridden(plan, given.get("plan") or {})
    key = new_id("subscription")
    made = {
        "id": key,
        "object": "subscription",
        "status": "APPROVAL_PENDING",
        "status_update_time": stamp(world.now()),
        "plan_id": plan["id"],
        "plan_overridden": bool(given.get("plan")),
        "start_time": stamp(begins or world.now()),
        "quantity": "1",
        "subscriber": given.get("subscriber") or {},
        "create_time": stamp(world.now()),
        "custom_id": given.get("custom_id", ""),
        "links": [
            link(world, f"/webapps/billing/subscriptions?ba_token=BA-{key}", "approve"),
            link(world, f"/v1/billing/subscriptions/{key}", "self"),
        ],
        "_plan": terms,
        "_begins": begins,
        "_context": given.get("application_context") or {},
        "_until": world.now() + LASTS,
        "_funding": "",
        "_open": "0",
        "_failures": 0,
        "_retry_at": 0,
        "_number": 0,
        "_last": None,
        "_failed": None,
        "_later": None,
        "_revision": "",
        "_asks": True,  # whether another plan needs the payer's word: not of who pays by card alone
    }
    return whole(world, world.store.add(made))


@route("GET", "/v1/billing/subscriptions/{}", "fields")
def show_subscription(world: PayPalWorld, given: Json, key: str) -> Json:
    fields = given.get("fields", "")
    if set(filter(None, fields.split(","))) - set(EXTRA):
        raise invalid("/fields", "plan, last_failed_payment.")
    return whole(world, world.get("subscription", key), fields)


@route("GET", "/v1/billing/subscriptions/{}/transactions", "start_time end_time")
def list_transactions(world: PayPalWorld, given: Json, key: str) -> Json:
    subscription = world.get("subscription", key)
    if subscription["status"] in {"APPROVAL_PENDING", "APPROVED"}:
        raise missing(key)
    first, last = (seconds(datetime.fromisoformat(given[n])) for n in ("start_time", "end_time"))
    email = subscription["subscriber"].get("email_address", "")
    every = [
        {
            "id": each["id"],
            "status": each["status"],
            "amount_with_breakdown": {"gross_amount": each["amount"]},
            "payer_email": email,
            "time": each["create_time"],
        }
        for each in world.store.all("capture", _subscription=key)
        if first <= each["_at"] <= last
    ]
    return {"transactions": list(reversed(every)), "total_items": len(every), "total_pages": 1}


@route("PATCH", "/v1/billing/subscriptions/{}", None, status=204)
def patch_subscription(world: PayPalWorld, given: list[Json], key: str) -> None:
    subscription = world.get("subscription", key)
    if subscription["status"] not in {"ACTIVE", "SUSPENDED"}:
        raise PayPalError("SUBSCRIPTION_STATUS_INVALID", "Status should be active or suspended.")
    for change in given:
        if change["op"] not in {"add", "replace"} or change["path"] not in {PRICE, "/custom_id"}:
            raise PayPalError("INVALID_PATCH_PATH", f"{change['path']} cannot be changed.")
        if change["path"] == PRICE:
            price = parse(change["value"], "fixed_price")
            if price["currency_code"] != currency_of(subscription):
                raise PayPalError("CURRENCY_MISMATCH", "Not the currency of the plan.")
            take_up_price(world, subscription)
            subscription["_later"] = {"price": price, "from": world.now() + NOTICE}
            subscription["plan_overridden"] = True
        else:
            subscription["custom_id"] = change["value"]
    world.emit("BILLING.SUBSCRIPTION.UPDATED", told(world, subscription))


# What the seller does


@route("POST", "/v1/billing/subscriptions/{}/cancel", "reason", status=204)
def cancel(world: PayPalWorld, given: Json, key: str) -> None:
    if not given.get("reason"):
        raise invalid("/reason", "A required field is missing.")
    subscription = world.get("subscription", key)
    move(world, subscription, ("ACTIVE", "SUSPENDED"), "CANCELLED", note=given["reason"])


@route("POST", "/v1/billing/subscriptions/{}/suspend", "reason", status=204)
def suspend(world: PayPalWorld, given: Json, key: str) -> None:
    if not given.get("reason"):
        raise invalid("/reason", "A required field is missing.")
    move(world, world.get("subscription", key), ("ACTIVE",), "SUSPENDED", note=given["reason"])


@route("POST", "/v1/billing/subscriptions/{}/activate", "reason", status=204)
def activate(world: PayPalWorld, given: Json, key: str) -> None:
    subscription = world.get("subscription", key)
    most = subscription["_plan"]["payment_preferences"].get("payment_failure_threshold", 0)
    if most and subscription["_failures"] >= most:
        raise PayPalError("SUBSCRIPTION_CANNOT_BE_ACTIVATED", "The failure threshold has reached.")
    move(world, subscription, ("SUSPENDED",), "ACTIVE", note=given.get("reason", ""))


def move(
    world: PayPalWorld,
    subscription: Json,
    before: tuple[str, ...],
    status: str,
    event: str = "",
    note: str = "",
) -> None:
    """It stands so from now on, and `note` says why, for whoever looks at it later."""
    if subscription["status"] not in before:
        description = f"Invalid subscription status: it is {subscription['status']}."
        raise PayPalError("SUBSCRIPTION_STATUS_INVALID", description)
    subscription |= {"status": status, "status_update_time": stamp(world.now())}
    if note:
        subscription["status_change_note"] = note
    kind = event or {"ACTIVE": "RE-ACTIVATED"}.get(status, status)
    world.emit(f"BILLING.SUBSCRIPTION.{kind}", told(world, subscription))


@route("POST", "/v1/billing/subscriptions/{}/capture", "note capture_type amount", status=202)
def capture_open(world: PayPalWorld, given: Json, key: str) -> Json:
    """What could not be collected, collected now."""
    subscription = world.get("subscription", key)
    still_open, money = Decimal(subscription["_open"]), parse(given.get("amount"))
    if not still_open:
        raise PayPalError("ZERO_OUTSTANDING_BALANCE", "Nothing is outstanding.")
    if decimal(money) > still_open:
        raise PayPalError("AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE", "More than is outstanding.")
    if not can_pay(subscription):
        raise PayPalError("PAYMENT_DENIED", "The payer cannot pay.")
    return {"id": pay_open(world, subscription)["id"], "status": "COMPLETED"}


@route("POST", "/v1/billing/subscriptions/{}/revise", "plan_id application_context")
def revise(world: PayPalWorld, given: Json, key: str) -> Json:
    """Asked for; nothing changes before the payer agrees on the page."""
    subscription, plan = world.get("subscription", key), world.get("plan", given["plan_id"])
    if subscription["status"] not in {"ACTIVE", "SUSPENDED"}:
        raise PayPalError("SUBSCRIPTION_STATUS_INVALID", "Status should be active or suspended.")
    if plan["product_id"] != subscription["_plan"]["product_id"]:
        raise PayPalError("PLAN_PRODUCT_NOT_COMPATIBLE", "Not a plan of the same product.")
    subscription["_revision"] = plan["id"]
    if not subscription["_asks"]:
        agree(world, subscription)
        return {"plan_id": plan["id"], "plan_overridden": False, "links": []}
    path = f"/webapps/billing/subscriptions/update?ba_token=BA-{key}"
    return {
        "plan_id": plan["id"],
        "plan_overridden": False,
        "links": [link(world, path, "approve")],
    }


def agree(world: PayPalWorld, subscription: Json) -> None:
    """The payer has agreed to the other plan; it holds from the next payment on."""
    plan = world.get("plan", subscription["_revision"])
    begins = due_at(subscription)
    subscription |= {"plan_id": plan["id"], "plan_overridden": False, "_revision": ""}
    subscription |= {"_plan": overridden(plan, {}), "_begins": begins, "_number": 0, "_later": None}
    world.emit("BILLING.SUBSCRIPTION.UPDATED", told(world, subscription))


# Money


def can_pay(subscription: Json) -> bool:
    """Whether the payer's account pays without the payer being there."""
    return bool(subscription["_funding"] == "works")


def take(world: PayPalWorld, subscription: Json, amount: Json) -> Json:
    """One payment, and the news of it."""
    made = collect(world, amount, subscription["custom_id"], _subscription=subscription["id"])
    subscription["_last"] = {"amount": amount, "time": stamp(world.now())}
    world.emit("PAYMENT.SALE.COMPLETED", sale(made))
    return made


def pay_open(world: PayPalWorld, subscription: Json) -> Json:
    amount = write(Decimal(subscription["_open"]), currency_of(subscription))
    subscription |= {"_open": "0", "_failures": 0, "_retry_at": 0}
    return take(world, subscription, amount)


def approve(world: PayPalWorld, subscription: Json, funding: str, payer: Json) -> bool:
    """The payer has said yes: what is due first is taken at once; whether that worked."""
    subscription["subscriber"] = {"email_address": payer["email_address"], "payer_id": payer["id"]}
    subscription["_funding"] = funding
    preferences = subscription["_plan"]["payment_preferences"]
    if not subscription["_begins"]:
        subscription |= {"_begins": world.now(), "start_time": stamp(world.now())}
    fee = preferences.get("setup_fee")
    if funding == "declined" and (
        not fee or preferences.get("setup_fee_failure_action") == "CANCEL"
    ):
        move(world, subscription, ("APPROVAL_PENDING",), "CANCELLED")
        return False
    move(world, subscription, ("APPROVAL_PENDING",), "ACTIVE", event="ACTIVATED")
    if fee:
        take(world, subscription, fee)
    return True
