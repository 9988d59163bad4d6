"""Keys are nowhere but where they are used: not in reprs, errors, logs or what is stored."""

import logging
import traceback

import pytest

from billing.gateways.base import GatewayRefused, GatewayUnavailable
from billing.gateways.stripe import StripeGateway
from billing.gateways.stripe.client import client_for
from billing.models import PlanSync
from billing.services import plan_sync
from plans.models import Plan
from tests.billing.money import NOW
from tests.billing.stripe.shop import Shop

KEY = "sk_test_51Hq8aVerySecretIndeed4242"
WRONG = "rk_wrong_51Hq8aVerySecretIndeed4242"
WEBHOOK = "whsec_VerySecretIndeed"
PARTS = ("VerySecret", "4242", "51Hq8a")


def has_secret(text: str) -> bool:
    return any(part in text for part in PARTS)


def test_gateway_does_not_show_its_keys(shop: Shop) -> None:
    gateway = StripeGateway(
        "test", {"secret_key": KEY, "webhook_secret": WEBHOOK}, shop.sandbox.url
    )
    assert not has_secret(
        f"{gateway!r} {gateway} {[gateway]} {client_for(KEY, shop.sandbox.url)!r}"
    )


def test_errors_do_not_tell_of_keys(shop: Shop) -> None:
    gateway = StripeGateway("test", {"secret_key": WRONG}, shop.sandbox.url)
    away = StripeGateway("test", {"secret_key": KEY}, "http://localhost:9")
    for one in (gateway, away):
        with pytest.raises((GatewayRefused, GatewayUnavailable)) as caught:
            one.test_connection()
        error = caught.value
        told = "".join(traceback.format_exception(error))
        assert not has_secret(f"{error} {error!r} {error.detail} {told}")
        assert (error.__cause__, error.__suppress_context__) == (None, True)


def test_logs_and_rows_do_not_tell_of_keys(
    shop: Shop, plan: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = StripeGateway("sandbox", {"secret_key": WRONG}, shop.sandbox.url)
    with caplog.at_level(logging.INFO):
        plan_sync.sync_with(gateway, plan.pk, NOW)
    assert "was not sent" in caplog.text
    assert not has_secret(caplog.text)
    assert not has_secret(str(PlanSync.objects.values()))


def test_addresses_that_are_asked_are_not_in_the_log(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """They carry the e-mail of whoever pays."""
    from tests.billing.stripe.shop import an_order

    assert logging.getLogger("stripe").level == logging.WARNING
    shop.gateway.start(an_order())
    assert "ana%40aurora" not in caplog.text


def test_client_is_made_once_for_each_set_of_keys(shop: Shop) -> None:
    one = client_for(KEY, shop.sandbox.url)
    assert client_for(KEY, shop.sandbox.url) is one
    assert client_for(WRONG, shop.sandbox.url) is not one
    assert client_for(KEY, "http://localhost:9") is not one
