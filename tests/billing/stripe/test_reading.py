"""Notifications: each says only where to look, and what is looked at is what Stripe has now."""

from datetime import UTC, datetime
from typing import Any

import pytest

from billing.gateways.base import PaymentFact, PaymentState, RefundFact
from billing.gateways.stripe import StripeGateway
from billing.gateways.stripe.reading import READERS
from billing.ledger import balance_of
from billing.models import Payment, Refund, Standing, Status, Subscription
from billing.services.settlement import apply
from plans.models import Plan
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.billing.stripe.shop import PLACE, Shop, an_order


@pytest.fixture
def running(shop: Shop, on_free: Tenant, plan: Plan, ana: User) -> Subscription:
    shop.send(plan)
    return shop.buy(on_free, plan, ana, due=2900)


@pytest.fixture
def charge(running: Subscription) -> str:
    """Stripe's name for what the first payment moved."""
    return Payment.objects.get(purpose="plan").charge_id


def test_types_that_mean_nothing_to_us_ask_nothing(shop: Shop, spoken: list[str]) -> None:
    for kind in ("", "product.created", "customer.created", "charge.succeeded", "x" * 80):
        assert shop.tell(kind, "in_1") == []
    assert shop.tell("invoice.paid", "") == []
    assert spoken == []


def test_object_that_stripe_does_not_have_is_nothing(shop: Shop) -> None:
    for kind in READERS:
        for name in ("unknown_1", "in_1", "cs_1", "sub_1"):
            assert shop.tell(kind, name) == []


