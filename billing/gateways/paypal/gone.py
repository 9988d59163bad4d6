"""Money that goes back: what refunds and disputes of PayPal mean. Pure, as facts.py."""

from billing.gateways.base import RefundFact
from billing.gateways.paypal.amounts import amount_of
from billing.gateways.paypal.client import Json
from billing.gateways.paypal.facts import moment

KEPT = {"RESOLVED_SELLER_FAVOUR", "RESOLVED_WITH_PAYOUT", "CANCELED_BY_BUYER", "DENIED"}
"""Outcomes of a dispute that leave us the money."""


def refund_fact(refund: Json, charge_id: str = "") -> RefundFact:
    """A refund, of an order or of a subscription's payment; one that failed has come back to us."""
    status = str(refund.get("status") or refund.get("state") or "").upper()
    return RefundFact(
        str(refund["id"]),
        charge_id or charge_of(refund),
        amount_of(refund["amount"]),
        moment(refund["create_time"]),
        is_reversed=status in {"FAILED", "CANCELLED"},
        reason=str(refund.get("note_to_payer") or "")[:300],
    )


def charge_of(refund: Json) -> str:
    """Of which payment a refund is: named, or the end of the address “up” from it."""
    if refund.get("sale_id"):
        return str(refund["sale_id"])
    ups = [link["href"] for link in refund.get("links") or [] if link.get("rel") == "up"]
    return str(ups[0]).rstrip("/").rsplit("/", 1)[-1] if ups else ""


def dispute_fact(dispute: Json) -> RefundFact | None:
    """A dispute with which money went back, or was to; None while the payer only asks."""
    outcome = dispute.get("dispute_outcome") or {}
    is_over = dispute["status"] == "RESOLVED"
    if dispute.get("dispute_life_cycle_stage") == "INQUIRY" and not is_over:
        return None
    transactions = dispute.get("disputed_transactions") or [{}]
    given = outcome.get("amount_refunded") if is_over else None
    return RefundFact(
        str(dispute["dispute_id"]),
        str(transactions[0].get("seller_transaction_id") or ""),
        amount_of(given or dispute["dispute_amount"]),
        moment(dispute["create_time"]),
        is_dispute=True,
        is_reversed=is_over and outcome.get("outcome_code") in KEPT,
        reason=str(dispute.get("reason") or "").replace("_", " ").lower(),
    )
