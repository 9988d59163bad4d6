"""What a payer may do on the page of a preference, and what becomes of it later."""

from collections.abc import Iterator
from datetime import timedelta

from sandbox.mercadopago.errors import Json, Refusal
from sandbox.mercadopago.payments import approve, change, open_payment
from sandbox.mercadopago.world import World, read_time, written

VISA = {
    "payment_method_id": "visa",
    "payment_type_id": "credit_card",
    "issuer_id": "24",
    "card": {
        "last_four_digits": "4242",
        "first_six_digits": "424242",
        "expiration_year": 2030,
        "expiration_month": 12,
        "cardholder": {"name": "APRO", "identification": {"type": "CPF", "number": "12345678909"}},
    },
}
SLIP = {"payment_method_id": "bolbradesco", "payment_type_id": "ticket"}
METHODS = {
    "visa": ("Visa ending 4242", "Approved at once."),
    "poor": ("Visa without funds", "Rejected; another card may be tried."),
    "review": (
        "Visa under review",
        "Waits until somebody has looked into it, then it is approved.",
    ),
    "slip": ("Slip", "To be paid at a counter, within three days."),
}
REVIEW = timedelta(hours=6)
"""How long a payment is looked into."""


def pay(world: World, preference: Json, method: str) -> Json:
    """The payer has chosen `method`: the payment that came of it. Raises Refusal for an unknown one."""
    match method:
        case "visa":
            return open_payment(
                world, preference, VISA, status="approved", status_detail="accredited"
            )
        case "poor":
            detail = "cc_rejected_insufficient_amount"
            return open_payment(world, preference, VISA, status="rejected", status_detail=detail)
        case "review":
            detail = "pending_review_manual"
            return open_payment(world, preference, VISA, status="in_process", status_detail=detail)
        case "slip":
            return print_slip(world, preference)
    raise Refusal("Choose how to pay.")


def print_slip(world: World, preference: Json) -> Json:
    ends = world.moment() + timedelta(days=world.settings.slip_days)
    payment = open_payment(
        world, preference, SLIP, status_detail="pending_waiting_payment", date_of_expiration=written(ends)
    )  # fmt: skip
    address = f"{world.base_url}/slips/{payment['id']}"
    payment["transaction_details"]["external_resource_url"] = address
    return payment


def pay_slip(world: World, payment: Json) -> None:
    """At a counter. Raises Refusal for one that waits no more."""
    if payment["status"] != "pending":
        raise Refusal("This slip cannot be paid any more.")
    approve(world, payment)


# What time brings


def run_due(world: World) -> int:
    """Slips that were not paid in time end, and reviews come to their end; how many of either."""
    done = 0
    while step := min(due(world), key=lambda one: (one[0], one[1]["id"]), default=None):
        moment, payment = step
        if moment > world.moment():
            break
        with world.at(moment):
            if payment["status"] == "pending":
                change(world, payment, "cancelled", "expired")
            else:
                approve(world, payment)
        world.changes += 1
        done += 1
    return done


def due(world: World) -> Iterator[tuple]:
    for payment in world.store.all("payment", status="pending"):
        if payment["date_of_expiration"]:
            yield read_time(payment["date_of_expiration"]), payment
    for payment in world.store.all("payment", status="in_process"):
        yield read_time(payment["date_created"]) + REVIEW, payment
