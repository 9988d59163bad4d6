"""What a movement of money does to our balance at Stripe, with a fee as Stripe takes it."""

from sandbox.stripe.errors import Json
from sandbox.stripe.paging import matches, page
from sandbox.stripe.params import text
from sandbox.stripe.routing import CREATED, PAGING, route
from sandbox.stripe.store import new_id
from sandbox.stripe.world import World


def book(world: World, source: Json, amount: int, kind: str, *, fee: int = 0) -> str:
    """Write a balance transaction; its id. `amount` is negative for money that leaves."""
    now = world.now()
    transaction = world.store.add(
        {
            "id": new_id("balance_transaction"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": now,
            "balance_type": "payments",
            "created": now,
            "currency": source["currency"],
            "description": source.get("description"),
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [],
            "net": amount - fee,
            "reporting_category": {"payment": "charge", "adjustment": "dispute"}.get(kind, kind),
            "source": source["id"],
            "status": "available",
            "type": kind,
        }
    )
    return str(transaction["id"])


def card_fee(amount: int) -> int:
    """2.9 % and 30 minor units."""
    return round(amount * 0.029) + 30


@route("GET", "/v1/balance_transactions/{}")
def retrieve_transaction(world: World, given: Json, key: str) -> Json:
    return world.store.get("balance_transaction", key)


@route("GET", "/v1/balance_transactions", PAGING, CREATED, source=text, type=text)
def list_transactions(world: World, given: Json) -> Json:
    same = matches(given, "source", "type")
    return page(world, "balance_transaction", given, "/v1/balance_transactions", same)
