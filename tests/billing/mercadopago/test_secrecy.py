"""Tokens are nowhere but where they are used: not in reprs, errors, or logs."""

import logging
import traceback

import pytest

from billing.gateways.base import GatewayRefused, GatewayUnavailable
from billing.gateways.mercadopago import MercadoPagoGateway
from billing.gateways.mercadopago.client import client_for, translated
from tests.billing.mercadopago.shop import Shop
from tests.billing.till import an_order

TOKEN = "TEST-51Hq8aVerySecretIndeed-4242"
LIVE = "APP_USR-51Hq8aVerySecretIndeed-4242"
PARTS = ("VerySecret", "4242", "51Hq8a")


def has_secret(text: str) -> bool:
    return any(part in text for part in PARTS)


def test_gateway_does_not_show_its_keys(shop: Shop) -> None:
    secrets = {"access_token": TOKEN, "webhook_secret": "VerySecret"}
    gateway = MercadoPagoGateway("test", secrets, shop.sandbox.url)
    assert not has_secret(
        f"{gateway!r} {gateway} {[gateway]} {client_for(TOKEN, shop.sandbox.url)!r}"
    )


@pytest.mark.parametrize("url", ["", "http://localhost:9"])
def test_errors_do_not_tell_of_keys(url: str, shop: Shop) -> None:
    gateway = MercadoPagoGateway("test", {"access_token": LIVE}, url or shop.sandbox.url)
    with pytest.raises((GatewayRefused, GatewayUnavailable)) as caught:
        gateway.test_connection()
    error = caught.value
    told = "".join(traceback.format_exception(error))
    assert not has_secret(f"{error} {error!r} {error.detail} {told}")
    assert (error.__cause__, error.__suppress_context__) == (None, True)


def test_key_that_is_repeated_to_us_is_left_out() -> None:
    error = translated(400, {"message": f"What is {TOKEN}?", "cause": [{"description": LIVE}]})
    assert error.detail == "What is …? …"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, GatewayRefused), (401, GatewayRefused), (403, GatewayRefused), (422, GatewayRefused),
     (409, GatewayUnavailable), (423, GatewayUnavailable), (424, GatewayUnavailable),
     (429, GatewayUnavailable), (500, GatewayUnavailable), (503, GatewayUnavailable)],
)  # fmt: skip
@pytest.mark.parametrize("content", [None, [], "<html>", {}, {"cause": None}, {"cause": ["x"]}])
def test_every_answer_is_one_of_two(status: int, kind: type[Exception], content: object) -> None:
    error = translated(status, content)
    assert type(error) is kind
    assert error.detail


def test_nothing_that_is_asked_is_in_the_log(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        shop.gateway.start(an_order())
    assert "ana@aurora.example" not in caplog.text
    assert "TEST-" not in caplog.text


def test_client_is_made_once_for_each_token(shop: Shop) -> None:
    assert client_for("TEST-1", shop.sandbox.url) is client_for("TEST-1", shop.sandbox.url)
    assert client_for("TEST-1", shop.sandbox.url) is not client_for("TEST-2", shop.sandbox.url)
