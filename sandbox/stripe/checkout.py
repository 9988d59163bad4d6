"""Checkout sessions: what is bought, for how much, and when the offer ends."""

from urllib.parse import urlsplit

from sandbox.stripe.catalog import PRODUCT_DATA, RECURRING, named, new_price, new_product
from sandbox.stripe.coupons import taken_off, usable
from sandbox.stripe.cycles import DAY
from sandbox.stripe.errors import Json, StripeError
from sandbox.stripe.paging import matches, page
from sandbox.stripe.params import (
    currency,
    flag,
    integer,
    merge_metadata,
    metadata,
    natural,
    one_of,
    required,
    text,
)
from sandbox.stripe.payments import LEAST, USAGE
from sandbox.stripe.render import includable, listing, plain
from sandbox.stripe.routing import CREATED, PAGING, route
from sandbox.stripe.store import Store, new_id
from sandbox.stripe.world import World

HALF_HOUR = 30 * 60
PRICE_DATA = {
    "currency": required(currency),
    "unit_amount": required(natural),
    "product": text,
    "product_data": PRODUCT_DATA | {"description": text},
    "recurring": RECURRING,
}
LINE = {"price": text, "price_data": PRICE_DATA, "quantity": natural}


@route(
    "POST", "/v1/checkout/sessions", mode=required(one_of("payment", "subscription")), line_items=required([LINE]),
    success_url=required(text), cancel_url=text, customer=text, customer_email=text,
    customer_creation=one_of("always", "if_required"), client_reference_id=text, metadata=metadata,
    discounts=[{"coupon": required(text)}], expires_at=integer, locale=text, ui_mode=one_of("hosted_page"),
    allowed_payment_method_types=[one_of("card")], allow_promotion_codes=flag, submit_type=one_of("auto", "pay"),
    payment_intent_data={"metadata": metadata, "setup_future_usage": USAGE, "description": text, "receipt_email": text},
    subscription_data={"metadata": metadata, "description": text, "trial_end": integer, "trial_period_days": natural},
    adaptive_pricing={"enabled": flag},
)  # fmt: skip
def create_session(world: World, given: Json) -> Json:
    check_session(world, given)
    lines = [new_line(world, each, n, given["mode"]) for n, each in enumerate(given["line_items"])]
    unit = one_currency(lines)
    coupons = [
        usable(world, each["coupon"], unit, "discounts[0][coupon]")
        for each in given.get("discounts", [])
    ]
    subtotal = sum(each["amount_subtotal"] for each in lines)
    discount = taken_off(coupons[0] if coupons else None, subtotal)
    total = subtotal - discount
    lines[0] |= {
        "amount_discount": discount,
        "amount_total": lines[0]["amount_subtotal"] - discount,
    }
    free = given["mode"] == "payment" and total == 0
    if not free and 0 < total < LEAST:
        message = f"The Checkout Session's total amount due must add up to at least {LEAST} minor units of {unit}."
        raise StripeError(message, code="amount_too_small")
    session = new_session(world, given)
    session |= {"currency": unit, "amount_subtotal": subtotal, "amount_total": total}
    session["total_details"] = {"amount_discount": discount, "amount_shipping": 0, "amount_tax": 0}
    session["discounts"] = [{"coupon": each["id"], "promotion_code": None} for each in coupons]
    session["_line_items"] = lines
    return session


def check_session(world: World, given: Json) -> None:
    """StripeError for parameters that do not go together."""
    now, mode = world.now(), given["mode"]
    wrong = {"payment": "subscription_data", "subscription": "payment_intent_data"}[mode]
    if wrong in given:
        raise StripeError(f"You can not pass `{wrong}` in `{mode}` mode.", param=wrong)
    if mode == "subscription" and "customer_creation" in given:
        raise StripeError(
            "`customer_creation` can only be used in `payment` mode.", param="customer_creation"
        )
    if "customer" in given and "customer_email" in given:
        raise StripeError(
            "You may only specify one of these parameters: customer, customer_email.",
            param="customer",
        )
    if "customer" in given:
        world.store.referred("customer", given["customer"], "customer")
    if len(given.get("discounts", [])) > 1:
        raise StripeError("You can only apply one discount.", param="discounts")
    for name in ("success_url", "cancel_url"):
        if name in given and urlsplit(given[name]).scheme not in {"http", "https"}:
            raise StripeError("Not a valid URL", code="url_invalid", param=name)
    if not now + HALF_HOUR <= given.get("expires_at", now + HALF_HOUR) <= now + DAY:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
        raise StripeError(message, param="expires_at")


