"""The address that a company tells the business at: signed, believed only as a hint, answered for a machine."""

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from django.test import Client

from booking.models import PaymentAccount, Status
from sandbox.stripe.webhooks import signature
from tests.booking.deposits.conftest import desk_of
from tests.booking.deposits.desk import DEPOSIT, Desk


def hook(customer: Client, desk: Desk) -> Callable[[str, bytes, Any], int]:
    """Delivers as the company does, to the business's own address."""

    def post(url: str, body: bytes, headers: Any) -> int:
        query = url.partition("?")[2]
        path = f"/pay/{desk.key}/hook/" + (f"?{query}" if query else "")
        answer = customer.generic(
            "POST", path, body, content_type="application/json", headers=dict(headers)
        )
        return answer.status_code

    return post


def test_news_alone_confirms_the_appointment(desk: Desk, customer: Client) -> None:
    payment = desk.begin(desk.book())
    desk.till.pay(payment.pay_url)
    desk.till.sandbox.deliver(hook(customer, desk))
    assert desk.row(payment).status == Status.APPROVED
    assert desk.money_there == [(DEPOSIT, 0)]


def test_refund_made_at_the_company_is_heard_of(desk: Desk, customer: Client) -> None:
    payment = desk.paid()
    desk.till.refund(payment.charge_id, 400)
    desk.till.sandbox.deliver(hook(customer, desk))
    assert desk.money_there == [(DEPOSIT, 400)]
    assert [one.reason for one in desk.refunds] == ["elsewhere"]
    desk.till.sandbox.deliver(hook(customer, desk))
    assert desk.money_there == [(DEPOSIT, 400)]


def test_nothing_unsigned_is_believed(card_desk: Desk, customer: Client) -> None:
    payment = card_desk.begin(card_desk.book())
    card_desk.till.pay(payment.pay_url)
    said: list[int] = []

    def forge(url: str, body: bytes, headers: Any) -> int:
        mark = {"Stripe-Signature": signature(body, ["whsec_of_somebody"], 1)}
        said.append(hook(customer, card_desk)(url, body, headers | mark))
        return 200

    card_desk.till.sandbox.deliver(forge)
    assert set(said) == {400}
    assert card_desk.payment(payment).status == "pending"
    assert customer.get("/pay/stripe/hook/").status_code == 405
    assert customer.post("/pay/paypal/hook/").status_code == 404
    assert customer.post("/pay/nobody/hook/").status_code == 404


def test_company_that_does_not_answer_is_to_tell_again(card_desk: Desk, customer: Client) -> None:
    payment = card_desk.begin(card_desk.book())
    card_desk.till.pay(payment.pay_url)
    card_desk.till.sandbox.fault("connection", times=200)
    outcome = card_desk.till.sandbox.deliver(hook(customer, card_desk))
    assert outcome.failed
    card_desk.till.sandbox.plan.clear()
    card_desk.till.sandbox.deliver(hook(customer, card_desk))
    assert card_desk.payment(payment).status == "paid"


def test_account_that_is_switched_off_is_still_heard(card_desk: Desk, customer: Client) -> None:
    payment = card_desk.begin(card_desk.book())
    card_desk.till.pay(payment.pay_url)
    card_desk.shop.change(card_desk.shop.all(PaymentAccount)[0], is_enabled=False)
    card_desk.till.sandbox.deliver(hook(customer, card_desk))
    assert card_desk.payment(payment).status == "paid"


def test_preference_names_the_business_and_not_the_platform(settings: Any, aurora: Any) -> None:
    """Mercado Pago is told with each order where to send its news."""
    with contextmanager(desk_of)("mercadopago", aurora, settings) as desk:
        desk.begin(desk.book())
        made = desk.till.sandbox.world.store.all("preference")[0]
        assert made["notification_url"] == aurora.url("/pay/mercadopago/hook/?source_news=webhooks")
