"""From “Book” to the company's page and back."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from booking.models import DepositState, PaymentAccount, Status
from booking.private_link import path_of
from booking.services.deposits.paying import NotPayable
from tests.booking.deposits.desk import DEPOSIT, Desk
from tests.booking.pages import words


def go(customer: Client, url: str) -> str:
    """The page at `url` after all redirects, in words."""
    parts = urlsplit(url)
    return words(customer.get(f"{parts.path}?{parts.query}", follow=True))


def test_customer_books_pays_and_is_confirmed(desk: Desk, customer: Client) -> None:
    answer = desk.shop.details(customer)
    row = desk.shop.booked[0]
    assert row.status == Status.PENDING
    assert row.held_until is not None
    payment = desk.payments[0]
    assert (payment.amount, payment.currency, payment.status) == (DEPOSIT, "USD", "pending")
    assert payment.reference.startswith("dep_")
    assert f"0;url={payment.pay_url}" in words(answer)
    sent_to = desk.till.pay(payment.pay_url)
    assert sent_to.startswith(desk.shop.tenant.url(path_of(desk.shop.tenant, row.pk)))
    page = go(customer, sent_to)
    assert "You are booked" in page
    assert "Your deposit of $10.00 has arrived" in page
    assert "Deposit, received" in page
    row, payment = desk.row(row), desk.payment(payment)
    assert (row.status, row.deposit_paid_at) == (Status.APPROVED, payment.paid_at)
    assert (payment.status, payment.received, payment.fulfilled_at is not None) == (
        "paid", DEPOSIT, True,
    )  # fmt: skip
    assert payment.paid_with


def test_whoever_leaves_the_page_may_pay_again_on_the_same_one(
    desk: Desk, customer: Client
) -> None:
    desk.shop.details(customer)
    row, first = desk.shop.booked[0], desk.payments[0]
    path = path_of(desk.shop.tenant, row.pk)
    page = words(customer.get(f"{path}pay/?left=1"))
    assert "You have not paid yet. Nothing was charged." in page
    assert "Your time is kept until" in page
    answer = words(customer.post(f"{path}pay/", {"gateway": desk.key}))
    assert f"0;url={first.pay_url}" in answer
    assert len(desk.payments) == 1
    assert "Pay the deposit" in words(customer.get(path))


def test_declined_card_is_no_payment(desk: Desk) -> None:
    payment = desk.begin(desk.book())
    desk.till.decline(payment.pay_url)
    assert desk.look(payment).status in {DepositState.PENDING, DepositState.FAILED}
    assert desk.row(payment).deposit_paid_at is None


def test_booking_that_is_confirmed_by_hand_is_paid_and_waits(
    card_desk: Desk, customer: Client
) -> None:
    card_desk.shop.rules(confirms_by_hand=True)
    payment = card_desk.paid()
    row = card_desk.row(payment)
    assert (row.status, row.deposit_paid_at) == (Status.PENDING, payment.paid_at)
    page = words(customer.get(path_of(card_desk.shop.tenant, row.pk) + "?new=1"))
    assert "Your deposit of $10.00 has arrived, and Salon Aurora will confirm" in page


def test_without_an_account_everything_is_as_before(card_desk: Desk, customer: Client) -> None:
    card_desk.shop.change(card_desk.shop.all(PaymentAccount)[0], is_enabled=False)
    answer = card_desk.shop.details(customer)
    assert answer.status_code == 302
    row = card_desk.shop.booked[0]
    assert (row.status, row.held_until, card_desk.payments) == (Status.PENDING, None, [])
    page = words(customer.get(answer.url))
    assert "as soon as the deposit of $10.00 has arrived" in page
    assert "Pay the deposit" not in page


def test_plan_without_it_lets_nobody_pay(card_desk: Desk, customer: Client) -> None:
    plan = card_desk.shop.tenant.plan
    plan.capabilities["booking_page.online_payments"] = False
    plan.save()
    assert card_desk.shop.details(customer).status_code == 302
    assert card_desk.payments == []


def test_several_companies_are_chosen_from(
    card_desk: Desk, customer: Client, settings: object
) -> None:
    settings.PAYPAL_SANDBOX_URL = "http://localhost:9"  # type: ignore[attr-defined]
    card_desk.shop.add(PaymentAccount, gateway="paypal", is_enabled=True)
    answer = card_desk.shop.details(customer)
    page = words(customer.get(answer.url))
    assert "Pay $10.00 by card" in page
    assert "Pay $10.00 with PayPal" in page
    assert card_desk.payments == []
    refused = customer.post(answer.url, {"gateway": "paypal"})
    assert refused.status_code == 503
    assert "PayPal cannot be reached at present" in words(refused)
    chosen = words(customer.post(answer.url, {"gateway": "stripe"}))
    assert "Going on to Stripe" in chosen
    assert [(one.gateway, one.status) for one in card_desk.payments] == [
        ("paypal", "failed"), ("stripe", "pending"),
    ]  # fmt: skip


def test_nobody_pays_for_a_time_that_is_held_no_longer(card_desk: Desk) -> None:
    row = card_desk.book()
    with pytest.raises(NotPayable):
        card_desk.begin(row, now=card_desk.now + timedelta(minutes=30))
    assert card_desk.payments == []


def test_amount_that_the_company_does_not_take_is_said(card_desk: Desk, customer: Client) -> None:
    card_desk.shop.change(card_desk.shop.cut, deposit=1, price=500)  # 1% of $5: too little for it
    answer = card_desk.shop.details(customer)
    assert answer.status_code == 409
    assert "Stripe does not accept this payment" in words(answer)
    assert [one.status for one in card_desk.payments] == ["failed"]


def test_no_customer_is_made_of_whoever_pays_a_deposit(card_desk: Desk) -> None:
    card_desk.paid()
    assert card_desk.till.sandbox.world.store.all("customer") == []
    session = card_desk.till.sandbox.world.store.all("checkout.session")[0]
    assert session["customer_email"] == "helena@mail.example"
