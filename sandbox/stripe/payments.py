"""Payment intents: a payment from its first try to its end."""

from sandbox.stripe.cards import customers_method, method_given
from sandbox.stripe.catalog import take
from sandbox.stripe.charges import charge
from sandbox.stripe.errors import Json, StripeError, card_error
from sandbox.stripe.paging import matches, page
from sandbox.stripe.params import (
    clearable,
    currency,
    flag,
    merge_metadata,
    metadata,
    natural,
    one_of,
    required,
    text,
)
from sandbox.stripe.render import plain, show
from sandbox.stripe.routing import CREATED, PAGING, route
from sandbox.stripe.store import new_id, random_text
from sandbox.stripe.world import World

LEAST = 50  # minor units; https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
USAGE = one_of("off_session", "on_session")


@route(
    "POST", "/v1/payment_intents", amount=required(natural), currency=required(currency),
    customer=text, payment_method=text, allowed_payment_method_types=[one_of("card")], confirm=flag,
    off_session=flag, error_on_requires_action=flag, description=text, metadata=metadata,
    setup_future_usage=USAGE, receipt_email=text, return_url=text,
    automatic_payment_methods={"enabled": required(flag), "allow_redirects": one_of("always", "never")},
)  # fmt: skip
def create_intent(world: World, given: Json) -> Json:
    if given["amount"] < LEAST:
        message = f"Amount must be at least {LEAST} {given['currency']} minor units"
        raise StripeError(message, code="amount_too_small", param="amount")
    if given.get("off_session") and not given.get("confirm"):
        message = "You can only set `off_session` when `confirm` is `true`."
        raise StripeError(message, param="off_session")
    if "customer" in given:
        world.store.referred("customer", given["customer"], "customer")
    method = chosen_method(world, given)
    intent = new_intent(world, given)
    if method:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    if given.get("confirm"):
        confirm(world, intent, method)
    return intent


def chosen_method(world: World, given: Json) -> Json | None:
    if not given.get("payment_method"):
        return None
    method = method_given(world, given["payment_method"], "payment_method")
    if method["customer"]:
        customers_method(world, method["id"], given.get("customer"), "payment_method")
    return method


def new_intent(world: World, given: Json) -> Json:
    """An intent for `amount` and `currency`, not yet paid."""
    key = new_id("payment_intent")
    intent = world.store.add(
        {
            "id": key,
            "object": "payment_intent",
            "amount": given["amount"],
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "application": None,
            "application_fee_amount": None,
            "automatic_payment_methods": given.get("automatic_payment_methods"),
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": "automatic",
            "client_secret": f"{key}_secret_{random_text(25)}",
            "confirmation_method": "automatic",
            "created": world.now(),
            "currency": given["currency"],
            "customer": given.get("customer"),
            "customer_account": None,
            "description": given.get("description"),
            "last_payment_error": None,
            "latest_charge": None,
            "excluded_payment_method_types": None,
            "livemode": False,
            "managed_payments": None,
            "metadata": merge_metadata({}, given.get("metadata")),
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_configuration_details": None,
            "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
            "payment_method_types": ["card"],
            "processing": None,
            "receipt_email": given.get("receipt_email"),
            "review": None,
            "setup_future_usage": given.get("setup_future_usage"),
            "shipping": None,
            "source": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": None,
            "status": "requires_payment_method",
            "transfer_data": None,
            "transfer_group": None,
        }
    )
    world.emit("payment_intent.created", intent)
    return intent


def confirm(world: World, intent: Json, method: Json | None) -> None:
    """Charge the card; StripeError 402 when the bank declines."""
    if method is None:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise StripeError(message, code="payment_intent_unexpected_state", param="payment_method")
    declined = charge(world, intent, method)
    if declined:
        more = {
            "payment_intent": show(world.store, intent),
            "payment_method": plain(world.store, method),
        }
        raise card_error(*declined, charge=intent["latest_charge"], more=more)


@route("GET", "/v1/payment_intents/{}")
def retrieve_intent(world: World, given: Json, key: str) -> Json:
    return world.store.get("payment_intent", key)


@route(
    "POST",
    "/v1/payment_intents/{}",
    description=clearable,
    metadata=metadata,
    receipt_email=clearable,
)
def update_intent(world: World, given: Json, key: str) -> Json:
    intent = world.store.get("payment_intent", key)
    take(intent, given)
    return intent


@route(
    "POST", "/v1/payment_intents/{}/confirm", payment_method=text, off_session=flag, return_url=text
)
def confirm_intent(world: World, given: Json, key: str) -> Json:
    intent = world.store.get("payment_intent", key)
    open_for(intent, "confirm")
    chosen = {"payment_method": given.get("payment_method") or intent["payment_method"]}
    method = chosen_method(world, chosen | {"customer": intent["customer"]})
    confirm(world, intent, method)
    return intent


@route(
    "POST", "/v1/payment_intents/{}/cancel",
    cancellation_reason=one_of("duplicate", "fraudulent", "requested_by_customer", "abandoned"),
)  # fmt: skip
def cancel_intent(world: World, given: Json, key: str) -> Json:
    intent = world.store.get("payment_intent", key)
    open_for(intent, "cancel")
    intent |= {"status": "canceled", "canceled_at": world.now()}
    intent["cancellation_reason"] = given.get("cancellation_reason")
    world.emit("payment_intent.canceled", intent)
    return intent


def open_for(intent: Json, verb: str) -> None:
    if intent["status"] in {"succeeded", "canceled"}:
        message = (
            f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
        )
        raise StripeError(message, code="payment_intent_unexpected_state")


@route("GET", "/v1/payment_intents", PAGING, CREATED, customer=text)
def list_intents(world: World, given: Json) -> Json:
    return page(world, "payment_intent", given, "/v1/payment_intents", matches(given, "customer"))
