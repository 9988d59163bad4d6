"""How things stand at PayPal now. A notification only says where to look: nothing in it is believed."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from billing.gateways.base import (
    Fact,
    Notification,
    PaymentFact,
    RefundFact,
    SubscriptionFact,
)
from billing.gateways.paypal import facts, gone
from billing.gateways.paypal.checkout import digest, written
from billing.gateways.paypal.client import Client, Json, Refused

SETTLED = {"ORDER_ALREADY_CAPTURED", "ORDER_COMPLETED_OR_VOIDED"}
NOT_NOW = SETTLED | {
    "INSTRUMENT_DECLINED",
    "ORDER_NOT_APPROVED",
    "PAYER_ACTION_REQUIRED",
    "PAYER_CANNOT_PAY",
    "TRANSACTION_REFUSED",
    "DUPLICATE_INVOICE_ID",
}
"""Why an order that was approved is not collected; how it stands says the rest."""
SUBSCRIPTION = {"fields": "plan,last_failed_payment"}


def find_payment(client: Client, external_id: str) -> PaymentFact | None:
    """The order, subscription or payment of one; None when PayPal does not know it, or it is nothing that we sell.

    An order that the payer has approved is collected by this: nothing is paid before.
    """
    if facts.is_subscription(external_id):
        subscription_id, _colon, charge_id = external_id.partition(":")
        return _of_subscription(client, subscription_id, charge_id)
    return _of_order(client, external_id)


def _of_order(client: Client, order_id: str) -> PaymentFact | None:
    order = get_order(client, order_id)
    if order is None or not facts.mark_of(facts.unit_of(order).get("custom_id")).reference:
        return None
    if order["status"] == "APPROVED" and not facts.is_abandoned(order):
        order = _collect(client, order)
    return facts.payment_of_order(order)


def get_order(client: Client, order_id: str) -> Json | None:
    if not order_id.isalnum():
        return None
    return client.find(f"/v2/checkout/orders/{order_id}")


def _collect(client: Client, order: Json) -> Json:
    """The order after its money was collected, by us or by whoever was faster; as it was where that cannot be."""
    path = f"/v2/checkout/orders/{order['id']}"
    # One key for each approval: after a refusal the payer may approve once more, with something else.
    approval = digest([order.get("update_time"), order.get("payment_source")])
    try:
        return client.post(f"{path}/capture", key=f"{order['id']}:{approval}")
    except Refused as error:
        if not NOT_NOW.intersection(error.issues):
            raise
    return client.find(path) or order


# Subscriptions


def find_subscription(client: Client, external_id: str) -> SubscriptionFact | None:
    """The subscription as it stands; None when PayPal does not know it, when it is not ours, or has never begun."""
    found = get_subscription(client, external_id)
    if found is None or not facts.mark_of(found.get("custom_id")).reference:
        return None
    return facts.subscription_fact(found) if found["status"] not in facts.NOT_BEGUN else None


def get_subscription(client: Client, external_id: str) -> Json | None:
    """With its plan, as it was bought and changed since."""
    if not facts.is_subscription(external_id) or not external_id[2:].isalnum():
        return None
    return client.find(f"/v1/billing/subscriptions/{external_id}", SUBSCRIPTION)


def payments_of(client: Client, subscription: Json) -> list[Json]:
    """Its transactions, the oldest first."""
    span = {
        "start_time": written(facts.moment(subscription["create_time"]) - timedelta(days=1)),
        "end_time": written(client.now() + timedelta(hours=1)),
    }
    found = client.find(f"/v1/billing/subscriptions/{subscription['id']}/transactions", span)
    return sorted((found or {}).get("transactions") or [], key=lambda one: str(one["time"]))


def _of_subscription(client: Client, subscription_id: str, charge_id: str) -> PaymentFact | None:
    """One payment of a subscription, else the one with which it begins."""
    subscription = get_subscription(client, subscription_id)
    if subscription is None or not facts.mark_of(subscription.get("custom_id")).reference:
        return None
    if subscription["status"] == "APPROVED":
        with suppress(Refused):  # mostly PayPal does so itself, in this moment
            client.post(f"/v1/billing/subscriptions/{subscription_id}/activate")
        subscription = get_subscription(client, subscription_id) or subscription
    every = payments_of(client, subscription)
    paid = [one for one in every if facts.is_paid(one)]
    first = paid[0] if paid else None
    if not charge_id or (first and charge_id == first["id"]):
        if first is None:
            return facts.payment_not_yet(subscription)
        return facts.payment_of_transaction(subscription, first, is_first=True)
    one = next((one for one in every if one["id"] == charge_id), None)
    if one is None or first is None:  # nothing can renew that has not begun
        return None
    return facts.payment_of_transaction(subscription, one, is_first=False)


# Notifications

Reader = Callable[[Client, str], list[Fact]]


def read(client: Client, notification: Notification) -> list[Fact]:
    """What `notification` is about, as it stands now; empty for what we do not sell, know or need."""
    reader = READERS.get(notification.kind)
    if reader is None or not notification.object_id:
        return []
    return reader(client, notification.object_id)


def _payment(client: Client, key: str) -> list[Fact]:
    fact = find_payment(client, key)
    return [fact] if fact else []


def _subscription(client: Client, key: str) -> list[Fact]:
    fact = find_subscription(client, key)
    return [fact] if fact else []


def _payment_of_charge(client: Client, key: str) -> list[Fact]:
    fact = of_charge(client, key)
    return [fact] if fact else []


def _refund(client: Client, key: str) -> list[Fact]:
    refund = client.find(f"/v2/payments/refunds/{key}") if key.isalnum() else None
    return behind_payment(client, gone.refund_fact(refund)) if refund else []


def _refund_of_sale(client: Client, key: str) -> list[Fact]:
    refund = client.find(f"/v1/payments/refund/{key}") if key.isalnum() else None
    return behind_payment(client, gone.refund_fact(refund)) if refund else []


def _dispute(client: Client, key: str) -> list[Fact]:
    dispute = client.find(f"/v1/customer/disputes/{key}") if "/" not in key else None
    fact = gone.dispute_fact(dispute) if dispute else None
    return behind_payment(client, fact) if fact else []


def behind_payment(client: Client, fact: RefundFact) -> list[Fact]:
    """The payment whose money went back, heard of or not, and then that it did; nothing where it is not ours."""
    payment = of_charge(client, fact.charge_id)
    return [payment, fact] if payment else []


def of_charge(client: Client, charge_id: str) -> PaymentFact | None:
    """The payment of ours that `charge_id` collected: of an order where one paid once, else of a subscription."""
    if not charge_id.isalnum():
        return None
    capture = client.find(f"/v2/payments/captures/{charge_id}") or {}
    related = (capture.get("supplementary_data") or {}).get("related_ids") or {}
    if related.get("order_id"):
        return find_payment(client, str(related["order_id"]))
    sale = client.find(f"/v1/payments/sale/{charge_id}") or {}
    agreement = str(sale.get("billing_agreement_id") or "")
    return find_payment(client, f"{agreement}:{charge_id}") if agreement else None


READERS: dict[str, Reader] = {
    "CHECKOUT.ORDER.APPROVED": _payment,
    "CHECKOUT.ORDER.COMPLETED": _payment,
    "PAYMENT.CAPTURE.COMPLETED": _payment_of_charge,
    "PAYMENT.CAPTURE.PENDING": _payment_of_charge,
    "PAYMENT.CAPTURE.DENIED": _payment_of_charge,
    "PAYMENT.CAPTURE.DECLINED": _payment_of_charge,
    "PAYMENT.CAPTURE.REFUNDED": _refund,
    "PAYMENT.CAPTURE.REVERSED": _refund,
    "PAYMENT.REFUND.FAILED": _refund,
    "PAYMENT.SALE.COMPLETED": _payment,
    "PAYMENT.SALE.PENDING": _payment,
    "PAYMENT.SALE.DENIED": _subscription,
    "PAYMENT.SALE.REFUNDED": _refund_of_sale,
    "PAYMENT.SALE.REVERSED": _refund_of_sale,
    "BILLING.SUBSCRIPTION.ACTIVATED": _payment,
    "BILLING.SUBSCRIPTION.UPDATED": _subscription,
    "BILLING.SUBSCRIPTION.RE-ACTIVATED": _subscription,
    "BILLING.SUBSCRIPTION.SUSPENDED": _subscription,
    "BILLING.SUBSCRIPTION.CANCELLED": _subscription,
    "BILLING.SUBSCRIPTION.EXPIRED": _subscription,
    "BILLING.SUBSCRIPTION.PAYMENT.FAILED": _subscription,
    "CUSTOMER.DISPUTE.CREATED": _dispute,
    "CUSTOMER.DISPUTE.UPDATED": _dispute,
    "CUSTOMER.DISPUTE.RESOLVED": _dispute,
}
"""Types of events that mean something to us; a webhook at PayPal need send no other."""


def object_of(kind: str, resource: Json) -> str:
    """The name of what an event is about, as the reader of its kind takes it."""
    if kind.startswith("CUSTOMER.DISPUTE."):
        return str(resource.get("dispute_id") or "")
    agreement = str(resource.get("billing_agreement_id") or "")
    if kind in {"PAYMENT.SALE.COMPLETED", "PAYMENT.SALE.PENDING"} and agreement:
        return f"{agreement}:{resource.get('id') or ''}"
    if kind == "PAYMENT.SALE.DENIED":
        return agreement
    return str(resource.get("id") or "")
