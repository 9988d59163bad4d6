"""The page of Mercado Pago where an order is paid, Checkout Pro: one preference for each order."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from billing.gateways.base import GatewayRefused, Order, Started
from billing.gateways.mercadopago import facts
from billing.gateways.mercadopago.amounts import to_mercadopago
from billing.gateways.mercadopago.client import Client, Json
from billing.models import Environment

WEBHOOK = "/webhooks/mercadopago/"
SIGNED = "?source_news=webhooks"
"""Asks for signed notifications, rather than for the older kind."""
TITLE = 256


def start(client: Client, order: Order, environment: str) -> Started:
    """The page where `order` is paid: the one that is open for it, however often it is asked for."""
    preference = _open_one(client, order) or client.make_preference(
        _content(order, is_double=environment == Environment.SANDBOX)
    )
    page = preference.get("sandbox_init_point") if environment == Environment.TEST else ""
    return Started(str(preference["id"]), str(page or preference["init_point"]))


def _open_one(client: Client, order: Order) -> Json | None:
    """The page of an earlier try whose answer was lost: preferences know no idempotency key."""
    for listed in client.preferences_of(order.reference):
        preference, at = client.preference(str(listed["id"]))
        if preference is None:
            continue
        attempt = facts.attempt_of(preference, at)
        is_same = (attempt.amount, attempt.currency) == (order.amount, order.currency)
        if is_same and not attempt.is_over:
            return preference
    return None


def _content(order: Order, *, is_double: bool) -> Json:
    content: dict[str, Any] = {
        "items": [
            {
                "id": order.reference,
                "title": order.title[:TITLE],
                "quantity": 1,
                "currency_id": order.currency,
                "unit_price": to_mercadopago(order.amount, order.currency),
            }
        ],
        "external_reference": order.reference,
        "back_urls": {
            "success": order.return_url,
            "pending": order.return_url,
            "failure": order.cancel_url,
        },
    }
    if order.email:
        content["payer"] = {"email": order.email}
    if order.pay_until:
        content |= {"expires": True, "expiration_date_to": written(order.pay_until)}
    # Mercado Pago takes neither for a machine that it cannot reach.
    if is_double or order.return_url.startswith("https://"):
        content["auto_return"] = "approved"
    news = order.notify_url or settings.PLATFORM_URL + WEBHOOK
    if is_double or news.startswith("https://"):
        content["notification_url"] = f"{news}{SIGNED}"
    return content


def written(at: datetime) -> str:
    """`2026-11-25T09:00:00.000+00:00`"""
    return at.isoformat(timespec="milliseconds")


def abandon(client: Client, preference_id: str) -> None:
    """Nobody can pay the order any more, unless somebody has: its page is closed, and so are slips that lie about."""
    preference, _at = client.preference(preference_id)
    if preference is None or not (reference := facts.reference_of(preference)):
        return
    keys = [preference_id, *(str(one["id"]) for one in client.preferences_of(reference))]
    for key in dict.fromkeys(keys):
        _close(client, key)
    for payment in client.payments(external_reference=reference, status="pending"):
        _cancel(client, str(payment["id"]))


def _close(client: Client, key: str) -> None:
    preference, at = client.preference(key)
    if preference is None or facts.is_over(preference, at):
        return
    before = facts.moment(preference["date_created"]) - timedelta(seconds=1)  # over by any clock
    items = [_item(one) for one in preference["items"]]
    client.change_preference(
        key, {"items": items, "expires": True, "expiration_date_to": written(before)}
    )


def _item(item: Json) -> Json:
    """It as it is sent: figures were read as exact decimals."""
    price = to_mercadopago(
        facts.from_mercadopago(item["unit_price"], item["currency_id"]), item["currency_id"]
    )
    return {name: item[name] for name in ("id", "title", "quantity", "currency_id")} | {
        "unit_price": price
    }


def _cancel(client: Client, key: str) -> None:
    """A slip that nobody is to pay; one that was paid a moment ago is fine."""
    try:
        client.cancel_payment(key)
    except GatewayRefused:
        payment = client.payment(key)
        if payment and payment.get("status") == "pending":
            raise
