"""Invoices of subscriptions: one for each period, drawn up when it begins."""

from sandbox.stripe.catalog import named
from sandbox.stripe.coupons import redeem, taken_off
from sandbox.stripe.errors import Json
from sandbox.stripe.paging import matches, page
from sandbox.stripe.params import one_of, text
from sandbox.stripe.render import includable, listing, plain
from sandbox.stripe.routing import CREATED, PAGING, route
from sandbox.stripe.store import Store, new_id
from sandbox.stripe.world import World


def draw_up(
    world: World, subscription: Json, reason: str, *, coupon: Json | None = None, free: bool = False,
    session: str | None = None,
) -> Json:  # fmt: skip
    """A finalized invoice for the subscription's present period, open and not yet charged.

    `free`: for a trial, which costs nothing. `coupon` is redeemed on it.
    """
    customer = world.store.get("customer", subscription["customer"])
    invoice = new_invoice(world, subscription, customer, reason)
    lines = [
        line(world, invoice, subscription, item, free=free)
        for item in subscription["items"]["data"]
    ]
    invoice["lines"] = listing(lines, f"/v1/invoices/{invoice['id']}/lines")
    subtotal = sum(each["amount"] for each in lines)
    if coupon:
        take_off(world, invoice, lines[0], taken_off(coupon, subtotal), coupon, session)
    total = subtotal - sum(each["amount"] for each in invoice["total_discount_amounts"])
    sums = ("amount_due", "amount_remaining", "total", "total_excluding_tax")
    invoice |= dict.fromkeys(sums, total)
    invoice |= dict.fromkeys(("subtotal", "subtotal_excluding_tax"), subtotal)
    world.emit("invoice.created", invoice)
    number = customer["next_invoice_sequence"]
    customer["next_invoice_sequence"] = number + 1
    customer["currency"] = subscription["currency"]
    invoice |= {"status": "open", "number": f"{customer['invoice_prefix']}-{number:04}"}
    invoice |= {"effective_at": world.now(), "auto_advance": True}
    invoice["hosted_invoice_url"] = f"{world.base_url}/invoice/{invoice['id']}"
    invoice["status_transitions"]["finalized_at"] = world.now()
    world.emit("invoice.finalized", invoice)
    subscription["latest_invoice"] = invoice["id"]
    return invoice


def new_invoice(world: World, subscription: Json, customer: Json, reason: str) -> Json:
    first = reason == "subscription_create"
    parent = {
        "quote_details": None,
        "subscription_details": {
            "metadata": dict(subscription["metadata"]),
            "subscription": subscription["id"],
            "subscription_proration_date": None,
        },
        "type": "subscription_details",
    }
    nothing = dict.fromkeys(NOTHING)
    return world.store.add(
        nothing | dict.fromkeys(ZERO, 0) | {
            "id": new_id("invoice"),
            "object": "invoice",
            "account_country": world.settings.country,
            "account_name": world.settings.business,
            "attempted": False,
            "auto_advance": False,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None,
                              "provider": None, "status": None},
            "billing_reason": reason,
            "collection_method": "charge_automatically",
            "created": world.now(),
            "currency": subscription["currency"],
            "customer": customer["id"],
            "customer_address": customer["address"],
            "customer_email": customer["email"],
            "customer_name": customer["name"],
            "customer_phone": customer["phone"],
            "customer_tax_exempt": "none",
            "customer_tax_ids": [],
            "default_tax_rates": [],
            "discounts": [],
            "issuer": {"type": "self"},
            "livemode": False,
            "metadata": {},
            "parent": parent,
            "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
            "period_end": world.now(),
            "period_start": world.now() if first else subscription["_previous_start"],
            "status": "draft",
            "status_transitions": dict.fromkeys(
                ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")
            ),
            "total_discount_amounts": [],
            "total_taxes": [],
            "total_pretax_credit_amounts": [],
        }
    )  # fmt: skip


