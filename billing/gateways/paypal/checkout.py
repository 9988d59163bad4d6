"""Where one pays at PayPal: the page of an order, and that of a subscription."""

import hashlib
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import get_language

from billing.gateways.base import Order, Recurring, Started
from billing.gateways.paypal import facts
from billing.gateways.paypal.amounts import to_paypal
from billing.gateways.paypal.client import LABEL, Client, GatewayUnavailable, Json, Refused

LONGEST = 127
"""Characters of a description."""
PAGES = {"payer-action", "approve"}
LOCALES = {"en": "en-US", "es": "es-ES", "pt": "pt-BR", "de": "de-DE", "fr": "fr-FR", "it": "it-IT"}


def start(client: Client, order: Order) -> Started:
    """The page where `order` is paid: the same one for the same order, however often it is asked for."""
    if order.recurring:
        return _page(_subscription(client, order, order.recurring))
    return _page(_order(client, order))


def _order(client: Client, order: Order) -> Json:
    """Collected by us once it is approved. PayPal collects nothing twice under one `invoice_id`."""
    unit = {
        "custom_id": order.reference,
        "invoice_id": order.reference,
        "description": order.title[:LONGEST],
        "amount": to_paypal(order.amount, order.currency),
    }
    context = _context(order) | {
        "user_action": "PAY_NOW",
        "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
    }
    body = {
        "intent": "CAPTURE",
        "purchase_units": [unit],
        "payment_source": {"paypal": {"experience_context": context}},
    }
    return client.post("/v2/checkout/orders", body, key=keyed(order, "order", body))


def _subscription(client: Client, order: Order, recurring: Recurring) -> Json:
    """What is due first is collected as a setup fee, at once; the plan's own price from the second cycle on.

    Without a fee PayPal may take a day for the first payment, and lets the subscription begin where that fails. So
    a credit is just a smaller fee. https://developer.paypal.com/docs/subscriptions/customize/future-date/
    """
    if recurring.renews_at is None:
        raise ValueError("PayPal has to be told when the second cycle begins.")
    fee = {
        "setup_fee": to_paypal(order.amount, order.currency),
        "setup_fee_failure_action": "CANCEL",
    }
    means = {"payer_selected": "PAYPAL", "payee_preferred": "IMMEDIATE_PAYMENT_REQUIRED"}
    body: dict[str, Any] = {
        "plan_id": recurring.price_id,
        "custom_id": order.reference,
        "start_time": written(recurring.renews_at),
        "plan": {"payment_preferences": fee},
        "application_context": _context(order)
        | {"user_action": "SUBSCRIBE_NOW", "payment_method": means},
    }
    if order.email:
        body["subscriber"] = {"email_address": order.email}
    return client.post("/v1/billing/subscriptions", body, key=keyed(order, "subscription", body))


def _context(order: Order) -> Json:
    found = {
        "shipping_preference": "NO_SHIPPING",
        "return_url": order.return_url,
        "cancel_url": order.cancel_url,
    }
    locale = LOCALES.get((get_language() or "")[:2])
    return found | ({"locale": locale} if locale else {})


def _page(made: Json) -> Started:
    for link in made.get("links") or []:
        if link.get("rel") in PAGES:
            return Started(str(made["id"]), str(link["href"]))
    raise GatewayUnavailable(
        LABEL, f"{made.get('id')} has no page to pay on ({made.get('status')})."
    )


def written(moment: datetime) -> str:
    """As PayPal writes times: whole seconds, UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def keyed(order: Order, what: str, params: object) -> str:
    """Under this PayPal carries out the same request for the same order once; other parameters are another request."""
    return f"{order.reference}:{what}:{digest(params)}"


def digest(params: object) -> str:
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()[:24]


def abandon(client: Client, external_id: str) -> None:
    """We do not collect the order any more, whether the payer approves it or not; it says so itself from now on.

    PayPal itself has no way to close the page of an order or of a subscription: it closes three hours after it was
    opened. A subscription that is begun until then counts, as does an order that has been collected.
    """
    if facts.is_subscription(external_id):
        return
    order = client.find(f"/v2/checkout/orders/{external_id}") if external_id.isalnum() else None
    if order is None or facts.captures_of(order) or facts.is_abandoned(order):
        return
    change = {
        "op": "replace",
        "path": "/purchase_units/@reference_id=='default'/custom_id",
        "value": facts.abandoned(order),
    }
    with suppress(Refused):  # it was collected meanwhile, or is over
        client.patch(f"/v2/checkout/orders/{external_id}", [change])
