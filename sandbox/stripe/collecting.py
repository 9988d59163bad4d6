"""Collecting what an invoice asks for, and what that means for its subscription."""

from sandbox.stripe.cards import customers_method
from sandbox.stripe.charges import charge
from sandbox.stripe.cycles import DAY
from sandbox.stripe.errors import Json, StripeError, card_error
from sandbox.stripe.invoices import subscription_of
from sandbox.stripe.lifecycle import end, set_status
from sandbox.stripe.params import flag, text
from sandbox.stripe.payments import new_intent
from sandbox.stripe.render import show
from sandbox.stripe.routing import route
from sandbox.stripe.store import new_id
from sandbox.stripe.world import World

NO_CARD = (
    "This customer has no attached payment source or default payment method. Please consider adding a default payment "
    "method. For more information, visit https://docs.stripe.com/billing/subscriptions/payment-methods-setting"
)


def attempt(world: World, invoice: Json, method: Json | None = None) -> tuple[str, str] | None:
    """Charge an open invoice. Paid, the subscription is active; declined, it is past due, and the retry is set.

    After the last retry the subscription is canceled. Returns the bank's words and code when it declined.
    """
    subscription = world.store.get("subscription", subscription_of(invoice))
    declined = collect(world, invoice, method)
    if declined is None:
        if subscription["status"] in {"incomplete", "past_due"}:
            set_status(world, subscription, "active")
    elif subscription["status"] in {"active", "trialing", "past_due"}:
        if invoice["next_payment_attempt"] is None:
            end(world, subscription, "payment_failed")
        else:
            set_status(world, subscription, "past_due")
    return declined


def collect(
    world: World, invoice: Json, method: Json | None = None, *, present: bool = False
) -> tuple[str, str] | None:  # fmt: skip
    """Charge an open invoice. Paid on return, or the bank's words and code are returned and events tell so.

    `method`: another card than the customer's default. `present`: as in `refusal`.
    """
    if invoice["amount_due"] == 0:
        mark_paid(world, invoice, None)
        return None
    method = method or default_method(world, invoice)
    intent = invoices_intent(world, invoice)
    declined = charge(world, intent, method, present=present) if method else (NO_CARD, "no_card")
    invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
    if declined:
        if invoice["billing_reason"] != "subscription_create":
            schedule_retry(world, invoice)
        world.emit("invoice.payment_failed", invoice)
        return declined
    mark_paid(world, invoice, intent)
    return None


def default_method(world: World, invoice: Json) -> Json | None:
    """The card that the invoice is charged to: its subscription's, else the customer's."""
    subscription = world.store.get("subscription", subscription_of(invoice))
    customer = world.store.get("customer", invoice["customer"])
    settings = customer.get("invoice_settings", {})
    key = subscription["default_payment_method"] or settings.get("default_payment_method")
    method = world.store.find("payment_method", key)
    return method if method and method["customer"] == customer["id"] else None


def invoices_intent(world: World, invoice: Json) -> Json:
    """The intent that pays the invoice; made at the first try, used again at the next ones."""
    if paying := world.store.all("invoice_payment", invoice=invoice["id"]):
        return world.store.get("payment_intent", paying[0]["payment"]["payment_intent"])
    intent = new_intent(
        world,
        {
            "amount": invoice["amount_due"],
            "currency": invoice["currency"],
            "customer": invoice["customer"],
            "setup_future_usage": "off_session",
            "description": {
                "subscription_create": "Subscription creation",
                "subscription_cycle": "Subscription update",
            }.get(invoice["billing_reason"], "Payment for Invoice"),
        },
    )
    link_payment(world, invoice, intent)
    return intent


def link_payment(world: World, invoice: Json, intent: Json) -> Json:
    return world.store.add(
        {
            "id": new_id("invoice_payment"),
            "object": "invoice_payment",
            "amount_paid": None,
            "amount_requested": invoice["amount_due"],
            "created": world.now(),
            "currency": invoice["currency"],
            "invoice": invoice["id"],
            "is_default": True,
            "livemode": False,
            "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        }
    )


def mark_paid(world: World, invoice: Json, intent: Json | None) -> None:
    """The invoice is settled; an amount of zero needs no payment."""
    now = world.now()
    for payment in world.store.all("invoice_payment", invoice=invoice["id"]) if intent else []:
        payment |= {"status": "paid", "amount_paid": invoice["amount_due"]}
        payment["status_transitions"]["paid_at"] = now
        world.emit("invoice_payment.paid", payment)
    invoice |= {"status": "paid", "amount_paid": invoice["amount_due"], "amount_remaining": 0}
    invoice |= {"attempted": True, "auto_advance": False, "next_payment_attempt": None}
    invoice["status_transitions"]["paid_at"] = now
    customer = world.store.get("customer", invoice["customer"])
    customer["delinquent"] = False
    world.emit("invoice.paid", invoice)
    world.emit("invoice.payment_succeeded", invoice)


def schedule_retry(world: World, invoice: Json) -> None:
    """Set when the card is tried again, counted from the first failure; never, when it was tried often enough."""
    first = invoice.setdefault("_first_failure", world.now())
    days, tried = world.settings.retry_days, invoice["attempt_count"] - 1
    world.store.get("customer", invoice["customer"])["delinquent"] = True
    if tried >= len(days):
        invoice |= {"next_payment_attempt": None, "auto_advance": False}
        return
    invoice["next_payment_attempt"] = first + days[tried] * DAY


@route(
    "POST", "/v1/invoices/{}/pay", payment_method=text, off_session=flag,
)  # fmt: skip
def pay_invoice(world: World, given: Json, key: str) -> Json:
    invoice = world.store.get("invoice", key)
    if invoice["status"] == "paid":
        raise StripeError("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] != "open":
        message = f"This invoice can no longer be paid: its status is {invoice['status']}."
        raise StripeError(message, code="invoice_not_editable")
    method = (
        customers_method(world, given["payment_method"], invoice["customer"], "payment_method")
        if "payment_method" in given
        else None
    )
    if method is None and default_method(world, invoice) is None:
        raise StripeError(NO_CARD, code="resource_missing")
    declined = attempt(world, invoice, method)
    if declined:
        intent = invoices_intent(world, invoice)
        more = {"payment_intent": show(world.store, intent)}
        raise card_error(*declined, charge=intent["latest_charge"], more=more)
    return invoice