NOTHING = (
    "account_tax_ids", "amount_paid_off_stripe", "application", "automatically_finalizes_at", "confirmation_secret",
    "custom_fields", "customer_account", "customer_shipping", "default_payment_method", "default_source",
    "description", "due_date",
    "effective_at", "ending_balance", "footer", "from_invoice", "hosted_invoice_url", "invoice_pdf",
    "last_finalization_error", "latest_revision", "next_payment_attempt", "number", "on_behalf_of", "receipt_number",
    "rendering", "shipping_cost", "shipping_details", "statement_descriptor", "test_clock", "webhooks_delivered_at",
)  # fmt: skip
ZERO = (
    "amount_due", "amount_overpaid", "amount_paid", "amount_remaining", "amount_shipping", "attempt_count",
    "post_payment_credit_notes_amount", "pre_payment_credit_notes_amount", "starting_balance", "subtotal",
    "subtotal_excluding_tax", "total", "total_excluding_tax",
)  # fmt: skip


def line(world: World, invoice: Json, subscription: Json, item: Json, *, free: bool) -> Json:
    price = world.store.get("price", item["price"])
    amount = 0 if free else price["unit_amount"] * item["quantity"]
    what = named(world.store, price)
    details = {
        "invoice_item": None,
        "proration": False,
        "proration_details": None,
        "subscription": subscription["id"],
        "subscription_item": item["id"],
    }
    return {
        "id": new_id("line_item"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": f"Trial period for {what}" if free else f"{item['quantity']} × {what}",
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice["id"],
        "livemode": False,
        "metadata": dict(subscription["metadata"]),
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": details,
            "type": "subscription_item_details",
        },
        "period": {"start": item["current_period_start"], "end": item["current_period_end"]},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": str(0 if free else price["unit_amount"]),
        },
        "quantity": item["quantity"],
        "quantity_decimal": str(item["quantity"]),
        "subscription": subscription["id"],
        "subtotal": amount,
        "taxes": [],
    }


def take_off(
    world: World, invoice: Json, first: Json, amount: int, coupon: Json, session: str | None
) -> None:
    """The coupon's amount, on the invoice and on its first line."""
    discount = redeem(world, coupon, customer=invoice["customer"], session=session)
    discount["invoice"] = invoice["id"]
    invoice["discounts"] = [discount["id"]]
    invoice["total_discount_amounts"] = [{"amount": amount, "discount": discount["id"]}]
    first["discount_amounts"] = [{"amount": amount, "discount": discount["id"]}]


def subscription_of(invoice: Json) -> str:
    return str(invoice["parent"]["subscription_details"]["subscription"])


# Requests


@route("GET", "/v1/invoices/{}")
def retrieve_invoice(world: World, given: Json, key: str) -> Json:
    return world.store.get("invoice", key)


@route(
    "GET", "/v1/invoices", PAGING, CREATED, customer=text, subscription=text,
    status=one_of("draft", "open", "paid", "uncollectible", "void"),
)  # fmt: skip
def list_invoices(world: World, given: Json) -> Json:
    same, wanted = matches(given, "customer", "status"), given.get("subscription")
    return page(
        world, "invoice", given, "/v1/invoices",
        lambda invoice: same(invoice) and (not wanted or subscription_of(invoice) == wanted),
    )  # fmt: skip


@includable("invoice", "payments")
def payments_of(store: Store, invoice: Json) -> Json:
    rows = [plain(store, each) for each in store.all("invoice_payment", invoice=invoice["id"])]
    return listing(rows, f"/v1/invoices/{invoice['id']}/payments")


@route("GET", "/v1/invoice_payments/{}")
def retrieve_payment(world: World, given: Json, key: str) -> Json:
    return world.store.get("invoice_payment", key)


@route(
    "GET", "/v1/invoice_payments", PAGING, CREATED, invoice=text, status=one_of("canceled", "open", "paid"),
    payment={"type": one_of("payment_intent"), "payment_intent": text},
)  # fmt: skip
def list_payments(world: World, given: Json) -> Json:
    same, intent = (
        matches(given, "invoice", "status"),
        given.get("payment", {}).get("payment_intent"),
    )
    return page(
        world, "invoice_payment", given, "/v1/invoice_payments",
        lambda each: same(each) and (not intent or each["payment"]["payment_intent"] == intent),
    )  # fmt: skip
