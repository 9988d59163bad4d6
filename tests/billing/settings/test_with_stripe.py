"""Stripe's settings against its double, through the official SDK: good key, wrong key, down, a changed secret."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from billing.gateways.base import NotGenuine
from billing.models import GatewaySettings
from billing.services import gateways
from billing.services.setup.gateway_settings import GatewayChange, save_gateway, test_gateway
from saas.core.errors import Sentence
from sandbox.stripe.testing import StripeSandbox
from tests.billing.settings.pages import post, words

test_gateway.__test__ = False  # type: ignore[attr-defined] - a door, not a test
PAGE = "/console/settings/payments/stripe/"
NOW = datetime(2026, 12, 3, 9, 14, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def double(settings: Any) -> Iterator[StripeSandbox]:
    with StripeSandbox(now=NOW) as sandbox:
        settings.STRIPE_SANDBOX_URL = sandbox.url
        yield sandbox


def stored() -> tuple[bool, str]:
    row = GatewaySettings.objects.get(gateway="stripe")
    return row.test_passed, row.test_result


def test_double_of_the_demo_answers_without_any_keys(double: StripeSandbox) -> None:
    tested = test_gateway("stripe", now=NOW)
    assert tested.passed
    assert tested.text == f"Connected to {double.world.settings.business}."
    assert stored() == (True, tested.text)


@pytest.mark.req(91)
def test_entered_key_is_the_one_that_is_tried(
    double: StripeSandbox, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Stripe itself would be asked, the double is: nothing else in the way is changed."""
    monkeypatch.setattr("stripe._stripe_client.DEFAULT_API_BASE", double.url)
    key = "sk_test_51MzEnteredByHand0042"
    assert post(desk, PAGE, test_secret_key=key).status_code == 302
    assert gateways.environment_of("stripe") == "test"
    told = words(desk.post(f"{PAGE}test/", follow=True))
    assert f"Connected to {double.world.settings.business}." in told
    assert "ends in …0042" in told
    assert stored()[0]


def test_wrong_key_is_said_in_one_sentence(
    double: StripeSandbox, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(gateways.SANDBOX_SECRETS, "secret_key", "sk_not_one_of_stripes")
    told = words(desk.post(f"{PAGE}test/", follow=True))
    assert "Stripe refused: The key is wrong, or was withdrawn." in told
    assert "sk_not_one_of_stripes" not in told
    assert not stored()[0]


@pytest.mark.parametrize("fault", ["500", "connection"])
def test_stripe_that_is_down_is_said_in_one_sentence(
    double: StripeSandbox, desk: Client, fault: str
) -> None:
    double.fault(fault, times=5)
    response = desk.post(f"{PAGE}test/", follow=True)
    assert response.status_code == 200
    assert "Stripe does not answer:" in words(response)
    assert stored()[0] is False
    assert "Test failed" in words(desk.get("/console/settings/payments/"))


def test_stripe_that_is_not_there_at_all(desk: Client, settings: Any) -> None:
    settings.STRIPE_SANDBOX_URL = "http://localhost:9"
    assert "Stripe does not answer:" in words(desk.post(f"{PAGE}test/", follow=True))


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("test_secret_key", "pk_test_123", "it must begin with sk_test_ or rk_test_."),
        ("test_secret_key", "whsec_123", "it must begin with sk_test_ or rk_test_."),
        (
            "test_secret_key",
            "sk_live_123",
            "This is a live key. One of test mode begins with sk_test_ or rk_test_.",
        ),
        (
            "live_secret_key",
            "sk_test_123",
            "This is a test key. A live one begins with sk_live_ or rk_live_.",
        ),
        ("live_webhook_secret", "sk_live_123", "it must begin with whsec_."),
    ],
)
@pytest.mark.usefixtures("real")
def test_stripes_prefixes_are_named(
    desk: Client, field: str, typed: str, sentence: Sentence
) -> None:
    response = post(desk, PAGE, **{"live_secret_key": "sk_live_1", field: typed})
    assert response.status_code == 422
    assert sentence in response.content.decode()


@pytest.mark.parametrize("typed", ["sk_test_51Mz0042", "rk_test_51Mz0042"])
def test_secret_and_restricted_keys_are_taken(desk: Client, typed: str) -> None:
    assert post(desk, PAGE, test_secret_key=f"  {typed}\n").status_code == 302
    row = GatewaySettings.objects.get(gateway="stripe")
    assert gateways.secrets_of(row, "test")["secret_key"] == typed


def signed(secret: str, at: datetime) -> tuple[bytes, dict[str, str]]:
    body, stamp = b'{"id": "evt_1", "object": "event", "livemode": false}', int(at.timestamp())
    mark = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {"Stripe-Signature": f"t={stamp},v1={mark}"}


def test_rotated_secret_is_heard_for_a_day_and_not_longer() -> None:
    def enter(secret: str, now: datetime) -> None:
        keys = {"test": {"secret_key": "sk_test_51Mz0042", "webhook_secret": secret}}
        save_gateway("stripe", GatewayChange(True, frozenset({"plan"}), keys), now=now)

    def is_heard(secret: str, now: datetime) -> bool:
        gateway: Any = gateways.connect("stripe", "plan")
        try:
            return bool(gateway.verify(*signed(secret, now), now).event_id)
        except NotGenuine:
            return False

    enter("whsec_first", NOW)
    assert is_heard("whsec_first", NOW)
    enter("whsec_second", NOW)
    day, second = timedelta(hours=24), timedelta(seconds=1)
    assert [is_heard("whsec_first", NOW + after) for after in (second, day - second, day)] == [
        True,
        True,
        False,
    ]
    assert [is_heard("whsec_second", NOW + after) for after in (second, day - second, day)] == [
        True
    ] * 3
    assert not is_heard("whsec_third", NOW)