def new_line(world: World, given: Json, number: int, mode: str) -> Json:
    """A line item; a price given in place is made, inactive, as Stripe does."""
    param = f"line_items[{number}]"
    if ("price" in given) == ("price_data" in given):
        raise StripeError(
            "Pass exactly one of `price` and `price_data`.", code="parameter_missing", param=param
        )
    price = line_price(world, given, param)
    if mode == "payment" and price["recurring"]:
        message = (
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use "
            "only one-time prices."
        )
        raise StripeError(message, param=f"{param}[price]")
    if mode == "subscription" and not price["recurring"]:
        raise StripeError(
            "This sandbox sells only recurring prices in `subscription` mode.",
            param=f"{param}[price]",
        )
    quantity = given.get("quantity", 0)
    if quantity < 1:
        raise StripeError(
            "Quantity is required. Add `quantity`.",
            code="parameter_missing",
            param=f"{param}[quantity]",
        )
    amount = price["unit_amount"] * quantity
    return {
        "id": new_id("item"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": named(world.store, price),
        "metadata": {},
        "price": price["id"],
        "quantity": quantity,
    }


def line_price(world: World, given: Json, param: str) -> Json:
    if "price" in given:
        price = world.store.referred("price", given["price"], f"{param}[price]")
        if not price["active"]:
            message = f"The price specified is inactive. This field only accepts active prices: {price['id']}"
            raise StripeError(message, param=f"{param}[price]")
        return price
    data = given["price_data"]
    if ("product" in data) == ("product_data" in data):
        message = "Pass exactly one of `product` and `product_data`."
        raise StripeError(message, code="parameter_missing", param=f"{param}[price_data]")
    product = (
        world.store.referred("product", data["product"], f"{param}[price_data][product]")
        if "product" in data
        else new_product(world, data["product_data"])
    )
    return new_price(world, product, data, active=False)


def one_currency(lines: list[Json]) -> str:
    units = {each["currency"] for each in lines}
    if len(units) != 1:
        raise StripeError(
            "All prices on a Checkout Session must have the same currency.", param="line_items"
        )
    return str(units.pop())


def new_session(world: World, given: Json) -> Json:
    key = new_id("checkout.session")
    customer = world.store.find("customer", given.get("customer"))
    email = customer["email"] if customer else given.get("customer_email")
    payment = given["mode"] == "payment"
    details = {"address": None, "business_name": None, "email": email, "individual_name": None,
               "name": customer and customer["name"], "phone": None, "tax_exempt": "none", "tax_ids": None}  # fmt: skip
    return world.store.add(
        dict.fromkeys(NOTHING) | {
            "id": key,
            "object": "checkout.session",
            "adaptive_pricing": {"enabled": False},
            "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
            "cancel_url": given.get("cancel_url"),
            "client_reference_id": given.get("client_reference_id"),
            "created": world.now(),
            "custom_fields": [],
            "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
            "customer": given.get("customer"),
            "customer_creation": given.get("customer_creation", "if_required") if payment and not customer else None,
            "customer_details": details if email else None,
            "customer_email": given.get("customer_email"),
            "expires_at": given.get("expires_at", world.now() + DAY),
            "invoice_creation": {"enabled": False, "invoice_data": {}} if payment else None,
            "livemode": False,
            "locale": given.get("locale"),
            "metadata": merge_metadata({}, given.get("metadata")),
            "mode": given["mode"],
            "payment_method_collection": None if payment else "always",
            "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
            "payment_method_types": ["card"],
            "payment_status": "unpaid",
            "phone_number_collection": {"enabled": False},
            "shipping_options": [],
            "status": "open",
            "submit_type": given.get("submit_type"),
            "success_url": given["success_url"],
            "ui_mode": "hosted_page",
            "url": f"{world.base_url}/c/pay/{key}",
            "_payment_intent_data": given.get("payment_intent_data", {}),
            "_subscription_data": given.get("subscription_data", {}),
        }
    )  # fmt: skip


NOTHING = (
    "after_expiration", "allow_promotion_codes", "billing_address_collection", "client_secret",
    "collected_information", "consent", "consent_collection", "currency_conversion", "customer_account",
    "managed_payments", "integration_identifier",
    "invoice", "origin_context", "payment_intent", "payment_link", "payment_method_configuration_details",
    "permissions", "recovered_from", "saved_payment_method_options", "setup_intent", "shipping_address_collection",
    "shipping_cost", "subscription", "wallet_options",
)  # fmt: skip


@route("GET", "/v1/checkout/sessions/{}")
def retrieve_session(world: World, given: Json, key: str) -> Json:
    return world.store.get("checkout.session", key)


@route(
    "GET", "/v1/checkout/sessions", PAGING, CREATED, customer=text, payment_intent=text, subscription=text,
    status=one_of("complete", "expired", "open"), customer_details={"email": required(text)},
)  # fmt: skip
def list_sessions(world: World, given: Json) -> Json:
    same = matches(given, "customer", "payment_intent", "subscription", "status")
    email = given.get("customer_details", {}).get("email")
    return page(
        world, "checkout.session", given, "/v1/checkout/sessions",
        lambda each: same(each) and (not email or (each["customer_details"] or {}).get("email") == email),
    )  # fmt: skip


@route("GET", "/v1/checkout/sessions/{}/line_items", PAGING)
def list_lines(world: World, given: Json, key: str) -> Json:
    lines: Json = lines_of(world.store, world.store.get("checkout.session", key))
    return lines


@includable("checkout.session", "line_items")
def lines_of(store: Store, session: Json) -> Json:
    rows = [
        each | {"price": plain(store, store.get("price", each["price"]))}
        for each in session["_line_items"]
    ]
    return listing(rows, f"/v1/checkout/sessions/{session['id']}/line_items")


@route("POST", "/v1/checkout/sessions/{}/expire")
def expire_session(world: World, given: Json, key: str) -> Json:
    session = world.store.get("checkout.session", key)
    if session["status"] != "open":
        message = (
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"{session['status']}."
        )
        raise StripeError(message)
    expire(world, session)
    return session


def expire(world: World, session: Json) -> None:
    """The offer is over; nobody can pay it any more."""
    session |= {"status": "expired", "url": None}
    world.emit("checkout.session.expired", session)
