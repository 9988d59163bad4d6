"""Payments that nobody told us about are asked about, less and less often, and given up in the end."""

from datetime import datetime, timedelta

import pytest

from billing.ledger import balance_of
from billing.models import Payment, Status
from billing.services import pending
from saas.celery import app
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.billing.stripe.shop import Shop


def waiting(now: datetime) -> list[int]:
    return pending.waiting(now, 100)


def test_payment_whose_news_was_lost_is_found(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    assert waiting(NOW + timedelta(minutes=14)) == []
    soon = NOW + timedelta(minutes=15)
    assert waiting(soon) == [payment.pk]
    pending.check(payment.pk, soon)
    payment.refresh_from_db()
    assert payment.status == Status.PAID
    assert balance_of(on_free).balance == 5000
    assert waiting(soon) == []


def test_payment_that_stays_open_is_asked_about_less_and_less_often(
    shop: Shop, on_free: Tenant, ana: User, spoken: list[str]
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    spoken.clear()
    moments = []
    for minutes in range(0, 24 * 60, 5):
        moment = NOW + timedelta(minutes=minutes)
        for pk in waiting(moment):
            pending.check(pk, moment)
            moments.append(minutes)
    assert moments[:3] == [15, 25, 40]
    assert len(moments) < 15
    payment.refresh_from_db()
    assert payment.status == Status.PENDING


def test_page_that_closed_is_a_failed_payment(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.advance(hours=25)
    pending.check(payment.pk, shop.now)
    payment.refresh_from_db()
    assert (payment.status, payment.failure) == (
        Status.FAILED,
        "It was not paid in time. Nothing was charged.",
    )


@pytest.mark.parametrize("with_page", [True, False])
def test_payment_of_days_ago_is_given_up(
    shop: Shop, on_free: Tenant, ana: User, with_page: bool
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    if not with_page:
        Payment.objects.update(external_id="", pay_url="")
    Payment.objects.update(created_at=NOW - timedelta(days=2))
    pending.check(payment.pk, NOW)
    payment.refresh_from_db()
    assert payment.status == Status.FAILED
    if with_page:
        assert shop.at("checkout.session")[0]["status"] == "expired"


def test_settled_payment_is_nothing_to_ask_about(
    shop: Shop, on_free: Tenant, ana: User, spoken: list[str]
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    shop.hear()
    spoken.clear()
    pending.check(payment.pk, NOW + timedelta(days=9))
    pending.check(999_999, NOW)
    assert waiting(NOW + timedelta(days=9)) == []
    assert spoken == []


def test_one_that_cannot_be_asked_about_keeps_no_other_waiting(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    lost, paid = shop.funds(on_free, ana, 5000), shop.funds(on_free, ana, 700)
    Payment.objects.filter(pk=lost.pk).update(gateway="not here")
    Payment.objects.update(created_at=datetime.fromtimestamp(1_700_000_000, NOW.tzinfo))
    shop.sandbox.pay(paid.pay_url)
    app.tasks["billing.tasks.gateways.check_pending"]()
    paid.refresh_from_db()
    lost.refresh_from_db()
    assert (paid.status, lost.status) == (Status.PAID, Status.PENDING)


def test_one_whose_keys_are_gone_is_given_up_like_any_other(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    lost = shop.funds(on_free, ana, 5000)
    Payment.objects.filter(pk=lost.pk).update(environment="live")
    pending.check(lost.pk, NOW + timedelta(days=3))
    lost.refresh_from_db()
    assert lost.status == Status.FAILED
