"""A card that Stripe keeps for a customer is charged while nobody is there.

https://docs.stripe.com/payments/save-and-reuse#charge-saved-payment-method
"""

from typing import Any

import stripe
from django.utils.translation import gettext as _

from billing.gateways.base import Order, PaymentFact, PaymentState
from billing.gateways.stripe import facts
from billing.gateways.stripe.amounts import to_stripe
from billing.gateways.stripe.client import Json, found, plain
from billing.gateways.stripe.facts import REFERENCE, name_of, reference_of

BY_ITSELF = "by_itself"
"""Name in the metadata of what was charged like this: other intents belong to a session or an invoice."""
LATEST = 20
CHARGE: Any = ["latest_charge"]
NEEDS_PAYER = "authentication_required"


def charge(client: stripe.StripeClient, order: Order) -> PaymentFact:
    """`order` is collected, or known to have failed. What was begun under its reference before is found again first.

    So a worker that died in between, and another card meanwhile, do not lead to a second charge.
    """
    if made := _made_before(client, order):
        return facts.payment_of_intent(made)
    card = _card(client, order.customer_id)
    if not card:
        return _failed(order, "", _("There is no saved card any more."))
    params: Any = {
        "amount": to_stripe(order.amount, order.currency),
        "currency": order.currency.lower(),
        "customer": order.customer_id,
        "payment_method": card,
        "confirm": True,
        "off_session": True,
        "description": order.title,
        "metadata": {REFERENCE: order.reference, BY_ITSELF: "yes"},
        "expand": CHARGE,
    }
    options: stripe.RequestOptions = {"idempotency_key": f"{order.reference}:{BY_ITSELF}"}
    try:
        return facts.payment_of_intent(plain(client.v1.payment_intents.create(params, options)))
    except stripe.CardError as error:
        return _failed(order, _intent_of(error), _why(error))


def is_ours(intent: Json) -> bool:
    return bool(reference_of(intent)) and BY_ITSELF in intent["metadata"]


def find(client: stripe.StripeClient, intent_id: str) -> PaymentFact | None:
    """How a charge of ours stands; None for any other intent."""
    expand: Any = {"expand": CHARGE}
    intent = found(lambda: client.v1.payment_intents.retrieve(intent_id, expand))
    return facts.payment_of_intent(intent) if intent and is_ours(intent) else None


def _made_before(client: stripe.StripeClient, order: Order) -> Json | None:
    params: Any = {
        "customer": order.customer_id,
        "limit": LATEST,
        "expand": ["data.latest_charge"],
    }
    intents = (plain(one) for one in client.v1.payment_intents.list(params).data)
    return next((one for one in intents if reference_of(one) == order.reference), None)


def _card(client: stripe.StripeClient, customer_id: str) -> str:
    """The customer's own default, else what a subscription of ours is paid with; empty for none."""
    customer = found(lambda: client.v1.customers.retrieve(customer_id))
    if customer is None or customer.get("deleted"):
        return ""
    if own := name_of((customer.get("invoice_settings") or {}).get("default_payment_method")):
        return own
    page = client.v1.subscriptions.list({"customer": customer_id, "limit": LATEST})
    cards = (
        name_of(one["default_payment_method"]) for one in map(plain, page.data) if reference_of(one)
    )
    return next(filter(None, cards), "")


def _intent_of(error: stripe.CardError) -> str:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    return name_of((body.get("error") or {}).get("payment_intent"))


def _why(error: stripe.CardError) -> str:
    if error.code == NEEDS_PAYER:
        return _("Your bank wants you to confirm the payment yourself.")
    return str(error.user_message or _("The card was declined."))


def _failed(order: Order, intent_id: str, failure: str) -> PaymentFact:
    return PaymentFact(
        PaymentState.FAILED,
        order.amount,
        order.currency,
        external_id=intent_id,
        reference=order.reference,
        failure=failure,
    )
