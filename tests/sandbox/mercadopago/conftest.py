"""A sandbox per test, with what is sold at it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from billing.gateways.mercadopago.client import Client
from sandbox.mercadopago.testing import TOKEN, MercadoPagoSandbox

START = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Hand:
    """Bare requests with a token of test mode."""

    def __init__(self, sandbox: MercadoPagoSandbox) -> None:
        self.sandbox, self.token = sandbox, TOKEN

    def ask(self, method: str, path: str, content: Any = None, **headers: str) -> tuple[int, Any]:
        body = "" if content is None else json.dumps(content)
        given = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        status, _, text = self.sandbox.request(method, path, body, **given, **named)
        return status, json.loads(text)


def an_item(**changes: Any) -> dict[str, Any]:
    return {"title": "Funds", "quantity": 1, "unit_price": 50, "currency_id": "BRL", **changes}


@pytest.fixture
def sandbox() -> Iterator[MercadoPagoSandbox]:
    with MercadoPagoSandbox(START) as running:
        yield running


@pytest.fixture
def hand(sandbox: MercadoPagoSandbox) -> Hand:
    return Hand(sandbox)


@pytest.fixture
def client(sandbox: MercadoPagoSandbox) -> Client:
    """Ours, on the official SDK."""
    return Client(TOKEN, sandbox.url)


@pytest.fixture
def preference(client: Client) -> dict[str, Any]:
    return client.make_preference({"items": [an_item()], "external_reference": "pay_1"})
