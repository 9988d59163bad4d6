"""The sandbox's cards, and the payment methods that come of them."""

from dataclasses import dataclass

from sandbox.stripe.errors import Json, StripeError
from sandbox.stripe.paging import page
from sandbox.stripe.params import one_of, required, text
from sandbox.stripe.routing import PAGING, route
from sandbox.stripe.store import new_id
from sandbox.stripe.world import World

WORKS, FAILS_LATER, DECLINES = "works", "fails_later", "declines"
DECLINED = ("Your card was declined.", "generic_decline")
INSUFFICIENT = ("Your card has insufficient funds.", "insufficient_funds")


@dataclass(frozen=True)
class Card:
    brand: str
    last4: str
    behaviour: str
    says: str


CARDS = {
    "4242": Card("visa", "4242", WORKS, "Works, now and at every renewal"),
    "4444": Card("mastercard", "4444", FAILS_LATER, "Works now; renewals fail"),
    "0002": Card("visa", "0002", DECLINES, "Is declined at once"),
}
TOKENS = {
    "pm_card_visa": "4242",
    "pm_card_chargeCustomerFail": "4444",
    "pm_card_visa_chargeDeclined": "0002",
}
"""Stripe's ready-made test payment methods: each use makes a new one."""


def new_method(world: World, last4: str, email: str | None = None) -> Json:
    """A payment method from one of the sandbox's cards, attached to nobody."""
    card = CARDS[last4]
    blank = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    billing = {"address": blank, "email": email, "name": None, "phone": None, "tax_id": None}
    return world.store.add(
        {
            "id": new_id("payment_method"),
            "object": "payment_method",
            "allow_redisplay": "limited",
            "billing_details": billing,
            "card": card_facts(world, card),
            "created": world.now(),
            "customer": None,
            "customer_account": None,
            "livemode": False,
            "metadata": {},
            "type": "card",
            "_behaviour": card.behaviour,
        }
    )


def card_facts(world: World, card: Card) -> Json:
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": world.settings.country,
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": 2049,
        "fingerprint": f"sandbox{card.last4}",
        "funding": "credit",
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def refusal(world: World, method: Json, *, present: bool = False) -> tuple[str, str] | None:
    """Why the bank would decline a charge of this card now: message and code; None when it would not.

    `present`: the payer has just chosen the card on a page; a card that fails later still works then.
    """
    customer = world.store.find("customer", method["customer"])
    wish = (customer or {}).get("_behaviour")
    if method["_behaviour"] == DECLINES:
        return DECLINED
    fails = wish == "fail" or (method["_behaviour"] == FAILS_LATER and wish != "work")
    return INSUFFICIENT if fails and not present else None


def attach(world: World, method: Json, customer: Json) -> None:
    """The card is kept for the customer's later payments."""
    if method["customer"] != customer["id"]:
        method["customer"] = customer["id"]
        world.emit("payment_method.attached", method)


def method_given(world: World, key: str, param: str) -> Json:
    """The payment method with this id, or a new one for a ready-made test id."""
    if key in TOKENS:
        return new_method(world, TOKENS[key])
    return world.store.referred("payment_method", key, param)


def customers_method(world: World, key: str, customer: str | None, param: str) -> Json:
    """The payment method, which must be attached to the customer."""
    method = world.store.referred("payment_method", key, param)
    if method["customer"] != customer:
        message = f"The payment method `{key}` does not belong to the customer `{customer}`. Attach it first."
        raise StripeError(message, code="resource_missing", param=param)
    return method


@route("GET", "/v1/payment_methods/{}")
def retrieve_method(world: World, given: Json, key: str) -> Json:
    return world.store.get("payment_method", key)


@route("GET", "/v1/payment_methods", PAGING, customer=text, type=one_of("card"))
def list_methods(world: World, given: Json) -> Json:
    return methods_of(world, given, given.get("customer"), "/v1/payment_methods")


@route("GET", "/v1/customers/{}/payment_methods", PAGING, type=one_of("card"))
def list_customers_methods(world: World, given: Json, key: str) -> Json:
    world.store.get("customer", key)
    return methods_of(world, given, key, f"/v1/customers/{key}/payment_methods")


@route("GET", "/v1/customers/{}/payment_methods/{}")
def retrieve_customers_method(world: World, given: Json, customer: str, key: str) -> Json:
    world.store.get("customer", customer)
    method = world.store.get("payment_method", key)
    if method["customer"] != customer:
        raise StripeError(
            f"No such PaymentMethod: '{key}'", status=404, code="resource_missing", param="id"
        )
    return method


def methods_of(world: World, given: Json, customer: str | None, url: str) -> Json:
    return page(
        world,
        "payment_method",
        given,
        url,
        lambda method: customer is not None and method["customer"] == customer,
    )


@route("POST", "/v1/payment_methods/{}/attach", customer=required(text))
def attach_method(world: World, given: Json, key: str) -> Json:
    method = method_given(world, key, "id")
    attach(world, method, world.store.referred("customer", given["customer"], "customer"))
    return method


@route("POST", "/v1/payment_methods/{}/detach")
def detach_method(world: World, given: Json, key: str) -> Json:
    method = world.store.get("payment_method", key)
    owner = world.store.find("customer", method["customer"])
    if owner is None:
        raise StripeError("The payment method you provided is not attached to a customer.")
    if owner["invoice_settings"]["default_payment_method"] == key:
        owner["invoice_settings"]["default_payment_method"] = None
    method["customer"] = None
    world.emit("payment_method.detached", method)
    return method
