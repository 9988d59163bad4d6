"""Mercado Pago's notifications over the wire: stored, answered, worked on later, whatever they are like."""

import json
import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from django.conf import settings as project
from django.http import HttpResponse
from django.test import Client

from billing.ledger import balance_of
from billing.models import Outcome, Payment, Status, WebhookEvent
from billing.services import checkout
from billing.services.inbox import working as inbox
from billing.services.inbox.working import Delivery
from saas.core import clock
from tenants.models import Tenant, User
from tests.billing.inbox.shop import work
from tests.billing.inbox.test_races import all_at_once
from tests.billing.mercadopago.shop import PATH, PLACE, Shop, a_notification, signed
from tests.billing.money import NOW
from tests.conftest import make_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def door() -> Client:
    return make_client(project.PLATFORM_HOST)


def send(door: Client, body: bytes, headers: Mapping[str, str], query: str = "") -> HttpResponse:
    return door.post(PATH + query, body, content_type="application/json", headers=dict(headers))


def deliver(shop: Shop, door: Client) -> None:
    """All that waits, to the address that the order named, with its query."""

    def take(url: str, body: bytes, headers: Mapping[str, str]) -> int:
        assert url.startswith(f"{project.PLATFORM_URL}{PATH}?source_news=webhooks&data.id=")
        return send(door, body, headers, f"?{url.partition('?')[2]}").status_code

    assert shop.sandbox.deliver(take).failed == 0


def outcomes() -> Counter[str]:
    return Counter(WebhookEvent.objects.values_list("outcome", flat=True))


