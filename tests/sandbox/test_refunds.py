"""Refunds and disputes."""

from typing import Any

import pytest
import stripe
from stripe import StripeClient

from sandbox.stripe.testing import StripeSandbox
from tests.sandbox.shop import Shop


def test_payment_is_refunded_in_parts_and_no_further(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    intent = shop.payment(1000).payment_intent
    part = client.v1.refunds.create(
        {
            "payment_intent": intent.id,
            "amount": 400,
            "metadata": {"why": "late"},
            "reason": "requested_by_customer",
        }
    )
    assert (part.amount, part.status, part.metadata["why"]) == (400, "succeeded", "late")  # type: ignore[index]
    charge = client.v1.charges.retrieve(intent.latest_charge.id)
    assert (charge.amount_refunded, charge.refunded) == (400, False)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.v1.refunds.create({"charge": charge.id, "amount": 601})
    rest = client.v1.refunds.create({"charge": charge.id})
    assert rest.amount == 600
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refusal.value.code == "charge_already_refunded"
    full = client.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert full.refunded
    assert [each.id for each in full.refunds.data] == [rest.id, part.id]  # type: ignore[union-attr]
    assert [each.id for each in client.v1.refunds.list({"payment_intent": intent.id})] == [
        rest.id,
        part.id,
    ]
    assert client.v1.refunds.retrieve(part.id).payment_intent == intent.id
    told = [each["type"] for each in sandbox.events("*refund*")]
    assert told == ["charge.refunded", "refund.created"] * 2
    last = sandbox.events("charge.refunded")[-1]["data"]
    assert (last["object"]["refunded"], last["previous_attributes"]["amount_refunded"]) == (
        True,
        400,
    )


def test_unpaid_intent_has_nothing_to_refund(client: StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        client.v1.refunds.create({})


def test_refund_of_a_renewal_leads_to_its_invoice(
    client: StripeClient, shop: Shop, sandbox: StripeSandbox
) -> None:
    subscription = shop.subscription()
    sandbox.advance(days=28)
    invoice = client.v1.invoices.retrieve(
        shop.again(subscription).latest_invoice, {"expand": ["payments"]}
    )
    intent: Any = invoice.payments.data[0].payment.payment_intent  # type: ignore[union-attr]
    refund = sandbox.refund(intent)
    found = client.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": refund["payment_intent"]}}
    )
    assert [each.invoice for each in found] == [invoice.id]


@pytest.mark.parametrize(
    ("status", "last"),
    [("won", "charge.dispute.funds_reinstated"), ("lost", "charge.dispute.closed")],
)
def test_dispute_takes_the_money_until_it_is_won(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop, status: str, last: str
) -> None:
    intent = shop.payment(1000).payment_intent
    dispute = sandbox.dispute(intent.id, reason="product_not_received")
    again = client.v1.disputes.retrieve(dispute["id"], {"expand": ["charge"]})
    assert (again.status, again.amount, again.reason) == (
        "needs_response",
        1000,
        "product_not_received",
    )
    assert again.charge.disputed  # type: ignore[union-attr]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refusal.value.code == "charge_disputed"
    sandbox.close_dispute(dispute["id"], status)
    closed = client.v1.disputes.list({"payment_intent": intent.id}).data[0]
    assert closed.status == status
    assert sum(each.amount for each in closed.balance_transactions) == (
        0 if status == "won" else -1000
    )
    told = [each["type"] for each in sandbox.events("charge.dispute.*")]
    assert told[:3] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
    ]
    assert told[-1] == last
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        client.v1.disputes.close(dispute["id"])


def test_merchant_gives_in(sandbox: StripeSandbox, client: StripeClient, shop: Shop) -> None:
    dispute = sandbox.dispute(shop.payment().payment_intent.id, amount=300)
    assert client.v1.disputes.close(dispute["id"]).status == "lost"
