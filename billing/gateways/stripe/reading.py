"""How things stand at Stripe now. A notification only says where to look: nothing in it is believed."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import stripe

from billing.gateways.base import (
    Fact,
    GatewayRefused,
    Notification,
    PaymentFact,
    PaymentState,
    RefundFact,
    SubscriptionFact,
)
from billing.gateways.stripe import facts, saved_cards
from billing.gateways.stripe.client import LABEL, Json, found, plain

SESSION = [
    "payment_intent.latest_charge",
    "invoice.payments",
    "subscription.default_payment_method",
]
SUBSCRIPTION = ["default_payment_method", "customer.invoice_settings.default_payment_method"]
INVOICE = ["payments"]
PAGE = 100
OPEN_FOR = timedelta(hours=25)
"""How long before it was paid a session may have been made."""
FOR_NOTHING = (
    "%(invoice)s renewed a subscription for nothing, by a discount that was given at Stripe. "
    "Extend the tenant’s plan by hand."
)
COLLECTED_FOR = timedelta(days=32)
"""How long before it was paid a renewal's invoice may have been drawn up: Stripe tries a card again for so long."""


def find_payment(client: stripe.StripeClient, external_id: str) -> PaymentFact | None:
    """The session or invoice of that name; None when Stripe does not know it, or it is nothing that we sell."""
    if external_id.startswith("cs_"):
        session = found(
            lambda: client.v1.checkout.sessions.retrieve(external_id, {"expand": SESSION})
        )
        return _of_session(client, session) if session and facts.reference_of(session) else None
    if external_id.startswith("in_"):
        invoice = found(lambda: client.v1.invoices.retrieve(external_id, {"expand": INVOICE}))
        return _of_invoice(client, invoice) if invoice else None
    return saved_cards.find(client, external_id) if external_id.startswith("pi_") else None


def _of_session(client: stripe.StripeClient, session: Json) -> PaymentFact:
    """A slow method leaves an invoice without saying in the session how it went: its intent knows."""
    invoice = session.get("invoice")
    is_open = session["status"] == "complete" and session["payment_status"] == "unpaid"
    if is_open and isinstance(invoice, dict):
        session = session | {"payment_intent": _intent(client, invoice)}
    return facts.payment_of_session(session)


def _of_invoice(client: stripe.StripeClient, invoice: Json) -> PaymentFact | None:
    fact = facts.payment_of_invoice(invoice, None)
    if fact is None or not fact.subscription or not fact.subscription.reference:
        return None
    if fact.state is PaymentState.PAID and not fact.amount and not fact.reference:
        raise GatewayRefused(LABEL, FOR_NOTHING % {"invoice": invoice["id"]})
    return facts.payment_of_invoice(invoice, _intent(client, invoice))


def _intent(client: stripe.StripeClient, invoice: Json) -> Json | None:
    intent_id = facts.intent_of(invoice)
    if not intent_id:
        return None
    expand: Any = {"expand": ["latest_charge"]}
    return found(lambda: client.v1.payment_intents.retrieve(intent_id, expand))


def find_subscription(client: stripe.StripeClient, external_id: str) -> SubscriptionFact | None:
    """The subscription as it stands; None when Stripe does not know it, or it is not one of ours."""
    subscription = get_subscription(client, external_id)
    if subscription is None or not facts.reference_of(subscription):
        return None
    return facts.subscription_fact(subscription)


def get_subscription(client: stripe.StripeClient, external_id: str) -> Json | None:
    if not external_id:
        return None
    return found(lambda: client.v1.subscriptions.retrieve(external_id, {"expand": SUBSCRIPTION}))


# Notifications

Reader = Callable[[stripe.StripeClient, str], list[Fact]]


def read(client: stripe.StripeClient, notification: Notification) -> list[Fact]:
    """What `notification` is about, as it stands now; empty for what we do not sell, know or need."""
    reader = READERS.get(notification.kind)
    if reader is None or not notification.object_id:
        return []
    return reader(client, notification.object_id)


def _payment(client: stripe.StripeClient, key: str) -> list[Fact]:
    fact = find_payment(client, key)
    return [fact] if fact else []


def _subscription(client: stripe.StripeClient, key: str) -> list[Fact]:
    fact = find_subscription(client, key)
    return [fact] if fact else []


def _subscriptions_of_customer(client: stripe.StripeClient, key: str) -> list[Fact]:
    """Another card: what runs for the customer is paid with that from now on."""
    expand: Any = [f"data.{field}" for field in SUBSCRIPTION]
    if found(lambda: client.v1.customers.retrieve(key)) is None:
        return []
    page = client.v1.subscriptions.list({"customer": key, "limit": PAGE, "expand": expand})
    running = [plain(one) for one in page.auto_paging_iter()]
    return [facts.subscription_fact(one) for one in running if facts.reference_of(one)]


def _subscription_of_invoice(client: stripe.StripeClient, key: str) -> list[Fact]:
    """A renewal that failed: whether it is still so, the subscription says."""
    invoice = found(lambda: client.v1.invoices.retrieve(key))
    about = facts.subscription_of_invoice(invoice) if invoice else None
    return _subscription(client, about.external_id) if about else []