def test_payload_is_not_believed(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    claims = {
        "object": {"id": payment.external_id, "payment_status": "paid", "amount_total": 9_999_999}
    }
    body, headers = sign(shop, "checkout.session.completed", claims)
    told = shop.gateway.read(shop.gateway.verify(body, headers, datetime.now(UTC)))
    assert [(fact.state, fact.amount) for fact in told] == [(PaymentState.PENDING, 5000)]  # type: ignore[union-attr]


def sign(shop: Shop, kind: str, data: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    """A notification with Stripe's own signature, whatever it says."""
    with shop.sandbox.world.lock:
        event = shop.sandbox.world.store.all("event")[-1]
        event |= {"type": kind, "data": data}
        return shop.sandbox.parcel(event["id"])


def test_things_of_other_shops_on_the_same_account_are_nothing(shop: Shop) -> None:
    client = shop.sandbox.client()
    price = client.v1.prices.create(
        {
            "currency": "usd",
            "unit_amount": 900,
            "recurring": {"interval": "month"},
            "product_data": {"name": "A magazine"},
        }
    )
    for mode in ("payment", "subscription"):
        line: Any = {"price": price.id, "quantity": 1}
        if mode == "payment":
            shirt = {"currency": "usd", "unit_amount": 900, "product_data": {"name": "Shirt"}}
            line = {"price_data": shirt, "quantity": 1}
        params: Any = {"mode": mode, "line_items": [line], "success_url": "https://other.example/"}
        shop.sandbox.pay(client.v1.checkout.sessions.create(params).url or "")
    subscription = client.v1.subscriptions.list().data[0]
    client.v1.subscriptions.cancel(subscription.id)
    assert len(shop.sandbox.pending_events()) > 10
    assert shop.hear() == []


def test_failed_renewal_is_news_of_the_subscription(shop: Shop, running: Subscription) -> None:
    shop.sandbox.set_cards(running.customer_id, "fail")
    shop.sandbox.advance_to(running.period_end)
    invoice = shop.at("invoice")[-1]
    fact = shop.tell("invoice.payment_failed", invoice["id"])[0]
    assert (fact.external_id, fact.standing) == (running.external_id, Standing.PAST_DUE)
    assert "Its renewal could not be collected." in shop.hear()
    running.refresh_from_db()
    assert (running.standing, running.past_due_at) == (Standing.PAST_DUE, shop.now)


def test_failed_renewal_that_was_paid_meanwhile_is_good_news(
    shop: Shop, running: Subscription
) -> None:
    shop.sandbox.set_cards(running.customer_id, "fail")
    shop.sandbox.advance_to(running.period_end)
    invoice = shop.at("invoice")[-1]
    shop.sandbox.set_cards(running.customer_id, "work")
    shop.sandbox.advance(days=1)
    assert shop.tell("invoice.payment_failed", invoice["id"])[0].standing == Standing.ACTIVE
    shop.hear()
    running.refresh_from_db()
    assert (running.standing, running.past_due_at) == (Standing.ACTIVE, None)
    assert Payment.objects.get(purpose="renewal").status == Status.PAID


def test_failure_that_is_told_after_the_payment_was_settled_is_no_news(
    shop: Shop, running: Subscription
) -> None:
    """A worker may have looked before the money came, and get to write it down only now."""
    shop.sandbox.set_cards(running.customer_id, "fail")
    shop.sandbox.advance_to(running.period_end)
    late = shop.tell("customer.subscription.updated", running.external_id)[0]
    assert late.standing == Standing.PAST_DUE
    shop.sandbox.set_cards(running.customer_id, "work")
    shop.sandbox.advance(days=1)
    shop.hear()
    apply(late, **PLACE, now=shop.now)
    running.refresh_from_db()
    assert (running.standing, running.past_due_at) == (Standing.ACTIVE, None)


def test_subscription_that_stripe_ends_has_ended(shop: Shop, running: Subscription) -> None:
    shop.sandbox.set_cards(running.customer_id, "fail")
    shop.sandbox.advance_to(running.period_end)
    shop.sandbox.advance(days=10)
    assert shop.running() == []
    shop.hear()
    running.refresh_from_db()
    assert running.standing == Standing.ENDED


# Refunds


def gone(told: list[Any]) -> list[RefundFact]:
    """What went back. Before it stands the payment, so that the news may come in any order."""
    payment, *rest = told
    assert isinstance(payment, PaymentFact)
    assert payment.charge_id == rest[0].charge_id
    return rest


def test_refund_that_is_heard_of_first_finds_its_payment(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    made = shop.gateway.refund(shop.at("payment_intent")[0]["id"], 2000, "USD", key="refund:1")
    for fact in shop.tell("refund.created", made.external_id):
        apply(fact, **PLACE, now=shop.now)
    payment.refresh_from_db()
    assert (payment.status, payment.refunded) == (Status.PAID, 2000)
    assert balance_of(on_free).balance == 3000


def test_refund_is_told_once_however_it_is_told(shop: Shop, charge: str) -> None:
    made = shop.gateway.refund(charge, 900, "USD", key="refund:1")
    assert made == RefundFact(made.external_id, charge, 900, NOW)
    assert shop.gateway.refund(charge, 900, "USD", key="refund:1") == made
    charged = shop.at("charge")[0]["id"]
    assert gone(shop.tell("charge.refunded", charged)) == [made]
    assert gone(shop.tell("refund.created", made.external_id)) == [made]
    shop.hear()
    payment = Payment.objects.get(purpose="plan")
    assert (payment.refunded, payment.status) == (900, Status.PAID)
    assert Refund.objects.count() == 1


def test_several_refunds_of_one_charge_are_each_told(shop: Shop, charge: str) -> None:
    for number in (1, 2, 3):
        shop.gateway.refund(charge, 100 * number, "USD", key=f"refund:{number}")
    charged = shop.at("charge")[0]["id"]
    assert [fact.amount for fact in gone(shop.tell("charge.refunded", charged))] == [100, 200, 300]


def test_refund_that_failed_has_come_back(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    shop.hear()
    payment.refresh_from_db()
    shop.gateway.refund(payment.charge_id, 5000, "USD", key="refund:1")
    shop.hear()
    assert balance_of(on_free).balance == 0
    refund = shop.sandbox.world.store.all("refund")[0]
    refund["status"] = "failed"
    fact = gone(shop.tell("refund.failed", refund["id"]))[0]
    assert fact.is_reversed
    apply(fact, **PLACE, now=shop.now)
    assert balance_of(on_free).balance == 5000


def test_refund_in_shillings_is_in_shillings(shop: Shop) -> None:
    started = shop.gateway.start(an_order(amount=90_000, currency="UGX"))
    shop.sandbox.pay(started.url)
    fact = shop.gateway.find_payment(started.external_id)
    assert fact is not None
    made = shop.gateway.refund(fact.charge_id, 30_000, "UGX", key="refund:1")
    assert made.amount == 30_000
    assert shop.at("refund")[0]["amount"] == 3_000_000


# Disputes


def test_dispute_takes_back_and_a_won_one_gives_back(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    shop.hear()
    payment.refresh_from_db()
    dispute = shop.sandbox.dispute(payment.charge_id)
    shop.hear()
    assert balance_of(on_free).balance == 0
    assert Refund.objects.get().kind == "dispute"
    shop.sandbox.close_dispute(dispute["id"], "won")
    shop.hear()
    assert balance_of(on_free).balance == 5000
    payment.refresh_from_db()
    assert (payment.status, payment.refunded) == (Status.PAID, 0)


def test_lost_dispute_stays_taken_back(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    shop.hear()
    payment.refresh_from_db()
    dispute = shop.sandbox.dispute(payment.charge_id, 2000)
    shop.sandbox.close_dispute(dispute["id"], "lost")
    shop.hear()
    assert balance_of(on_free).balance == 3000
    assert Refund.objects.get().reversed_at is None


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_under_review"])
def test_mere_question_of_the_bank_takes_nothing(shop: Shop, charge: str, status: str) -> None:
    dispute = shop.sandbox.dispute(charge)
    shop.sandbox.world.store.get("dispute", dispute["id"])["status"] = status
    assert shop.tell("charge.dispute.created", dispute["id"]) == []


@pytest.mark.parametrize(
    ("status", "is_reversed"),
    [("needs_response", False), ("under_review", False), ("lost", False), ("won", True),
     ("warning_closed", True), ("prevented", True)],
)  # fmt: skip
def test_dispute_stands_as_its_status_says(
    shop: Shop, charge: str, status: str, is_reversed: bool
) -> None:
    dispute = shop.sandbox.dispute(charge)
    shop.sandbox.world.store.get("dispute", dispute["id"])["status"] = status
    fact = gone(shop.tell("charge.dispute.updated", dispute["id"]))[0]
    assert (fact.charge_id, fact.is_dispute, fact.is_reversed) == (charge, True, is_reversed)
    assert fact.amount == 2900


def test_double_answers_for_one_environment_alone(shop: Shop) -> None:
    """The same keys at the real Stripe would be another client: nothing of the double is asked there."""
    gateway = StripeGateway("test", {"secret_key": "sk_test_other"}, shop.sandbox.url)
    assert gateway.find_payment("cs_test_unknown") is None
