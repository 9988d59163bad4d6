"""Disputes: a payer complains, and somebody decides."""

from datetime import datetime

from sandbox.paypal.errors import Json
from sandbox.paypal.money import parse
from sandbox.paypal.routing import route
from sandbox.paypal.world import PayPalWorld, new_id, shown, stamp
from sandbox.stripe.cycles import seconds

LISTED = {
    "dispute_id", "create_time", "update_time", "reason", "status", "dispute_amount", "dispute_life_cycle_stage",
}  # fmt: skip


def open_dispute(
    world: PayPalWorld, capture: str, amount: Json | None = None, stage: str = "CHARGEBACK"
) -> Json:
    about = world.get("capture", capture)
    key = new_id("dispute")
    made = {
        "id": key,
        "object": "dispute",
        "dispute_id": key,
        "create_time": stamp(world.now()),
        "update_time": stamp(world.now()),
        "disputed_transactions": [{"seller_transaction_id": capture}],
        "reason": "UNAUTHORISED",
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "dispute_amount": parse(amount) if amount else about["amount"],
        "dispute_life_cycle_stage": stage,
        "_at": world.now(),
    }
    world.emit("CUSTOMER.DISPUTE.CREATED", world.store.add(made))
    return made


def escalate(world: PayPalWorld, key: str) -> Json:
    """A mere question becomes a claim."""
    dispute = world.get("dispute", key)
    dispute |= {"dispute_life_cycle_stage": "CHARGEBACK", "update_time": stamp(world.now())}
    world.emit("CUSTOMER.DISPUTE.UPDATED", dispute)
    return dispute


def close_dispute(world: PayPalWorld, key: str, outcome: str) -> Json:
    """`outcome`: won or lost, from the seller's side."""
    dispute = world.get("dispute", key)
    code = {"won": "RESOLVED_SELLER_FAVOUR", "lost": "RESOLVED_BUYER_FAVOUR"}[outcome]
    found: Json = {"outcome_code": code}
    if outcome == "lost":
        found["amount_refunded"] = dispute["dispute_amount"]
    dispute |= {"status": "RESOLVED", "dispute_outcome": found, "update_time": stamp(world.now())}
    world.emit("CUSTOMER.DISPUTE.RESOLVED", dispute)
    return dispute


@route("GET", "/v1/customer/disputes/{}")
def show_dispute(world: PayPalWorld, given: Json, key: str) -> Json:
    return shown(world.get("dispute", key))


@route("GET", "/v1/customer/disputes", "start_time page_size next_page_token")
def list_disputes(world: PayPalWorld, given: Json) -> Json:
    """Oldest first; the next page under its token."""
    size = int(given.get("page_size", 10))
    token = given.get("next_page_token", "")
    start, _colon, skip = token.partition("~")
    first = int(start) if token else seconds(datetime.fromisoformat(given["start_time"]))
    begin = int(skip or 0)
    found = [each for each in world.store.all("dispute") if each["_at"] >= first]
    page = found[begin : begin + size]
    links = []
    if len(found) > begin + size:
        query = f"next_page_token={first}~{begin + size}&page_size={size}"
        links = [{"rel": "next", "href": f"{world.base_url}/v1/customer/disputes?{query}"}]
    return {"items": [{k: d[k] for k in LISTED} for d in page], "links": links}
