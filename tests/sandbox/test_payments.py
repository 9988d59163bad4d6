"""Off-session payments, charges, customers and their cards."""

from typing import Any

import pytest
import stripe
from stripe import StripeClient

from sandbox.stripe.testing import StripeSandbox
from tests.sandbox.shop import Shop


def charge(client: StripeClient, customer: str, method: str, **given: Any) -> Any:
    whole: Any = {
        "amount": 1900, "currency": "usd", "customer": customer, "payment_method": method, "confirm": True,
        "off_session": True,
    }  # fmt: skip
    return client.v1.payment_intents.create(whole | given)


def test_saved_card_is_charged_without_its_owner(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    customer = shop.customer()
    intent = charge(
        client,
        customer,
        sandbox.add_card(customer),
        metadata={"top-up": "3"},
        expand=["latest_charge"],
    )
    assert (intent.status, intent.amount_received) == ("succeeded", 1900)
    assert intent.latest_charge.payment_method_details.card.last4 == "4242"
    assert [each.id for each in client.v1.payment_intents.list({"customer": customer})] == [
        intent.id
    ]
    assert [each.id for each in client.v1.charges.list({"payment_intent": intent.id})] == [
        intent.latest_charge.id
    ]
    booked = client.v1.balance_transactions.retrieve(intent.latest_charge.balance_transaction)
    assert (booked.amount, booked.fee, booked.net) == (1900, 85, 1815)


def test_declined_card_is_told_with_the_intent(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    customer = shop.customer()
    with pytest.raises(stripe.CardError) as refusal:
        charge(client, customer, sandbox.add_card(customer, "4444"))
    assert (refusal.value.http_status, refusal.value.code) == (402, "card_declined")
    error = refusal.value.error
    assert error.decline_code == "insufficient_funds"
    assert error.payment_intent.status == "requires_payment_method"
    failed = client.v1.charges.retrieve(error.charge)
    assert (failed.status, failed.paid, failed.failure_code) == ("failed", False, "card_declined")
    kinds = [each["type"] for each in sandbox.events("*failed")]
    assert kinds == ["charge.failed", "payment_intent.payment_failed"]


def test_lever_makes_a_good_card_fail_and_work_again(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    customer = shop.customer()
    method = sandbox.add_card(customer)
    sandbox.set_cards(customer, "fail")
    with pytest.raises(stripe.CardError):
        charge(client, customer, method)
    sandbox.set_cards(customer, "work")
    assert charge(client, customer, method).status == "succeeded"


def test_failed_intent_is_confirmed_with_another_card(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    customer = shop.customer()
    with pytest.raises(stripe.CardError) as refusal:
        charge(client, customer, sandbox.add_card(customer, "0002"))
    intent = refusal.value.error.payment_intent.id
    good = sandbox.add_card(customer)
    assert client.v1.payment_intents.confirm(intent, {"payment_method": good}).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as done:
        client.v1.payment_intents.cancel(intent)
    assert done.value.code == "payment_intent_unexpected_state"


def test_open_intent_is_canceled(client: StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    assert intent.status == "requires_payment_method"
    assert client.v1.payment_intents.cancel(intent.id).status == "canceled"


def test_card_of_another_customer_is_refused(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    ana, carla = shop.customer(), shop.customer()
    with pytest.raises(stripe.InvalidRequestError, match="does not belong"):
        charge(client, ana, sandbox.add_card(carla))


def test_customers_are_found_by_email_changed_and_deleted(client: StripeClient, shop: Shop) -> None:
    ana, carla = shop.customer(), shop.customer(email="carla@example.com")
    assert [each.id for each in client.v1.customers.list({"email": "carla@example.com"})] == [carla]
    changed = client.v1.customers.update(
        ana, {"name": "Ana", "metadata": {"tenant": "1"}, "email": ""}
    )
    assert (changed.name, changed.email, changed.metadata["tenant"]) == ("Ana", None, "1")  # type: ignore[index]
    assert client.v1.customers.delete(carla).deleted
    gone = client.v1.customers.retrieve(carla)
    assert (gone.deleted, "email" in gone) == (True, False)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.update(carla, {"name": "x"})


def test_deleting_a_customer_cancels_their_subscriptions(client: StripeClient, shop: Shop) -> None:
    customer = shop.customer()
    subscription = shop.subscription(customer=customer)
    client.v1.customers.delete(customer)
    assert shop.again(subscription).status == "canceled"


def test_cards_are_attached_made_default_and_detached(client: StripeClient, shop: Shop) -> None:
    customer = shop.customer()
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    settings: Any = {"invoice_settings": {"default_payment_method": card.id}}
    client.v1.customers.update(customer, settings)
    expanded = client.v1.customers.retrieve(
        customer, {"expand": ["invoice_settings.default_payment_method"]}
    )
    assert expanded.invoice_settings.default_payment_method.card.brand == "visa"  # type: ignore[union-attr]
    assert client.v1.payment_methods.retrieve(card.id).customer == customer
    client.v1.payment_methods.detach(card.id)
    assert client.v1.customers.retrieve(customer).invoice_settings.default_payment_method is None  # type: ignore[union-attr]
    assert client.v1.customers.payment_methods.list(customer).data == []
