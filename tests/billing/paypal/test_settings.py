"""PayPal in Settings → Payments and in the inbox: the same pages and doors as for everybody else."""

from collections.abc import Callable

import pytest
from django.conf import settings as project
from django.test import Client

from billing.gateways.paypal import client
from billing.models import GatewaySettings, Outcome, Payment, WebhookEvent
from billing.services import gateways
from billing.services.inbox import hearing
from tenants.models import Tenant, User
from tests.billing.inbox.shop import work
from tests.billing.paypal.shop import Shop
from tests.billing.recurring.street import SIGNED
from tests.billing.settings.pages import post, words
from tests.conftest import make_client

LIST = "/console/settings/payments/"
PAGE = f"{LIST}paypal/"
KEYS = {"test_client_id": "AYSq3RDGsmBLJE", "test_secret_key": "EGnHDxD_qRPdaLdZz8iCr8N7_MzF"}


@pytest.fixture
def desk(client_for: Callable[..., Client], olivia: User) -> Client:
    return client_for(olivia)


@pytest.mark.req(93)
def test_paypal_stands_beside_the_other_gateways(shop: Shop, desk: Client) -> None:
    told = words(desk.get(LIST))
    assert "PayPal Sandbox of the demo The demo plays PayPal: no keys are needed" in told
    page = words(desk.post(f"{PAGE}test/", follow=True))
    assert "Connected to Sandbox." in page
    assert "/webhooks/paypal/" in page


@pytest.mark.req(93)
def test_keys_are_entered_tried_and_never_shown(
    shop: Shop, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(client.ADDRESSES, "test", shop.sandbox.url)
    shop.sandbox.world.accounts[KEYS["test_client_id"]] = KEYS["test_secret_key"]
    assert post(desk, PAGE, **KEYS).status_code == 302
    assert gateways.environment_of("paypal") == "test"
    page = desk.post(f"{PAGE}test/", follow=True)
    assert "Connected to Sandbox." in words(page)
    assert "Webhook missing" in words(desk.get(LIST))
    for secret in KEYS.values():
        assert secret not in page.content.decode()
    stored = GatewaySettings.objects.get(gateway="paypal")
    assert KEYS["test_secret_key"] not in str(stored.secrets)


def test_wrong_keys_are_said_in_one_sentence(
    shop: Shop, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(client.ADDRESSES, "test", shop.sandbox.url)
    assert post(desk, PAGE, **KEYS).status_code == 302
    told = words(desk.post(f"{PAGE}test/", follow=True))
    assert "PayPal refused: The keys are wrong, or were withdrawn." in told
    assert KEYS["test_secret_key"] not in told


def test_half_of_the_keys_is_not_stored(shop: Shop, desk: Client) -> None:
    response = post(desk, PAGE, test_client_id="AYSq3RDGsmBLJE")
    assert response.status_code == 422
    assert not GatewaySettings.objects.exclude(secrets="").exists()


def deliver(shop: Shop) -> list[int]:
    hearing.forget()
    browser, statuses = make_client(project.PLATFORM_HOST), []

    def receive(_url: str, body: bytes, headers: dict[str, str]) -> int:
        marks = {k: v for k, v in headers.items() if k.lower().startswith(SIGNED)}
        answer = browser.post(
            "/webhooks/paypal/", body, content_type="application/json", headers=marks
        )
        statuses.append(answer.status_code)
        return answer.status_code

    shop.sandbox.deliver(receive)
    return statuses


def test_notifications_go_through_the_same_inbox(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    shop.sandbox.fault("duplicate", times=9)
    assert set(deliver(shop)) == {200}
    assert WebhookEvent.objects.get().kind == "CHECKOUT.ORDER.APPROVED"
    work(shop.now)
    assert set(deliver(shop)) == {200}
    work(shop.now)
    assert set(WebhookEvent.objects.values_list("outcome", flat=True)) == {Outcome.DONE}
    assert Payment.objects.get().fulfilled_at


def test_forged_notification_is_refused_and_stored_nowhere(shop: Shop) -> None:
    hearing.forget()
    shop.sandbox.world.emit("CHECKOUT.ORDER.APPROVED", {"id": "X"})
    event = shop.sandbox.events()[0]["id"]
    body, headers = shop.sandbox.parcel(event)
    marks = {k: v for k, v in headers.items() if k.lower().startswith(SIGNED)}
    browser = make_client(project.PLATFORM_HOST)
    answer = browser.post(
        "/webhooks/paypal/", body + b" ", content_type="application/json", headers=marks
    )
    assert (answer.status_code, answer.content) == (400, b"bad signature")
    assert not WebhookEvent.objects.exists()


def test_keys_are_in_no_picture_of_a_gateway(shop: Shop) -> None:
    for thing in (shop.gateway, shop.gateway._client):  # type: ignore[attr-defined]
        assert "sk_test" not in repr(thing)


def test_tenants_words_speak_of_paypal(
    shop: Shop, on_free: Tenant, ana: User, client_for: Callable[..., Client]
) -> None:
    page = words(client_for(ana, on_free).get("/panel/billing/funds/"))
    assert "PayPal On PayPal’s page" in page