def _refunds_of_charge(client: stripe.StripeClient, key: str) -> list[Fact]:
    """All refunds of a charge, the oldest first."""
    if found(lambda: client.v1.charges.retrieve(key)) is None:
        return []
    page = client.v1.refunds.list({"charge": key, "limit": PAGE})
    refunds = [facts.refund_fact(plain(one)) for one in page.auto_paging_iter()]
    return _behind_payment(client, list(reversed(refunds)))


def _refund(client: stripe.StripeClient, key: str) -> list[Fact]:
    refund = found(lambda: client.v1.refunds.retrieve(key))
    return _behind_payment(client, [facts.refund_fact(refund)]) if refund else []


def _dispute(client: stripe.StripeClient, key: str) -> list[Fact]:
    dispute = found(lambda: client.v1.disputes.retrieve(key))
    fact = facts.dispute_fact(dispute) if dispute else None
    return _behind_payment(client, [fact]) if fact else []


def _behind_payment(client: stripe.StripeClient, gone: list[RefundFact]) -> list[Fact]:
    """The payment whose money went back, heard of or not, and then that it did; nothing where it is not ours."""
    payment = _of_intent(client, gone[0].charge_id) if gone else None
    return [payment, *gone] if payment else []


def _of_intent(client: stripe.StripeClient, intent_id: str) -> PaymentFact | None:
    """The payment of ours that an intent collected: of a session where one paid once, of an invoice, or by itself."""
    if not intent_id.startswith("pi_"):
        return None
    sessions = client.v1.checkout.sessions.list({"payment_intent": intent_id, "limit": 1})
    for session in plain(sessions)["data"]:
        return find_payment(client, session["id"])
    of_intent: Any = {"type": "payment_intent", "payment_intent": intent_id}
    payments = client.v1.invoice_payments.list({"payment": of_intent, "limit": 1})
    for payment in plain(payments)["data"]:
        return find_payment(client, facts.name_of(payment["invoice"]))
    return find_payment(client, intent_id)


READERS: dict[str, Reader] = {
    "checkout.session.completed": _payment,
    "checkout.session.async_payment_succeeded": _payment,
    "checkout.session.async_payment_failed": _payment,
    "checkout.session.expired": _payment,
    "payment_intent.succeeded": _payment,
    "payment_intent.payment_failed": _payment,
    "invoice.paid": _payment,
    "invoice.payment_failed": _subscription_of_invoice,
    "customer.updated": _subscriptions_of_customer,
    "customer.subscription.updated": _subscription,
    "customer.subscription.deleted": _subscription,
    "charge.refunded": _refunds_of_charge,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.dispute.created": _dispute,
    "charge.dispute.updated": _dispute,
    "charge.dispute.closed": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
}
"""Types of events that mean something to us; an endpoint at Stripe need send no other."""


# Reconciliation


def paid_since(client: stripe.StripeClient, since: datetime) -> Iterator[PaymentFact]:
    """One-time payments, invoices and charges of saved cards, of ours, that were paid since then, each with by what."""
    found_there = chain(
        _sessions(client, since), _invoices(client, since), _charged_by_itself(client, since)
    )
    for fact in found_there:
        if fact.state is PaymentState.PAID and fact.at and fact.at >= since:
            yield fact


def _sessions(client: stripe.StripeClient, since: datetime) -> Iterator[PaymentFact]:
    """Those of one-time payments: what a subscription's session paid is on its invoice."""
    first = int((since - OPEN_FOR).timestamp())
    page = client.v1.checkout.sessions.list(
        {
            "status": "complete",
            "created": {"gte": first},
            "limit": PAGE,
            "expand": ["data.payment_intent.latest_charge"],
        }
    )
    for one in page.auto_paging_iter():
        session = plain(one)
        if session["mode"] == "payment" and facts.reference_of(session):
            yield facts.payment_of_session(session)


def _invoices(client: stripe.StripeClient, since: datetime) -> Iterator[PaymentFact]:
    first = int((since - COLLECTED_FOR).timestamp())
    page = client.v1.invoices.list(
        {
            "status": "paid",
            "created": {"gte": first},
            "limit": PAGE,
            "expand": ["data.payments"],
        }
    )
    for one in page.auto_paging_iter():
        fact = facts.payment_of_invoice(plain(one), None)
        if fact and fact.subscription and fact.subscription.reference:
            yield fact


def _charged_by_itself(client: stripe.StripeClient, since: datetime) -> Iterator[PaymentFact]:
    made: Any = {
        "created": {"gte": int(since.timestamp())},
        "limit": PAGE,
        "expand": ["data.latest_charge"],
    }
    for one in client.v1.payment_intents.list(made).auto_paging_iter():
        intent = plain(one)
        if saved_cards.is_ours(intent):
            yield facts.payment_of_intent(intent)


def gone_since(client: stripe.StripeClient, since: datetime) -> Iterator[RefundFact]:
    """Refunds and disputes that were made since then, of everything on the account."""
    made: Any = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
    for one in client.v1.refunds.list(made).auto_paging_iter():
        yield facts.refund_fact(plain(one))
    for dispute in client.v1.disputes.list(made).auto_paging_iter():
        if fact := facts.dispute_fact(plain(dispute)):
            yield fact
