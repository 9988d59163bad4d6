"""The double, and everything that our gateway sends, against what Mercado Pago publishes.

The files lie outside of this repository.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from billing.gateways.base import Notification
from billing.gateways.mercadopago import MercadoPagoGateway
from sandbox.mercadopago import api
from sandbox.mercadopago.api import Answer, Request
from sandbox.mercadopago.contract import FOLDER, Contract, contract
from sandbox.mercadopago.testing import SECRET, TOKEN, MercadoPagoSandbox
from sandbox.mercadopago.world import World
from tests.billing.till import an_order
from tests.sandbox.mercadopago.conftest import START

ABSENT = f"NO CONTRACTS: Mercado Pago's fixtures and specification are not in {FOLDER}."
BEYOND = {
    "answer.collector_id is unknown",
    "answer.live_mode is unknown",
    "answer.results[*].live_mode is unknown",
    "answer.results[*].collector_id is unknown",
    "answer.auto_return is unknown",
    "answer.notification_url is unknown",
    "answer.sandbox_init_point is unknown",
    "answer.elements[*].auto_return is unknown",
    "answer.elements[*].notification_url is unknown",
    "answer is no object",
}
"""What Mercado Pago answers beyond its specification: the owner of a payment; what a preference was made with; what its
own fixtures have; and a list of refunds, which is a list."""


@pytest.fixture(scope="module")
def known() -> Contract:
    found = contract()
    if found is None:
        pytest.skip(ABSENT)
    return found


@pytest.fixture(scope="module")
def fixtures() -> dict[str, Any]:
    if not FOLDER.exists():
        pytest.skip(ABSENT)
    content: dict[str, Any] = json.loads((FOLDER / "fixtures3.json").read_text())
    return content.get("resources", content)


@pytest.fixture(scope="module")
def heard(known: Contract) -> Iterator[list[tuple[Request, Answer]]]:
    """Each request of a busy week, as our gateway makes it, and what it was answered."""
    said: list[tuple[Request, Answer]] = []
    real = api.answer

    def listening(world: World, request: Request, pause: float = 0) -> Answer:
        reply = real(world, request, pause)
        said.append((request, reply))
        return reply

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sandbox.mercadopago.http.answer", listening)
        with (
            MercadoPagoSandbox(START) as sandbox,
            override_settings(PLATFORM_URL="http://localhost"),
        ):
            secrets = {"access_token": TOKEN, "webhook_secret": SECRET}
            busy_week(sandbox, MercadoPagoGateway("sandbox", secrets, sandbox.url))
            assert sandbox.world.complaints == []
            yield said


def busy_week(sandbox: MercadoPagoSandbox, gateway: MercadoPagoGateway) -> None:
    """Every method of the gateway, over payments in every state."""
    end = START + timedelta(days=1)
    orders = [an_order(f"pay_{number}", pay_until=end, currency="BRL") for number in range(5)]
    pages = [gateway.start(one) for one in orders]
    gateway.start(orders[0])
    gateway.test_connection()
    sandbox.decline(pages[0].url)
    for page in pages[:3]:
        sandbox.pay(page.url)
    sandbox.slip(pages[3].url)
    paid = [str(one["id"]) for one in sandbox.payments(status="approved")]
    gateway.refund(paid[0], 1000, "BRL", key="a part of it")
    gateway.refund(paid[1], 2900, "BRL", key="all of it")
    charged = sandbox.chargeback(paid[2])["id"]
    for page in pages:
        gateway.find_payment(page.external_id)
    for kind, about in [*(("payment.updated", one) for one in paid), ("chargebacks", charged)]:
        gateway.read(Notification("1", kind, about, "sandbox", {}))
    gateway.read(Notification("1", "payment.updated", "404404", "sandbox", {}))
    list(gateway.paid_since(START - timedelta(days=7)))
    list(gateway.gone_since(START - timedelta(days=7)))
    gateway.abandon(pages[3].external_id)
    gateway.abandon(pages[4].external_id)
    gateway.find_payment("123-unknown")


def test_everything_that_is_sent_is_as_specified(
    known: Contract, heard: list[tuple[Request, Answer]]
) -> None:
    assert len({(one.method, one.path.rstrip("0123456789")) for one, _ in heard}) > 8
    for request, _ in heard:
        body = api.read_body(request.body)
        wrong = known.about_request(
            request.method, request.path, request.query, request.headers, body
        )
        assert wrong == [], f"{request.method} {request.target}"


def test_everything_that_is_answered_is_as_specified(
    known: Contract, heard: list[tuple[Request, Answer]]
) -> None:
    wrong: set[str] = set()
    for request, reply in heard:
        if known.operation(request.method, request.path) is None:
            assert request.path == "/users/me"
            continue
        found = known.about_answer(request.method, request.path, reply.status, reply.body)
        wrong |= {_anywhere(one) for one in found}
    assert wrong == BEYOND


def _anywhere(sentence: str) -> str:
    return re.sub(r"\[\d+\]", "[*]", sentence)


def test_refusals_are_worded_as_specified(known: Contract, sandbox: MercadoPagoSandbox) -> None:
    headers = {"Authorization": "Bearer nonsense"}
    status, _, text = sandbox.request("GET", "/v1/payments/1", **headers)
    assert known.about_answer("GET", "/v1/payments/1", status, json.loads(text)) == []


def test_objects_have_the_fields_of_the_fixtures(
    heard: list[tuple[Request, Answer]], fixtures: dict[str, Any]
) -> None:
    """Each kind, as it was answered, has what the fixture has, of the same type."""
    seen: dict[str, dict[str, Any]] = {}
    for request, reply in heard:
        if reply.status < 300:
            for kind, one in _kinds(request, reply.body):
                seen[kind] = one
                missing = _expected(fixtures[kind]) - one.keys()
                assert missing == set(), kind
                for name, value in fixtures[kind].items():
                    if (
                        isinstance(value, str | bool)
                        and one.get(name) is not None
                        and name != "payer"
                    ):
                        assert type(one[name]) is type(value), f"{kind}.{name}"
    assert sorted(seen) == ["chargeback", "payment", "payment_pix", "preference", "refund"]


def _kinds(request: Request, body: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    path = request.path
    if path.startswith("/v1/chargebacks"):
        yield "chargeback", body
    elif path.endswith("/refunds"):
        yield from (("refund", one) for one in (body if isinstance(body, list) else [body]))
    elif path.startswith("/v1/payments"):
        for one in body.get("results", [body]):
            yield ("payment" if one["payment_type_id"] == "credit_card" else "payment_pix"), one
    elif path == "/checkout/preferences":
        yield "preference", body


NEWER = {"resource", "reason_code", "reason_description", "last_updated"}
"""Of the fixture of a chargeback: its specification has other names for them, or none."""
GIVEN = {"payer", "auto_return", "back_urls"}
"""Of a preference: what it was made with."""


def _expected(fixture: dict[str, Any]) -> set[str]:
    return (
        set(fixture) - NEWER - {"x-mp-resourceId"} - (GIVEN if "init_point" in fixture else set())
    )


# The comparing itself


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "body", "wrong"),
    [
        ("POST", "/checkout/preferences", {}, {}, None, "body is null"),
        ("POST", "/checkout/preferences", {}, {}, {}, "body.items is missing"),
        ("POST", "/checkout/preferences", {}, {}, {"items": []}, "body.items is too short"),
        ("POST", "/checkout/preferences", {}, {}, {"items": [{"title": "x", "quantity": 0, "unit_price": 1}]},
         "body.items[0].quantity is less than 1"),
        ("POST", "/checkout/preferences", {}, {}, {"items": [{"title": "x", "quantity": 1, "unit_price": "1"}]},
         "body.items[0].unit_price is no number"),
        ("POST", "/checkout/preferences", {}, {},
         {"items": [{"title": "x", "quantity": 1, "unit_price": 1, "currency_id": "EUR"}]},
         "body.items[0].currency_id is none of"),
        ("POST", "/checkout/preferences", {}, {},
         {"items": [{"title": "x", "quantity": 1, "unit_price": 1}], "metadata": {}}, "body.metadata is unknown"),
        ("GET", "/v1/payments/search", {"criteria": "asc"}, {}, None, "query sort is missing"),
        ("GET", "/v1/payments/search", {"sort": "id", "criteria": "up"}, {}, None, "criteria is none of asc, desc"),
        ("GET", "/v1/payments/search", {"sort": "id", "criteria": "asc", "limit": "x"}, {}, None,
         "limit is no integer"),
        ("GET", "/v1/payments/search", {"sort": "id", "criteria": "asc", "begin_date": "today"}, {}, None,
         "begin_date is no date-time"),
        ("GET", "/v1/payments/search", {"sort": "id", "criteria": "asc", "q": "x"}, {}, None, "query q is unknown"),
        ("POST", "/v1/payments/7/refunds", {}, {"x-idempotency-key": "7"}, {"amount": 1},
         "X-Idempotency-Key is no uuid"),
        ("PUT", "/v1/payments/7", {}, {}, {"status": "approved"}, "body.status is none of cancelled"),
    ],
)  # fmt: skip
def test_what_is_not_as_specified_is_named(
    known: Contract, method: str, path: str, query: Any, headers: Any, body: Any, wrong: str
) -> None:
    found = known.about_request(method, path, query, headers, body)
    assert any(one.startswith(wrong) for one in found), found


def test_double_refuses_and_remembers_what_is_not_as_specified(
    known: Contract, sandbox: MercadoPagoSandbox
) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    status, _, text = sandbox.request("GET", "/v1/payments/search", **headers)
    assert status == 400
    assert "query sort is missing" in text
    assert sandbox.world.complaints == [
        "GET /v1/payments/search: query sort is missing",
        "GET /v1/payments/search: query criteria is missing",
    ]
