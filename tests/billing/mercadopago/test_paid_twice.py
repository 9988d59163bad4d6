"""Money that comes a second time for what was paid: never lost, never carried out, easy to give back."""

import pytest

from billing import ledger
from billing.models import Payment, Status
from billing.services import refunding, resolving
from billing.services.reconciliation.findings import TAKE_IN
from billing.services.reconciliation.reconciling import keep, put_right, reconcile
from billing.services.refunding import Wish
from tenants.models import Tenant, User
from tests.billing.mercadopago.shop import Shop

TWICE = "Funds was paid before, and once more now. Give this back."


@pytest.fixture
def paid(shop: Shop, on_free: Tenant, ana: User) -> Payment:
    """Funds that were paid, and heard of."""
    payment = shop.funds(on_free, ana, 5000)
    shop.pay(payment.pay_url)
    shop.hear()
    payment.refresh_from_db()
    return payment


def second_of(first: Payment) -> Payment:
    return Payment.objects.filter(tenant=first.tenant).exclude(pk=first.pk).get()


def balance_of(tenant: Tenant) -> int:
    return ledger.balance_of(tenant).balance


def test_second_payment_waits_for_somebody_to_look(shop: Shop, paid: Payment) -> None:
    shop.pay(paid.pay_url)
    assert TWICE in shop.hear()
    second = second_of(paid)
    assert second.charge_id == str(shop.at("payment")[1]["id"])
    assert (second.status, second.amount, second.problem) == (Status.PAID, 5000, TWICE)
    assert second.fulfilled_at is None
    assert second in Payment.objects.to_look_at()
    paid.refresh_from_db()
    assert paid.problem == ""


def test_it_is_written_down_once_however_often_it_is_told(shop: Shop, paid: Payment) -> None:
    shop.pay(paid.pay_url)
    shop.hear()
    for event in shop.sandbox.events():
        shop.sandbox.redeliver(event["id"])
    assert set(shop.hear()) == {"It was settled before."}
    assert Payment.objects.filter(tenant=paid.tenant).count() == 2


def test_both_that_come_before_we_hear_of_any(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.pay(payment.pay_url)
    shop.sandbox.advance(minutes=1)
    shop.pay(payment.pay_url)
    shop.hear()
    payment.refresh_from_db()
    made = sorted(shop.at("payment"), key=lambda one: str(one["date_created"]))
    first, again = (str(one["id"]) for one in made)
    assert payment.charge_id == first
    assert second_of(payment).charge_id == again


def test_slip_that_is_paid_after_a_card(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    number = shop.sandbox.slip(payment.pay_url)
    shop.pay(payment.pay_url)
    shop.sandbox.advance(days=1)
    shop.sandbox.pay_slip(number)
    shop.hear()
    payment.refresh_from_db()
    assert payment.paid_with == "Visa 4242"
    assert second_of(payment).charge_id == str(number)


def test_it_is_given_back_by_the_same_door(shop: Shop, paid: Payment, olivia: User) -> None:
    shop.pay(paid.pay_url)
    shop.hear()
    second = second_of(paid)
    refunding.refund_payment(second, Wish(5000, "Paid twice", 0, olivia), now=shop.now)
    second.refresh_from_db()
    assert second.status == Status.REFUNDED
    assert [one["status"] for one in shop.at("payment")] == ["approved", "refunded"]
    assert balance_of(paid.tenant) == 5000
    paid.refresh_from_db()
    assert paid.refunded == 0
    shop.hear()
    assert second.refunds.count() == 1


def test_refund_of_the_first_leaves_the_second(shop: Shop, paid: Payment) -> None:
    """Somebody gave the other one back in Mercado Pago's console."""
    shop.pay(paid.pay_url)
    shop.hear()
    shop.refund(paid.charge_id)
    shop.hear()
    paid.refresh_from_db()
    second = second_of(paid)
    assert (paid.status, second.status) == (Status.REFUNDED, Status.PAID)
    assert balance_of(paid.tenant) == 0


def test_reconciliation_finds_it_and_takes_it_in(shop: Shop, paid: Payment, olivia: User) -> None:
    shop.pay(paid.pay_url)
    shop.sandbox.advance(hours=1)
    report = reconcile(shop.now)
    assert [(one.kind, one.remedy) for one in report.findings] == [("not_here", TAKE_IN)]
    assert "which was paid by other money here" in report.findings[0].text
    assert put_right(keep(report).pk, 1, by=olivia, now=shop.now) == TWICE
    assert second_of(paid).problem == TWICE


def test_after_it_was_taken_in_both_books_agree(shop: Shop, paid: Payment, olivia: User) -> None:
    shop.pay(paid.pay_url)
    shop.hear()
    second = second_of(paid)
    refunding.refund_payment(second, Wish(5000, "Paid twice", 0, olivia), now=shop.now)
    resolving.mark_seen(second, note="Given back", by=olivia, now=shop.now)
    shop.sandbox.advance(hours=1)
    assert reconcile(shop.now).findings == []