def test_payment_is_carried_out_by_a_worker_and_not_in_the_request(
    shop: Shop, door: Client, on_free: Tenant, ana: User, spoken: list[str]
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.pay(payment.pay_url)
    spoken.clear()
    deliver(shop, door)
    assert spoken == []
    payment.refresh_from_db()
    assert payment.status == Status.PENDING
    stored = WebhookEvent.objects.get()
    assert (stored.gateway, stored.environment) == ("mercadopago", "sandbox")
    assert (stored.kind, stored.object_id) == ("payment.created", str(shop.at("payment")[0]["id"]))
    work()
    payment.refresh_from_db()
    assert (payment.status, balance_of(on_free).balance) == (Status.PAID, 5000)
    assert outcomes() == {Outcome.DONE: 1}


def test_notification_before_the_payer_is_back(
    shop: Shop, door: Client, on_free: Tenant, ana: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.pay(payment.pay_url)
    deliver(shop, door)
    work()
    assert checkout.look(payment, now=NOW).fulfilled_at
    assert balance_of(on_free).balance == 5000


def test_payer_back_before_the_notification(
    shop: Shop, door: Client, on_free: Tenant, ana: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.pay(payment.pay_url)
    assert checkout.look(payment, now=NOW).fulfilled_at
    deliver(shop, door)
    work()
    assert balance_of(on_free).balance == 5000
    assert WebhookEvent.objects.get().detail == "It was settled before."


def test_same_notification_again_is_one_row(shop: Shop, door: Client) -> None:
    """Each attempt has a number and a signature of its own."""
    for _ in range(3):
        assert send(door, *signed(a_notification(77))).status_code == 200
    assert WebhookEvent.objects.count() == 1


def test_two_notifications_of_one_payment_are_two_rows_and_one_effect(
    shop: Shop, door: Client, on_free: Tenant, ana: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    number = shop.pay_somehow(payment, "visa")
    for name in (1, 2):
        assert send(door, *signed(a_notification(number, name))).status_code == 200
    work()
    assert outcomes() == {Outcome.DONE: 2}
    assert balance_of(on_free).balance == 5000


def test_late_news_of_an_older_state_changes_nothing(
    shop: Shop, door: Client, on_free: Tenant, ana: User
) -> None:
    """Two hours late, and saying “created”: the payment has been paid and given back since."""
    payment = shop.funds(on_free, ana, 5000)
    number = shop.pay_somehow(payment, "visa")
    shop.hear()
    shop.refund(number)
    shop.hear()
    stamp = int((clock.true_now().timestamp() - 2 * 3600) * 1000)
    content = a_notification(number, 9, action="payment.created", status="pending")
    assert send(door, *signed(content, stamp=stamp)).status_code == 200
    work()
    payment.refresh_from_db()
    assert (payment.status, balance_of(on_free).balance) == (Status.REFUNDED, 0)


@pytest.mark.parametrize(
    "kind", ["unknown id", "another application", "another topic", "no number"]
)
def test_what_is_not_ours_is_ignored(kind: str, shop: Shop, door: Client) -> None:
    content: dict[str, Any] = a_notification("424242")
    if kind == "another application":
        preference = shop.sandbox.world.store.all("preference")
        assert preference == []
        content["application_id"] = 666
    elif kind == "another topic":
        content |= {"type": "merchant_order", "action": "order.updated"}
    elif kind == "no number":
        content["data"]["id"] = "../v1/payments"
    assert send(door, *signed(content)).status_code == 200
    work()
    assert outcomes() == {Outcome.IGNORED: 1}
    assert not Payment.objects.exists()


def test_payment_of_another_application_on_the_account_is_ignored(
    shop: Shop, door: Client, on_free: Tenant, ana: User
) -> None:
    """It was never ordered here, though it carries a reference like ours."""
    payment = shop.funds(on_free, ana, 5000)
    number = shop.pay_somehow(payment, "visa")
    Payment.objects.all().delete()
    send(door, *signed(a_notification(number)))
    work()
    assert outcomes() == {Outcome.IGNORED: 1}


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda body, headers: (body, {}), b"no signature"),
        (
            lambda body, headers: (body, {**headers, "x-request-id": str(uuid.uuid4())}),
            b"bad signature",
        ),
        (lambda body, headers: (b"{}", headers), b"bad signature"),
        (lambda body, headers: (b"<xml>", headers), b"not json"),
        (lambda body, headers: signed(a_notification(), "another"), b"bad signature"),
        (lambda body, headers: signed(a_notification(), stamp=4_000_000_000), b"from the future"),
        (lambda body, headers: signed(a_notification(), stamp=1_600_000_000_000), b"too old"),
    ],
)
def test_refused_is_answered_in_a_few_words_and_stored_nowhere(
    spoil: Any, reason: bytes, shop: Shop, door: Client
) -> None:
    response = send(door, *spoil(*signed(a_notification())))
    assert (response.status_code, response.content) == (400, reason)
    assert not WebhookEvent.objects.exists()


def test_address_of_the_request_cannot_be_faked_by_a_header(shop: Shop, door: Client) -> None:
    content = a_notification("1")
    body, headers = signed(content, about="2")
    headers[":path"] = f"{PATH}?data.id=2"
    assert send(door, body, headers).status_code == 400


def test_id_may_stand_in_the_address_alone(shop: Shop, door: Client) -> None:
    body, headers = signed(a_notification("ABC"), about="abc")
    content = json.loads(body)
    del content["data"]
    response = send(door, json.dumps(content).encode(), headers, "?data.id=ABC&type=payment")
    assert response.status_code == 200
    assert WebhookEvent.objects.get().object_id == "ABC"


def test_company_that_is_away_is_asked_again_later(
    shop: Shop, door: Client, on_free: Tenant, ana: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.pay(payment.pay_url)
    deliver(shop, door)
    shop.sandbox.fault("500", times=9)
    work()
    waiting = WebhookEvent.objects.get()
    assert (waiting.outcome, waiting.attempts) == (Outcome.WAITING, 1)
    assert waiting.detail.startswith("Mercado Pago: ")
    shop.sandbox.plan.clear()
    work(waiting.due_at)
    assert balance_of(on_free).balance == 5000


@pytest.mark.race
@pytest.mark.django_db(transaction=True, available_apps=project.INSTALLED_APPS)
def test_twenty_deliveries_at_once_are_one_row_and_one_effect(
    shop: Shop, aurora: Tenant, ana: User
) -> None:
    """Within a millisecond of each other; and the payer is back at the same moment."""
    payment = shop.funds(aurora, ana, 5000)
    number = shop.pay_somehow(payment, "visa")

    def arrive() -> bool:
        body, headers = signed(a_notification(number))
        return inbox.accept(Delivery("mercadopago", body, headers, clock.true_now()), now=NOW)

    assert all_at_once(*[arrive] * 20) == {"True": 1, "False": 19}
    assert WebhookEvent.objects.filter(**PLACE).count() == 1

    def look() -> str:
        checkout.look(Payment.objects.get(pk=payment.pk), now=NOW)
        return "done"

    def take_up() -> str:
        work(at_most=1)
        return "done"

    assert all_at_once(*[look, take_up] * 3) == {"done": 6}
    assert balance_of(aurora).balance == 5000
    assert Payment.objects.get().fulfilled_at
