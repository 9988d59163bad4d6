"""Mercado Pago in Settings → Payments, by the same pages and doors as any other."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from billing.gateways.base import NotGenuine
from billing.gateways.catalogue import KINDS
from billing.gateways.mercadopago import client as mercadopago_client
from billing.models import GatewaySettings
from billing.services import gateways
from billing.services.plan_purchases import PLAN
from billing.services.setup.gateway_settings import (
    GatewayChange,
    save_gateway,
    test_gateway,
)
from billing.services.ways import there_url, ways_to_pay
from sandbox.mercadopago.testing import MercadoPagoSandbox
from tenants.models import Tenant, User
from tests.billing.mercadopago.shop import PATH, Shop, a_notification, signed
from tests.billing.money import NOW
from tests.billing.settings.pages import post, words

test_gateway.__test__ = False  # type: ignore[attr-defined] - a door, not a test
PAGE = "/console/settings/payments/mercadopago/"
pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def desk(client_for: Callable[..., Client], olivia: User) -> Client:
    return client_for(olivia)


@pytest.mark.req(93)
def test_it_stands_among_the_others(sandbox: MercadoPagoSandbox, desk: Client) -> None:
    page = words(desk.get("/console/settings/payments/"))
    assert "Mercado Pago" in page


def test_page_says_where_to_find_what_and_what_to_enter_there(desk: Client) -> None:
    page = words(desk.get(PAGE))
    assert "Cards, cash and bank transfers of Latin America" in page
    assert "Access token" in page
    assert "Secret signature of the webhooks" in page
    assert "Choose the events Payments and Chargebacks" in page
    assert PATH in desk.get(PAGE).content.decode()


def test_double_of_the_demo_answers_without_any_keys(sandbox: MercadoPagoSandbox) -> None:
    tested = test_gateway("mercadopago", now=NOW)
    assert (tested.passed, tested.text) == (True, "Connected to SANDBOX (MLB).")


@pytest.mark.req(91)
def test_entered_token_is_the_one_that_is_tried(
    sandbox: MercadoPagoSandbox, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Mercado Pago itself would be asked, the double is: nothing else in the way is changed."""
    monkeypatch.setattr(mercadopago_client, "API", sandbox.url)
    monkeypatch.setattr("mercadopago.config.config.Config._Config__api_base_url", sandbox.url)
    mercadopago_client.client_for.cache_clear()
    token = "TEST-7364289770550796-112509-enteredbyhand-0042"
    assert post(desk, PAGE, test_access_token=token).status_code == 302
    assert gateways.environment_of("mercadopago") == "test"
    told = words(desk.post(f"{PAGE}test/", follow=True))
    assert "Connected to SANDBOX (MLB)." in told
    assert "ends in …0042" in told
    mercadopago_client.client_for.cache_clear()


def test_wrong_token_is_said_in_one_sentence(
    sandbox: MercadoPagoSandbox, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(gateways.SANDBOX_SECRETS, "access_token", "nonsense-of-somebody")
    told = words(desk.post(f"{PAGE}test/", follow=True))
    assert "The access token is wrong, or was withdrawn." in told
    assert "nonsense-of-somebody" not in told


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("test_access_token", "sk_test_1", "it must begin with TEST-"),
        ("live_access_token", "TEST-1-2-3", "This is a test key. A live one begins with APP_USR-."),
        ("test_access_token", "APP_USR-1-2-3", "This is a live key. One of test mode begins with TEST-."),
    ],
)  # fmt: skip
def test_tokens_prefixes_are_named(
    field: str, typed: str, sentence: str, desk: Client, settings: Settings
) -> None:
    settings.DEMO = False
    response = post(desk, PAGE, **{field: typed})
    assert response.status_code == 422
    assert sentence in words(response)
    assert not GatewaySettings.objects.filter(gateway="mercadopago").exclude(secrets="").exists()


def test_demo_takes_no_live_token(desk: Client) -> None:
    assert "It takes no live keys" in words(post(desk, PAGE, test_access_token="APP_USR-1-2-3"))


def test_rotated_secret_is_heard_for_a_day_and_not_longer() -> None:
    def enter(secret: str) -> None:
        keys = {"test": {"access_token": "TEST-1-2-3", "webhook_secret": secret}}
        save_gateway("mercadopago", GatewayChange(True, frozenset({"funds"}), keys), now=NOW)

    def is_heard(secret: str, now: datetime) -> bool:
        gateway: Any = gateways.connect("mercadopago", "funds")
        stamp = int(now.timestamp() * 1000)
        try:
            return bool(gateway.verify(*signed(a_notification(), secret, stamp=stamp), now))
        except NotGenuine:
            return False

    enter("the-first-one")
    enter("the-second-one")
    almost, day = timedelta(hours=23, minutes=59), timedelta(days=1)
    assert [is_heard("the-first-one", NOW + after) for after in (almost, day)] == [True, False]
    assert is_heard("the-second-one", NOW + day)
    assert not is_heard("another", NOW)


def test_it_may_be_used_for_everything_that_is_paid(shop: Shop) -> None:
    kind = KINDS["mercadopago"]
    assert (kind.renews, kind.never_for) == (False, ())
    ways = {way.key: way for way in ways_to_pay(PLAN)}
    assert (ways["mercadopago"].company, ways["mercadopago"].renews_itself) == (
        "Mercado Pago",
        False,
    )


def test_switched_off_it_is_offered_to_nobody_and_still_heard(shop: Shop, desk: Client) -> None:
    GatewaySettings.objects.create(gateway="mercadopago", is_enabled=False)
    assert "mercadopago" not in [way.key for way in ways_to_pay("funds")]
    assert gateways.listen_to("mercadopago").present.key == "mercadopago"


@pytest.mark.parametrize(
    ("environment", "name", "url"),
    [
        ("live", "1234567890", "https://www.mercadopago.com/activities?q=1234567890"),
        ("live", "123-abc", ""),
        ("sandbox", "1234567890", ""),
    ],
)
def test_payment_is_found_in_its_own_console(environment: str, name: str, url: str) -> None:
    assert there_url("mercadopago", environment, name) == url


def test_money_pages_name_it(shop: Shop, on_free: Tenant, ana: User, desk: Client) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.pay(payment.pay_url)
    shop.hear()
    page = words(desk.get(f"/console/payments/{payment.pk}/"))
    payment.refresh_from_db()
    assert "Mercado Pago" in page
    assert payment.charge_id in page
