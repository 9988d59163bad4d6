"""Charges: one try to take money from a card."""

from sandbox.stripe.balance import book, card_fee
from sandbox.stripe.cards import attach, refusal
from sandbox.stripe.errors import Json
from sandbox.stripe.paging import matches, page
from sandbox.stripe.params import text
from sandbox.stripe.render import includable, listing, plain
from sandbox.stripe.routing import CREATED, PAGING, route
from sandbox.stripe.store import Store, new_id
from sandbox.stripe.world import World


def charge(
    world: World, intent: Json, method: Json, *, present: bool = False
) -> tuple[str, str] | None:
    """Try the card. On success the intent is succeeded; else the bank's words and code are returned."""
    declined = refusal(world, method, present=present)
    made = new_charge(world, intent, method, declined)
    intent["latest_charge"] = made["id"]
    if declined:
        intent |= {"status": "requires_payment_method", "payment_method": None}
        intent["last_payment_error"] = {
            "charge": made["id"],
            "code": "card_declined",
            "decline_code": declined[1],
            "message": declined[0],
            "payment_method": plain(world.store, method),
            "type": "card_error",
        }
        world.emit("charge.failed", made)
        world.emit("payment_intent.payment_failed", intent)
        return declined
    customer = world.store.find("customer", intent["customer"])
    if customer and intent["setup_future_usage"]:
        attach(world, method, customer)
    intent |= {"status": "succeeded", "payment_method": method["id"], "last_payment_error": None}
    intent["amount_received"] = intent["amount"]
    world.emit("charge.succeeded", made)
    world.emit("payment_intent.succeeded", intent)
    return None


def new_charge(world: World, intent: Json, method: Json, declined: tuple[str, str] | None) -> Json:
    amount, card = intent["amount"], method["card"]
    made = world.store.add(
        {
            "id": new_id("charge"),
            "object": "charge",
            "amount": amount,
            "amount_captured": 0 if declined else amount,
            "amount_refunded": 0,
            "application": None,
            "application_fee": None,
            "application_fee_amount": None,
            "balance_transaction": None,
            "billing_details": method["billing_details"],
            "calculated_statement_descriptor": world.settings.business.upper(),
            "captured": not declined,
            "created": world.now(),
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_balance_transaction": None,
            "failure_code": "card_declined" if declined else None,
            "failure_message": declined[0] if declined else None,
            "fraud_details": {},
            "livemode": False,
            "metadata": dict(intent["metadata"]),
            "on_behalf_of": None,
            "outcome": outcome(declined),
            "paid": not declined,
            "payment_intent": intent["id"],
            "payment_method": method["id"],
            "payment_method_details": {
                "card": {name: card[name] for name in CHARGED} | {"network": card["brand"]},
                "type": "card",
            },
            "receipt_email": intent["receipt_email"],
            "receipt_number": None,
            "receipt_url": None,
            "refunded": False,
            "review": None,
            "shipping": None,
            "source": None,
            "source_transfer": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": None,
            "status": "failed" if declined else "succeeded",
            "transfer_data": None,
            "transfer_group": None,
        }
    )
    if not declined:
        made["balance_transaction"] = book(world, made, amount, "charge", fee=card_fee(amount))
    return made


CHARGED = (
    "brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4",
    "regulated_status", "wallet",
)  # fmt: skip


def outcome(declined: tuple[str, str] | None) -> Json:
    return {
        "advice_code": "try_again_later" if declined else None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if declined else "approved_by_network",
        "reason": declined[1] if declined else None,
        "risk_level": "normal",
        "seller_message": declined[0] if declined else "Payment complete.",
        "type": "issuer_declined" if declined else "authorized",
    }


@route("GET", "/v1/charges/{}")
def retrieve_charge(world: World, given: Json, key: str) -> Json:
    return world.store.get("charge", key)


@route("GET", "/v1/charges", PAGING, CREATED, customer=text, payment_intent=text)
def list_charges(world: World, given: Json) -> Json:
    same = matches(given, "customer", "payment_intent")
    return page(world, "charge", given, "/v1/charges", same)


@includable("charge", "refunds")
def refunds_of(store: Store, made: Json) -> Json:
    rows = [plain(store, each) for each in store.all("refund", charge=made["id"])]
    return listing(rows[::-1], f"/v1/charges/{made['id']}/refunds")
