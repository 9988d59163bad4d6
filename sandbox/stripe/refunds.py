"""Refunds and disputes: money that goes back."""

from sandbox.stripe.balance import book
from sandbox.stripe.cycles import DAY
from sandbox.stripe.errors import Json, StripeError
from sandbox.stripe.paging import matches, page
from sandbox.stripe.params import merge_metadata, metadata, natural, one_of, text
from sandbox.stripe.routing import CREATED, PAGING, route
from sandbox.stripe.store import new_id
from sandbox.stripe.world import World

DISPUTE_FEE = 1500
EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation",
    "duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt", "refund_policy",
    "refund_policy_disclosure", "refund_refusal_explanation", "service_date", "service_documentation",
    "shipping_address", "shipping_carrier", "shipping_date", "shipping_documentation",
    "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip


@route(
    "POST", "/v1/refunds", payment_intent=text, charge=text, amount=natural, metadata=metadata,
    reason=one_of("duplicate", "fraudulent", "requested_by_customer"),
)  # fmt: skip
def create_refund(world: World, given: Json) -> Json:
    charge = charge_given(world, given)
    amount = refundable(charge, given.get("amount"))
    refund = world.store.add(
        {
            "id": new_id("refund"),
            "object": "refund",
            "amount": amount,
            "balance_transaction": None,
            "charge": charge["id"],
            "created": world.now(),
            "currency": charge["currency"],
            "customer": charge["customer"],
            "customer_account": None,
            "destination_details": {"card": {"type": "refund"}, "type": "card"},
            "metadata": merge_metadata({}, given.get("metadata")),
            "payment_intent": charge["payment_intent"],
            "payment_method": charge["payment_method"],
            "reason": given.get("reason"),
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "succeeded",
            "transfer_reversal": None,
        }
    )
    refund["balance_transaction"] = book(world, refund, -amount, "refund")
    before = charge["amount_refunded"]
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    world.emit("charge.refunded", charge, {"amount_refunded": before, "refunded": False})
    world.emit("refund.created", refund)
    return refund


def charge_given(world: World, given: Json) -> Json:
    """The succeeded charge that the parameters name, by itself or by its intent."""
    if given.get("charge"):
        charge = world.store.referred("charge", given["charge"], "charge")
    elif given.get("payment_intent"):
        intent = world.store.referred("payment_intent", given["payment_intent"], "payment_intent")
        charge = world.store.find("charge", intent["latest_charge"]) or {"status": "none"}
    else:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise StripeError(message, code="parameter_missing")
    if charge["status"] != "succeeded":
        message = f"This PaymentIntent ({given.get('payment_intent')}) does not have a successful charge to refund."
        raise StripeError(message, code="charge_invalid_parameter")
    return charge


def refundable(charge: Json, wish: int | None) -> int:
    """How much is refunded: as wished, else all that is left. StripeError when it cannot be."""
    left = charge["amount"] - charge["amount_refunded"]
    if charge["disputed"]:
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise StripeError(message, code="charge_disputed")
    if left == 0:
        raise StripeError(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if wish == 0:
        raise StripeError(
            "Invalid positive integer", code="parameter_invalid_integer", param="amount"
        )
    if wish and wish > left:
        message = f"Refund amount ({wish}) is greater than unrefunded amount on charge ({left})"
        raise StripeError(message, param="amount")
    return wish or left


@route("GET", "/v1/refunds/{}")
def retrieve_refund(world: World, given: Json, key: str) -> Json:
    return world.store.get("refund", key)


@route("GET", "/v1/refunds", PAGING, CREATED, payment_intent=text, charge=text)
def list_refunds(world: World, given: Json) -> Json:
    return page(world, "refund", given, "/v1/refunds", matches(given, "payment_intent", "charge"))


# Disputes


def open_dispute(world: World, given: Json) -> Json:
    """The payer's bank takes the money back for now. `given`: payment_intent or charge, amount, reason."""
    charge = charge_given(world, given)
    if charge["disputed"]:
        raise StripeError(f"Charge {charge['id']} is disputed already.")
    amount = given.get("amount") or charge["amount"]
    brand = charge["payment_method_details"]["card"]["brand"]
    facts = {
        "brand": brand,
        "case_type": "chargeback",
        "network": brand,
        "network_reason_code": "10.4",
    }
    dispute = world.store.add(
        {
            "id": new_id("dispute"),
            "object": "dispute",
            "amount": amount,
            "balance_transactions": [],
            "charge": charge["id"],
            "created": world.now(),
            "currency": charge["currency"],
            "enhanced_eligibility_types": [],
            "evidence": dict.fromkeys(EVIDENCE) | {"enhanced_evidence": {}},
            "evidence_details": {"due_by": world.now() + 9 * DAY, "enhanced_eligibility": {}, "has_evidence": False,
                                 "past_due": False, "submission_count": 0, "submission_method": "not_submitted"},
            "is_charge_refundable": False,
            "livemode": False,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "payment_method_details": {"card": facts, "type": "card"},
            "reason": given.get("reason") or "fraudulent",
            "status": "needs_response",
        }
    )  # fmt: skip
    charge["disputed"] = True
    world.emit("charge.dispute.created", dispute)
    move(world, dispute, -amount, "charge.dispute.funds_withdrawn", fee=DISPUTE_FEE)
    return dispute


def move(world: World, dispute: Json, amount: int, event: str, *, fee: int = 0) -> None:
    transaction = book(world, dispute, amount, "adjustment", fee=fee)
    dispute["balance_transactions"].append(
        dict(world.store.get("balance_transaction", transaction))
    )
    world.emit(event, dispute)


def close_dispute(world: World, dispute: Json, status: str) -> None:
    """`won` gives the money back, `lost` does not."""
    if dispute["status"] not in {"needs_response", "under_review"}:
        raise StripeError(f"This dispute is already closed: {dispute['status']}.")
    dispute["status"] = status
    world.emit("charge.dispute.closed", dispute, {"status": "needs_response"})
    if status == "won":
        world.store.get("charge", dispute["charge"])["disputed"] = False
        move(world, dispute, dispute["amount"], "charge.dispute.funds_reinstated")


@route("GET", "/v1/disputes/{}")
def retrieve_dispute(world: World, given: Json, key: str) -> Json:
    return world.store.get("dispute", key)


@route("GET", "/v1/disputes", PAGING, CREATED, payment_intent=text, charge=text)
def list_disputes(world: World, given: Json) -> Json:
    return page(world, "dispute", given, "/v1/disputes", matches(given, "payment_intent", "charge"))


@route("POST", "/v1/disputes/{}/close")
def accept_dispute(world: World, given: Json, key: str) -> Json:
    """The merchant gives in: the dispute is lost."""
    dispute = world.store.get("dispute", key)
    close_dispute(world, dispute, "lost")
    return dispute
