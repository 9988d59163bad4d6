"""What objects of Stripe mean, in the words of `billing.gateways.base`. Pure: no request, no query.

Shapes: https://docs.stripe.com/api, in the version of `client.API_VERSION`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from billing.gateways.base import PaymentFact, PaymentState, RefundFact, SubscriptionFact
from billing.gateways.stripe.amounts import from_stripe
from billing.gateways.stripe.client import Json
from billing.models import Standing

REFERENCE = "reference"
"""Name of our reference in the metadata of everything that we have Stripe make."""
STANDINGS = {
    "active": Standing.ACTIVE,
    "trialing": Standing.ACTIVE,
    "canceled": Standing.ENDED,
    "incomplete_expired": Standing.ENDED,
}
"""Of a subscription; any other state means that it is not paid at present."""
FAILED_INTENT = {"requires_payment_method", "canceled"}
INTENTS = {"succeeded": PaymentState.PAID, "processing": PaymentState.PENDING}
OVER_DISPUTE = {"won", "warning_closed", "prevented"}
"""Disputes that leave us the money."""
MERE_INQUIRY = {"warning_needs_response", "warning_under_review"}
"""The bank asks, and has taken nothing yet."""


def moment(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)


def name_of(value: Any) -> str:
    """The id of what may be an id, the object itself, or nothing."""
    return str(value["id"] if isinstance(value, dict) else value or "")


def reference_of(obj: Json) -> str:
    """Our reference on an object of ours; empty on anybody else's."""
    return str((obj.get("metadata") or {}).get(REFERENCE) or "")


# Payments


def payment_of_session(session: Json) -> PaymentFact:
    """How a Checkout session stands, with `reading.SESSION` expanded."""
    paid = session["payment_status"] in {"paid", "no_payment_required"}
    state = PaymentState.PAID if paid else _unpaid(session)
    invoice, intent = session.get("invoice"), session.get("payment_intent")
    known: dict[str, Any] = {"charge_id": name_of(intent), "paid_with": means_of_intent(intent)}
    amount = session["amount_total"] or 0
    if isinstance(invoice, dict):
        amount = paid_of(invoice) if paid else amount
        known = {
            "charge_id": intent_of(invoice),
            "paid_with": means_of_subscription(session.get("subscription")),
            "at": _paid_at(invoice),
            "subscription": subscription_of_invoice(invoice),
        }
    elif isinstance(intent, dict):
        amount = intent["amount_received"] if paid else amount
        known["at"] = _charged_at(intent)
    if state is PaymentState.FAILED:
        known["failure"] = _failure(session)
    currency = session["currency"].upper()
    return PaymentFact(
        state,
        amount=from_stripe(amount, currency),
        currency=currency,
        external_id=session["id"],
        reference=reference_of(session),
        **known,
    )


def _unpaid(session: Json) -> PaymentState:
    """Pending as long as it may still be paid: while the page is open, or a slow method has not answered."""
    if session["status"] == "expired":
        return PaymentState.FAILED
    intent, subscription = session.get("payment_intent"), session.get("subscription")
    if session["status"] == "complete" and (
        _has_ended(subscription) or (isinstance(intent, dict) and intent["status"] in FAILED_INTENT)
    ):
        return PaymentState.FAILED
    return PaymentState.PENDING


def _has_ended(subscription: Any) -> bool:
    return isinstance(subscription, dict) and standing_of(subscription) == Standing.ENDED


def _failure(session: Json) -> str:
    if session["status"] == "expired":
        return _("It was not paid in time. Nothing was charged.")
    return _("The payment was declined. Nothing was charged.")


def payment_of_intent(intent: Json) -> PaymentFact:
    """How a charge of a saved card stands, with latest_charge expanded. Nobody is there to go on with it: what is not

    paid or on its way has failed.
    """
    state = INTENTS.get(intent["status"], PaymentState.FAILED)
    currency = intent["currency"].upper()
    paid = state is PaymentState.PAID
    return PaymentFact(
        state,
        amount=from_stripe(intent["amount_received"] if paid else intent["amount"], currency),
        currency=currency,
        external_id=intent["id"],
        reference=reference_of(intent),
        charge_id=intent["id"],
        paid_with=means_of_intent(intent),
        failure="" if state is not PaymentState.FAILED else _("The card was declined."),
        at=_charged_at(intent) if paid else None,
    )


def payment_of_invoice(invoice: Json, intent: Json | None) -> PaymentFact | None:
    """How the invoice of a subscription stands; None for any other. Expanded: payments, lines.

    The first one is that of the purchase, whose reference it carries. `intent`: what paid it, with latest_charge.
    """
    subscription = subscription_of_invoice(invoice)
    if subscription is None:
        return None
    is_first = invoice["billing_reason"] == "subscription_create"
    state, amount = PaymentState.PENDING, invoice["amount_due"]
    if invoice["status"] == "paid":
        state, amount = PaymentState.PAID, paid_of(invoice)
    elif invoice["status"] in {"void", "uncollectible"}:
        state = PaymentState.FAILED
    currency = invoice["currency"].upper()
    return PaymentFact(
        state,
        amount=from_stripe(amount, currency),
        currency=currency,
        external_id=invoice["id"],
        reference=subscription.reference if is_first else "",
        charge_id=intent_of(invoice),
        paid_with=means_of_intent(intent),
        failure="" if state is not PaymentState.FAILED else _("It was not collected."),
        at=_paid_at(invoice),
        subscription=subscription,
    )


