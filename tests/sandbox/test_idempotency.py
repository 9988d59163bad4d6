"""Idempotency keys, as https://docs.stripe.com/api/idempotent_requests describes them."""

import threading
from typing import Any

import pytest
import stripe
from stripe import StripeClient

from sandbox.stripe.testing import StripeSandbox
from tests.sandbox.shop import Shop


def test_same_key_and_parameters_are_carried_out_once(
    sandbox: StripeSandbox, client: StripeClient
) -> None:
    first = client.v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"})
    again = client.v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"})
    assert again.id == first.id
    assert "idempotent-replayed" not in keys(first)
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(sandbox.events("product.created")) == 1
    assert sandbox.events()[0]["request"]["idempotency_key"] == "k1"


def keys(answer: Any) -> set[str]:
    return {name.lower() for name in answer.last_response.headers}


def test_same_key_with_other_parameters_is_refused(client: StripeClient) -> None:
    client.v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"})
    with pytest.raises(stripe.IdempotencyError) as refusal:
        client.v1.products.create({"name": "Team"}, {"idempotency_key": "k1"})
    assert refusal.value.http_status == 400


def test_key_that_is_in_use_is_refused(sandbox: StripeSandbox, client: StripeClient) -> None:
    sandbox.fault("slow", path="/v1/products", seconds=2)
    other, results = sandbox.client(), []

    def slowly() -> None:
        results.append(client.v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"}))

    thread = threading.Thread(target=slowly)
    thread.start()
    while sandbox.plan.listed():
        thread.join(0.01)
    thread.join(0.1)
    with pytest.raises(stripe.APIError) as refusal:  # the SDK's class for 409
        other.v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"})
    assert refusal.value.http_status == 409
    assert refusal.value.error.code == "idempotency_key_in_use"
    thread.join()
    assert other.v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"}).id == results[0].id


def test_declined_card_is_remembered(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    customer = shop.customer()
    given: Any = {
        "amount": 500, "currency": "usd", "customer": customer, "confirm": True, "off_session": True,
        "payment_method": sandbox.add_card(customer, "4444"),
    }  # fmt: skip
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.create(given, {"idempotency_key": "k1"})
    assert len(sandbox.events("charge.failed")) == 1


def test_wrong_parameters_and_server_errors_leave_the_key_free(
    sandbox: StripeSandbox, client: StripeClient
) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.products.create({}, {"idempotency_key": "k1"})  # type: ignore[typeddict-item]
    sandbox.fault("500", path="/v1/products")
    with pytest.raises(stripe.APIError):
        client.v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"})
    assert client.v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"}).name == "Solo"


def test_key_is_forgotten_after_a_day(sandbox: StripeSandbox, client: StripeClient) -> None:
    first = client.v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"})
    sandbox.advance(hours=23)
    assert client.v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"}).id == first.id
    sandbox.advance(hours=2)
    assert client.v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"}).id != first.id
