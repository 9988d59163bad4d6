"""Preferences, payments, refunds: what the double does with them, and what it refuses."""

import uuid
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.gateways.base import GatewayRefused, GatewayUnavailable
from billing.gateways.mercadopago.client import Client
from sandbox.mercadopago.contract import contract
from sandbox.mercadopago.testing import MercadoPagoSandbox
from tests.sandbox.mercadopago.conftest import START, Hand, an_item

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _as_without_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused here is refused by the double itself, also where no specification lies beside us."""
    monkeypatch.setattr("sandbox.mercadopago.api.contract", lambda: None)


@pytest.mark.parametrize(
    "path", ["/v1/payments/1", "/checkout/preferences/1", "/v1/unknown", "/users/me"]
)
@pytest.mark.parametrize("token", ["", "nonsense", "APP_USR-1-2-3"])
def test_only_tokens_of_test_mode_are_taken(path: str, token: str, hand: Hand) -> None:
    hand.token = token
    status, told = hand.ask("GET", path)
    assert (status, told["error"]) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/payments/1"), ("GET", "/checkout/preferences/x"), ("PUT", "/v1/payments/1"),
     ("POST", "/v1/payments/1/refunds"), ("GET", "/v1/chargebacks/1"), ("GET", "/v1/nothing")],
)  # fmt: skip
def test_what_is_not_there_is_said(method: str, path: str, hand: Hand) -> None:
    status, told = hand.ask(method, path, {} if method != "GET" else None)
    assert (status, told["status"], told["error"]) == (404, 404, "not_found")
    assert told["message"]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"items": []},
        {"items": [an_item(unit_price=0)]},
        {"items": [an_item(unit_price="50")]},
        {"items": [an_item(unit_price=True)]},
        {"items": [an_item(unit_price=1.005)]},
        {"items": [an_item(unit_price=10.5, currency_id="CLP")]},
        {"items": [an_item()], "auto_return": "approved"},
        {"items": [an_item()], "expires": True, "expiration_date_to": "2026-01-31T11:00:00.000+00:00"},
    ],
)  # fmt: skip
def test_preference_that_cannot_be_is_refused(content: Json, hand: Hand) -> None:
    status, told = hand.ask("POST", "/checkout/preferences", content)
    assert (status, told["error"]) == (400, "bad_request")


@pytest.mark.parametrize("body", ["[]", "{", '"x"'])
def test_body_that_is_no_object_is_refused(body: str, sandbox: MercadoPagoSandbox) -> None:
    headers = {"Authorization": "Bearer TEST-1"}
    status, _, _ = sandbox.request("POST", "/checkout/preferences", body, **headers)
    assert status == 400


def test_preference_is_made_as_often_as_it_is_asked_for(client: Client, hand: Hand) -> None:
    key = str(uuid.uuid4())
    content = {"items": [an_item()], "external_reference": "pay_1"}
    for _ in range(2):
        assert hand.ask("POST", "/checkout/preferences", content, x_idempotency_key=key)[0] == 201
    found = client.preferences_of("pay_1")
    assert len(found) == len({one["id"] for one in found}) == 2
    assert client.preferences_of("pay_2") == []


def test_preference_is_paid_any_number_of_times(
    sandbox: MercadoPagoSandbox, client: Client, preference: Json
) -> None:
    for _ in range(3):
        sandbox.control.pay(preference["id"])
    found = client.payments(external_reference="pay_1")
    assert [one["status"] for one in found] == ["approved"] * 3
    assert found[0]["transaction_amount"] == 50


# Payments


@pytest.mark.parametrize(
    ("method", "state"),
    [("visa", "approved"), ("poor", "rejected"), ("review", "in_process"), ("slip", "pending")],
)
def test_way_to_pay_decides_the_state(
    method: str, state: str, sandbox: MercadoPagoSandbox, client: Client, preference: Json
) -> None:
    number = sandbox.control.pay(preference["id"], method)["id"]
    payment = client.payment(str(number)) or {}
    assert payment["status"] == state
    assert bool(payment["date_approved"]) == (state == "approved")
    assert [one["type"] for one in sandbox.events()] == ["payment.created"]


def test_slip_ends_by_itself(sandbox: MercadoPagoSandbox, preference: Json) -> None:
    number = sandbox.control.pay(preference["id"], "slip")["id"]
    sandbox.advance(days=3)
    payment = sandbox.payments()[0]
    assert (payment["status"], payment["status_detail"]) == ("cancelled", "expired")
    assert sandbox.request("POST", f"/slips/{number}")[0] == 422


def test_review_comes_to_its_end(sandbox: MercadoPagoSandbox, preference: Json) -> None:
    sandbox.control.pay(preference["id"], "review")
    assert sandbox.advance(days=1) == 1
    payment = sandbox.payments()[0]
    assert payment["status"] == "approved"
    assert payment["date_approved"] == "2026-01-31T14:00:00.000-04:00"


def test_only_what_waits_can_be_cancelled(
    sandbox: MercadoPagoSandbox, client: Client, preference: Json
) -> None:
    slip = sandbox.control.pay(preference["id"], "slip")["id"]
    client.cancel_payment(str(slip))
    paid = sandbox.control.pay(preference["id"])["id"]
    with pytest.raises(GatewayRefused):
        client.cancel_payment(str(paid))
    assert [one["status"] for one in sandbox.payments()] == ["cancelled", "approved"]


def test_list_goes_by_time_and_state(
    sandbox: MercadoPagoSandbox, client: Client, preference: Json
) -> None:
    numbers = []
    for method in ("visa", "slip", "poor"):
        numbers.append(sandbox.control.pay(preference["id"], method)["id"])
        sandbox.advance(hours=1)

    def listed(**filters: Any) -> list[int]:
        return [numbers.index(one["id"]) for one in client.payments(**filters)]

    assert listed() == [0, 1, 2]
    assert listed(criteria="desc") == [2, 1, 0]
    assert listed(status="pending") == [1]
    assert listed(limit=1, offset=1) == [1]
    begin = (START + timedelta(hours=1)).isoformat()
    assert listed(range="date_created", begin_date=begin) == [1, 2]
    assert listed(range="date_created", end_date=begin) == [0, 1]
    sandbox.pay_slip(numbers[1])
    touched = {"range": "date_last_updated", "sort": "date_last_updated"}
    assert listed(**touched, begin_date=begin) == [2, 1]
    with pytest.raises(GatewayRefused):
        listed(range="date_of_birth")
    with pytest.raises(GatewayRefused):
        listed(offset=10_000)


# Refunds and chargebacks


def test_refunds_add_up(sandbox: MercadoPagoSandbox, client: Client, preference: Json) -> None:
    number = str(sandbox.control.pay(preference["id"])["id"])
    made = client.refund(number, 20.25, "first")
    assert (made["amount"], made["status"]) == (Decimal("20.25"), "approved")
    payment = sandbox.payments()[0]
    assert (payment["status"], payment["status_detail"]) == ("approved", "partially_refunded")
    with pytest.raises(GatewayRefused):
        client.refund(number, 29.76, "too much")
    client.refund(number, 29.75, "rest")
    payment = sandbox.payments()[0]
    assert (payment["status"], payment["transaction_amount_refunded"]) == ("refunded", 50)
    assert [one["amount"] for one in client.refunds(number)] == [Decimal("20.25"), Decimal("29.75")]
    with pytest.raises(GatewayRefused):
        client.refund(number, 1, "more")


def test_same_key_is_the_same_refund_for_a_day(
    sandbox: MercadoPagoSandbox, client: Client, preference: Json
) -> None:
    number = str(sandbox.control.pay(preference["id"])["id"])
    first = client.refund(number, 10, "key")
    assert client.refund(number, 10, "key") == first
    with pytest.raises(GatewayUnavailable):
        client.refund(number, 11, "key")
    sandbox.advance(days=1)
    assert client.refund(number, 10, "key")["id"] != first["id"]


def test_refund_is_read_by_its_number(
    sandbox: MercadoPagoSandbox, client: Client, hand: Hand, preference: Json
) -> None:
    number = sandbox.control.pay(preference["id"])["id"]
    made = sandbox.refund(number)
    assert hand.ask("GET", f"/v1/payments/{number}/refunds/{made['id']}") == (200, made)
    assert hand.ask("GET", f"/v1/payments/1/refunds/{made['id']}")[0] == 404


@pytest.mark.parametrize(("status", "detail"), [("won", "reimbursed"), ("lost", "settled")])
def test_chargeback_has_its_end(
    status: str, detail: str, sandbox: MercadoPagoSandbox, client: Client, preference: Json
) -> None:
    number = sandbox.control.pay(preference["id"])["id"]
    key = sandbox.chargeback(number)["id"]
    found = client.chargeback(key) or {}
    assert found["payments"] == [{"id": number}]
    assert sandbox.payments()[0]["status_detail"] == "in_process"
    sandbox.close_chargeback(key, status)
    payment = sandbox.payments()[0]
    assert (payment["status"], payment["status_detail"]) == ("charged_back", detail)
    assert [one["type"] for one in sandbox.events()][-2:] == ["payment.updated", "chargebacks"]
    with pytest.raises(ValueError, match="won or lost"):
        sandbox.close_chargeback(key, "perhaps")


# Time, state, where it runs


def test_answers_carry_the_sandboxes_time(client: Client, preference: Json) -> None:
    assert client.preference(preference["id"])[1] == START


def test_state_outlives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with MercadoPagoSandbox(START, state=file) as sandbox:
        made = Client("TEST-1", sandbox.url).make_preference({"items": [an_item()]})
        number = sandbox.control.pay(made["id"])["id"]
        Client("TEST-1", sandbox.url).refund(str(number), 10, "key")
    with MercadoPagoSandbox(START, state=file) as sandbox:
        assert sandbox.payments()[0]["id"] == number
        assert len(sandbox.pending_events()) == 2
        Client("TEST-1", sandbox.url).refund(str(number), 10, "key")
        assert sandbox.payments()[0]["transaction_amount_refunded"] == 10


def test_contract_is_the_published_one_where_it_is_there() -> None:
    known = contract()
    if known is None:
        pytest.skip("NO CONTRACTS: Mercado Pago's specification is not there.")
    assert known.operation("GET", "/v1/payments/search")["operationId"] == "searchPayments"  # type: ignore[index]
    assert known.operation("GET", "/v1/payments/7")["operationId"] == "getPayment"  # type: ignore[index]
