"""Faults of the API, as a client meets them."""

import time

import pytest
import stripe
from stripe import StripeClient

from sandbox.stripe.testing import StripeSandbox


def test_server_error_does_nothing_and_passes(sandbox: StripeSandbox, client: StripeClient) -> None:
    sandbox.fault("500", method="POST", path="/v1/products", times=2)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failure:
            client.v1.products.create({"name": "Solo"})
        assert failure.value.http_status == 500
    assert client.v1.products.list().data == []
    assert client.v1.products.create({"name": "Solo"}).name == "Solo"


def test_closed_connection_does_nothing(sandbox: StripeSandbox, client: StripeClient) -> None:
    sandbox.fault("connection", path="/v1/products")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.products.create({"name": "Solo"})
    assert sandbox.events() == []


def test_silence_does_nothing_and_times_out(sandbox: StripeSandbox) -> None:
    sandbox.fault("timeout", path="/v1/products")
    began = time.monotonic()
    with pytest.raises(stripe.APIConnectionError):
        sandbox.client(timeout=0.2).v1.products.create({"name": "Solo"})
    assert time.monotonic() - began < 15
    assert sandbox.events() == []


def test_lost_answer_is_carried_out_and_replayed_under_its_key(
    sandbox: StripeSandbox, client: StripeClient
) -> None:
    sandbox.fault("after", path="/v1/products")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"})
    assert len(sandbox.events("product.created")) == 1
    again = client.v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"})
    assert again.last_response.headers["Idempotent-Replayed"] == "true"  # type: ignore[union-attr]
    assert len(sandbox.events("product.created")) == 1


def test_clients_own_retry_survives_a_fault(sandbox: StripeSandbox) -> None:
    sandbox.fault("after", path="/v1/products")
    assert sandbox.client(retries=1).v1.products.create({"name": "Solo"}).name == "Solo"
    assert len(sandbox.events("product.created")) == 1


def test_fault_leaves_other_requests_alone(sandbox: StripeSandbox, client: StripeClient) -> None:
    sandbox.fault("500", method="POST", path="/v1/refunds*")
    client.v1.products.create({"name": "Solo"})
    assert [each["kind"] for each in sandbox.plan.listed()] == ["500"]


def test_unknown_fault_is_refused(sandbox: StripeSandbox) -> None:
    with pytest.raises(ValueError, match="Unknown fault 'fire'"):
        sandbox.fault("fire")
