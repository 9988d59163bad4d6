"""Orders on Mercado Pago's page: what it is asked for, how an attempt stands, and what is kept of it."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as project

from billing.gateways.base import PaymentFact, PaymentState
from billing.models import Payment, Status
from billing.services import checkout, pending
from plans.models import Plan
from tenants.models import Tenant, User
from tests.billing.mercadopago.shop import Shop
from tests.billing.money import NOW
from tests.billing.till import an_order


def test_preference_says_what_is_sold(shop: Shop) -> None:
    started = shop.gateway.start(an_order(pay_until=NOW + timedelta(days=1)))
    preference = shop.at("preference")[0]
    assert (preference["id"], preference["init_point"]) == (started.external_id, started.url)
    assert preference["external_reference"] == "pay_1"
    assert preference["items"] == [
        {
            "id": "pay_1",
            "title": "Funds",
            "quantity": 1,
            "currency_id": "USD",
            "unit_price": 29,
        }
    ]
    assert preference["payer"] == {"email": "ana@aurora.example"}
    assert preference["back_urls"] == {
        "success": "http://salon-aurora.localhost/back/",
        "pending": "http://salon-aurora.localhost/back/",
        "failure": "http://salon-aurora.localhost/back/?back=1",
    }
    assert preference["notification_url"] == (
        f"{project.PLATFORM_URL}/webhooks/mercadopago/?source_news=webhooks"
    )
    assert preference["expiration_date_to"] == "2026-11-26T09:00:00.000+00:00"


def test_payer_comes_back_and_is_not_believed(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    where = urlsplit(shop.pay(payment.pay_url))
    assert where.path == f"/panel/billing/payments/{payment.reference}/"
    assert parse_qs(where.query)["status"] == ["approved"]
    payment.refresh_from_db()
    assert payment.status == Status.PENDING
    checkout.look(payment, now=shop.now)
    charge = shop.at("payment")[0]
    assert (payment.status, payment.charge_id) == (Status.PAID, str(charge["id"]))
    assert payment.external_id == charge["_preference"]
    assert (payment.paid_with, payment.paid_at) == ("Visa 4242", NOW)


@pytest.mark.req(112)
@pytest.mark.parametrize("cycle", ["monthly", "annual"])
def test_one_cycle_of_a_plan_is_paid_once(
    cycle: str, shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    due = {"monthly": 2900, "annual": 29000}[cycle]
    payment = shop.order(on_free, plan, ana, due=due, cycle=cycle)
    shop.pay(payment.pay_url)
    shop.hear()
    on_free.refresh_from_db()
    payment.refresh_from_db()
    assert (on_free.plan, on_free.cycle) == (plan, cycle)
    assert payment.fulfilled_at
    assert payment.problem == ""
    assert payment.invoice.total == due
    assert payment.subscription is None or not payment.subscription.external_id


def test_rejected_card_leaves_the_page_open(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.decline(payment.pay_url)
    assert shop.hear() == ["The gateway has not collected it yet."]
    fact = shop.gateway.find_payment(payment.external_id)
    assert fact
    assert fact.state is PaymentState.PENDING
    assert checkout.begin(payment, now=NOW).url == payment.pay_url


def test_rejected_card_followed_by_an_approved_one(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.decline(payment.pay_url)
    shop.decline(payment.pay_url)
    shop.pay(payment.pay_url)
    said = shop.hear()
    payment.refresh_from_db()
    approved = shop.at("payment", status="approved")[0]
    assert (payment.status, payment.charge_id) == (Status.PAID, str(approved["id"]))
    assert payment.failure == ""
    assert said.count("Paid and carried out.") == 1
    assert set(said) == {"Paid and carried out.", "It was settled before."}
    assert Payment.objects.filter(tenant=on_free).count() == 1


def test_page_that_closed_after_a_rejected_card_says_why(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.decline(payment.pay_url)
    shop.sandbox.advance(hours=25)
    checkout.look(payment, now=shop.now)
    assert payment.status == Status.FAILED
    assert payment.failure == "The card did not have enough funds. Nothing was charged."


def test_page_that_nobody_paid_has_failed_when_it_is_over(shop: Shop) -> None:
    started = shop.gateway.start(an_order(pay_until=NOW + timedelta(days=1)))
    known = (2900, "USD", started.external_id, "pay_1")
    assert shop.gateway.find_payment(started.external_id) == PaymentFact(
        PaymentState.PENDING, *known
    )
    shop.sandbox.advance(days=1)
    assert shop.gateway.find_payment(started.external_id) == PaymentFact(
        PaymentState.FAILED, *known, failure="It was not paid in time. Nothing was charged."
    )


def test_review_is_waited_for(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.pay_somehow(payment, "review")
    assert shop.hear() == ["The gateway has not collected it yet."]
    payment.refresh_from_db()
    assert (payment.status, payment.slip_url) == (Status.PENDING, "")
    shop.sandbox.advance(hours=6)
    assert shop.hear() == ["Paid and carried out."]


# Slips


def test_slip_is_waited_for_and_shown(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    number = shop.sandbox.slip(payment.pay_url)
    assert shop.hear() == ["It waits for its slip to be paid."]
    payment.refresh_from_db()
    assert payment.status == Status.PENDING
    assert payment.slip_url == f"{shop.sandbox.url}/slips/{number}"
    assert payment.paid_with == "Boleto"
    shop.sandbox.advance(days=2)
    shop.sandbox.pay_slip(number)
    assert shop.hear() == ["Paid and carried out."]
    payment.refresh_from_db()
    assert (payment.status, payment.charge_id) == (Status.PAID, str(number))
    assert payment.paid_at == NOW + timedelta(days=2)


def test_slip_is_heard_of_by_looking_too(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.slip(payment.pay_url)
    checkout.look(payment, now=shop.now)
    assert payment.slip_url


def test_slip_that_lies_about_is_not_given_up_after_two_days(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    number = shop.sandbox.slip(payment.pay_url)
    shop.hear()
    shop.sandbox.advance(days=2, hours=1)
    pending.check(payment.pk, shop.now)
    payment.refresh_from_db()
    assert payment.status == Status.PENDING
    assert shop.at("payment")[0]["status"] == "pending"
    shop.sandbox.pay_slip(number)
    pending.check(payment.pk, shop.now + timedelta(hours=1))
    payment.refresh_from_db()
    assert payment.status == Status.PAID


def test_slip_that_nobody_paid_has_failed(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.slip(payment.pay_url)
    shop.hear()
    shop.sandbox.advance(days=3)
    assert shop.hear() == ["The payment failed."]
    payment.refresh_from_db()
    assert payment.failure == "It was not paid in time. Nothing was charged."


def test_card_instead_of_the_slip_is_what_counts(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.slip(payment.pay_url)
    shop.hear()
    shop.pay(payment.pay_url)
    shop.hear()
    payment.refresh_from_db()
    assert (payment.status, payment.paid_with) == (Status.PAID, "Visa 4242")


# Giving up


def test_what_was_given_up_cannot_be_paid(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    checkout.abandon(payment, now=NOW)
    payment.refresh_from_db()
    assert payment.status == Status.FAILED
    with pytest.raises(AssertionError, match="Expired"):
        shop.pay(payment.pay_url)


def test_slip_of_what_was_given_up_cannot_be_paid(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.slip(payment.pay_url)
    checkout.abandon(payment, now=NOW)
    payment.refresh_from_db()
    assert payment.status == Status.FAILED
    assert shop.at("payment")[0]["status"] == "cancelled"


def test_review_is_not_given_up(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.pay_somehow(payment, "review")
    checkout.abandon(payment, now=NOW)
    payment.refresh_from_db()
    assert payment.status == Status.PENDING


def test_every_page_of_an_order_is_closed(shop: Shop, on_free: Tenant, ana: User) -> None:
    """The list of preferences may have been behind when the same order was begun once more."""
    payment = shop.funds(on_free, ana, 5000)
    other = dict(shop.sandbox.world.store.find("preference", payment.external_id) or {})
    shop.sandbox.world.store.add("preference", {**other, "id": "123456789-other"})
    checkout.abandon(payment, now=NOW)
    with pytest.raises(AssertionError, match="Expired"):
        shop.sandbox.pay(f"{shop.sandbox.url}/checkout/v1/redirect?pref_id=123456789-other")


# Currencies


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [(2900, "BRL", 29), (2990, "ARS", 29.9), (2901, "MXN", 29.01), (29000, "CLP", 29000)],
)
def test_amounts_are_decimals_there(shop: Shop, amount: int, currency: str, written: float) -> None:
    started = shop.gateway.start(an_order(amount=amount, currency=currency))
    assert shop.at("preference")[0]["items"][0]["unit_price"] == written
    shop.pay(started.url)
    fact = shop.gateway.find_payment(started.external_id)
    assert fact
    assert (fact.state, fact.amount, fact.currency) == (PaymentState.PAID, amount, currency)