def intent_of(invoice: Json) -> str:
    """The payment intent that paid an invoice, else the one that is to pay it; empty for none. Expanded: payments."""
    payments = (invoice.get("payments") or {}).get("data", [])
    ranked = sorted(payments, key=lambda one: one["status"] != "paid")
    intents = (name_of(one["payment"].get("payment_intent")) for one in ranked)
    return next(filter(None, intents), "")


def paid_of(invoice: Json) -> int:
    """What was paid of it: by card, and from a credit that the owner has given the customer at Stripe."""
    credit = (invoice.get("ending_balance") or 0) - (invoice.get("starting_balance") or 0)
    return int(invoice["amount_paid"]) + max(credit, 0)


def _paid_at(invoice: Json) -> datetime | None:
    stamp = invoice["status_transitions"]["paid_at"]
    return moment(stamp) if stamp else None


def _charged_at(intent: Json) -> datetime:
    charge = intent.get("latest_charge")
    return moment(charge["created"] if isinstance(charge, dict) else intent["created"])


# Subscriptions


def subscription_of_invoice(invoice: Json) -> SubscriptionFact | None:
    """The subscription for which an invoice asks, and the period that it pays for; None without one."""
    details = ((invoice.get("parent") or {}).get("subscription_details")) or {}
    line = next(_period_lines(invoice), None)
    if not details.get("subscription") or line is None:
        return None
    is_paid = invoice["status"] == "paid"
    return SubscriptionFact(
        name_of(details["subscription"]),
        Standing.ACTIVE if is_paid else Standing.PAST_DUE,
        moment(line["period"]["start"]),
        moment(line["period"]["end"]),
        customer_id=name_of(invoice["customer"]),
        price_id=_price_of_line(line),
        reference=str((details.get("metadata") or {}).get(REFERENCE) or ""),
    )


def _period_lines(invoice: Json) -> Iterator[Json]:
    """What is charged for a period as a whole, the latest first: no part of one, nothing else on the invoice."""
    lines = [line for line in invoice["lines"]["data"] if _is_whole(line)]
    yield from sorted(lines, key=lambda line: -line["period"]["end"])


def _is_whole(line: Json) -> bool:
    parent: Any = (line.get("parent") or {}).get("subscription_item_details")
    return bool(parent) and not parent["proration"]


def _price_of_line(line: Json) -> str:
    return name_of(((line.get("pricing") or {}).get("price_details") or {}).get("price"))


def subscription_fact(subscription: Json) -> SubscriptionFact:
    """A subscription as it stands, with `reading.SUBSCRIPTION` expanded."""
    item = item_of(subscription)
    return SubscriptionFact(
        subscription["id"],
        standing_of(subscription),
        moment(item["current_period_start"]),
        moment(item["current_period_end"]),
        customer_id=name_of(subscription["customer"]),
        price_id=name_of(item["price"]),
        ends_after_period=bool(subscription["cancel_at_period_end"] or subscription["cancel_at"]),
        paid_with=means_of_subscription(subscription),
        reference=reference_of(subscription),
    )


def item_of(subscription: Json) -> Json:
    """The one thing that our subscriptions are for."""
    item: Json = subscription["items"]["data"][0]
    return item


def standing_of(subscription: Json) -> str:
    return STANDINGS.get(subscription["status"], Standing.PAST_DUE).value


# What was paid with


def means_of_intent(intent: Any) -> str:
    """“Visa 4242”, by the charge that succeeded or was tried last."""
    charge = intent.get("latest_charge") if isinstance(intent, dict) else None
    return means(charge.get("payment_method_details")) if isinstance(charge, dict) else ""


def means_of_subscription(subscription: Any) -> str:
    """What the next period is going to be paid with, as far as it is expanded."""
    if not isinstance(subscription, dict):
        return ""
    customer = subscription.get("customer")
    settings = customer.get("invoice_settings") if isinstance(customer, dict) else None
    own = subscription.get("default_payment_method")
    return means(own or (settings or {}).get("default_payment_method"))


def means(method: Any) -> str:
    """A payment method in a word: “Visa 4242”, “Link”, “Sepa debit 3000”."""
    if not isinstance(method, dict) or not method.get("type"):
        return ""
    kind = method["type"]
    more = method.get(kind) or {}
    word = str(more.get("brand") or kind).replace("_", " ")
    return f"{word[:1].upper()}{word[1:]} {more.get('last4') or ''}".strip()[:60]


# Money that goes back


def refund_fact(refund: Json) -> RefundFact:
    """A refund; one that the bank did not take has come back to us."""
    currency = refund["currency"].upper()
    return RefundFact(
        refund["id"],
        name_of(refund["payment_intent"]) or name_of(refund["charge"]),
        from_stripe(refund["amount"], currency),
        moment(refund["created"]),
        is_reversed=refund["status"] in {"failed", "canceled"},
        reason=str(refund.get("reason") or "").replace("_", " "),
    )


def dispute_fact(dispute: Json) -> RefundFact | None:
    """A dispute with which money went back, or was to; None while the bank only asks."""
    if dispute["status"] in MERE_INQUIRY:
        return None
    currency = dispute["currency"].upper()
    return RefundFact(
        dispute["id"],
        name_of(dispute["payment_intent"]) or name_of(dispute["charge"]),
        from_stripe(dispute["amount"], currency),
        moment(dispute["created"]),
        is_dispute=True,
        is_reversed=dispute["status"] in OVER_DISPUTE,
        reason=str(dispute["reason"]).replace("_", " "),
    )
