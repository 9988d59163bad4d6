"""Pages of Stripe where one pays: Checkout for an order, the billing portal for another card."""

import hashlib
import json
from typing import Any

import stripe
from django.conf import settings
from django.utils.translation import gettext as _

from billing.gateways.base import Order, Recurring, Started
from billing.gateways.stripe.amounts import to_stripe
from billing.gateways.stripe.client import Json, found, plain
from billing.gateways.stripe.facts import REFERENCE, name_of, reference_of

TENANT, PLATFORM, PORTAL = "tenant_id", "platform", "portal_of"
"""Names in the metadata of what we make. Several installations may share one account of Stripe."""
COUPON_NAME = 40
SAME_EMAIL = 20
"""Customers of one address that are looked through: one for each business of a person, and those made by hand."""


def start(client: stripe.StripeClient, order: Order) -> Started:
    """The page where `order` is paid: the same one for the same order, however often it is asked for."""
    customer = "" if order.is_guest else order.customer_id or _customer(client, order)
    try:
        session = _open(client, order, customer)
    except stripe.InvalidRequestError as error:
        if not order.customer_id or error.param != "customer":
            raise
        session = _open(client, order, _customer(client, order))  # it was deleted at Stripe
    return Started(session["id"], session["url"])


def _open(client: stripe.StripeClient, order: Order, customer: str) -> Json:
    own = {REFERENCE: order.reference, TENANT: str(order.tenant_id)}
    params: Any = {
        "client_reference_id": order.reference,
        "metadata": own,
        "success_url": order.return_url,
        "cancel_url": order.cancel_url,
        # What is paid is what was ordered, in the currency in which it was ordered.
        "adaptive_pricing": {"enabled": False},
    }
    if customer:
        params["customer"] = customer
    elif order.email:
        params["customer_email"] = order.email
    if order.recurring:
        params |= _recurring(client, order, order.recurring, own)
    else:
        params |= _once(order, own)
    return plain(client.v1.checkout.sessions.create(params, keyed(order, "session", params)))


def _once(order: Order, own: dict[str, str]) -> dict[str, Any]:
    price = {
        "currency": order.currency.lower(),
        "unit_amount": to_stripe(order.amount, order.currency),
        "product_data": {"name": order.title},
    }
    return {
        "mode": "payment",
        "submit_type": "pay",
        "line_items": [{"price_data": price, "quantity": 1}],
        "payment_intent_data": {"metadata": own, "description": order.title},
    }


def _recurring(
    client: stripe.StripeClient, order: Order, recurring: Recurring, own: dict[str, str]
) -> dict[str, Any]:
    params: Any = {
        "mode": "subscription",
        "line_items": [{"price": recurring.price_id, "quantity": 1}],
        "subscription_data": {"metadata": own},
    }
    if recurring.credit:
        params["discounts"] = [{"coupon": _coupon(client, order, recurring.credit)}]
    return params


def _coupon(client: stripe.StripeClient, order: Order, credit: int) -> str:
    """Takes `credit` off the first invoice of this order, and of nothing else."""
    params: Any = {
        "amount_off": to_stripe(credit, order.currency),
        "currency": order.currency.lower(),
        "duration": "once",
        "max_redemptions": 1,
        "name": _("Credit for unused days")[:COUPON_NAME],
        "metadata": {REFERENCE: order.reference},
    }
    return str(client.v1.coupons.create(params, keyed(order, "coupon", params)).id)


def _customer(client: stripe.StripeClient, order: Order) -> str:
    """The tenant as Stripe's customer: the one that it is there already, else a new one."""
    own = {TENANT: str(order.tenant_id), PLATFORM: settings.PLATFORM_URL}
    if order.email:
        known = client.v1.customers.list({"email": order.email, "limit": SAME_EMAIL}).data
        for one in known:
            metadata = plain(one).get("metadata") or {}
            if own.items() <= metadata.items():
                return str(one.id)
    params: Any = {"name": order.tenant_name, "metadata": own}
    if order.email:
        params["email"] = order.email
    return str(client.v1.customers.create(params, keyed(order, "customer", params)).id)


def keyed(order: Order, what: str, params: object) -> stripe.RequestOptions:
    """Options under which Stripe carries out the same request for the same order once.

    The parameters are part of the key: Stripe refuses a key that comes again with others, as it would when a tenant was
    renamed between two tries. https://docs.stripe.com/api/idempotent_requests
    """
    return {"idempotency_key": f"{order.reference}:{what}:{digest(params)}"}


def digest(params: object) -> str:
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()[:24]


def abandon(client: stripe.StripeClient, session_id: str) -> None:
    """Nobody can pay the session any more, unless somebody has. One that is over, or not there, is fine."""
    try:
        client.v1.checkout.sessions.expire(session_id)
    except stripe.InvalidRequestError:
        session = found(lambda: client.v1.checkout.sessions.retrieve(session_id))
        if session and session["status"] == "open":
            raise


def card_page(client: stripe.StripeClient, customer_id: str, return_url: str) -> str:
    """Address of the billing portal, where the payer changes the card, and nothing else."""
    _let_customer_decide(client, customer_id)
    params: Any = {
        "customer": customer_id,
        "return_url": return_url,
        "configuration": _portal(client),
    }
    return str(client.v1.billing_portal.sessions.create(params).url)


def _let_customer_decide(client: stripe.StripeClient, customer_id: str) -> None:
    """The customer's own default is what subscriptions are paid with: it is what the portal changes.

    Checkout stores the card on the subscription, which would go on with that whatever is chosen later.
    https://docs.stripe.com/api/subscriptions/object#subscription_object-default_payment_method
    """
    page = client.v1.subscriptions.list({"customer": customer_id, "limit": 100})
    for one in page.auto_paging_iter():
        subscription = plain(one)
        card = name_of(subscription["default_payment_method"])
        if card and reference_of(subscription):
            default: Any = {"invoice_settings": {"default_payment_method": card}}
            client.v1.customers.update(customer_id, default)
            client.v1.subscriptions.update(subscription["id"], {"default_payment_method": ""})


def _portal(client: stripe.StripeClient) -> str:
    """What may be done in the portal: as it is set up by us, made where it is missing.

    An account has none at first. Whoever cancels or changes a plan does so on our pages, where its price stands.
    """
    own = {PORTAL: settings.PLATFORM_URL}
    known = client.v1.billing_portal.configurations.list({"active": True, "limit": 100})
    for one in known.auto_paging_iter():
        if (plain(one).get("metadata") or {}).get(PORTAL) == own[PORTAL]:
            return str(one.id)
    off = {"enabled": False}
    features = {
        "payment_method_update": {"enabled": True},
        "customer_update": off,
        "invoice_history": off,
        "subscription_cancel": off,
        "subscription_update": off,
    }
    params: Any = {"features": features, "metadata": own}
    options: stripe.RequestOptions = {"idempotency_key": f"portal:{digest(params)}"}
    return str(client.v1.billing_portal.configurations.create(params, options).id)
