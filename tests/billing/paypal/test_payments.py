"""Orders on PayPal's page: what it is asked for, how an attempt stands, and what is kept of it."""

from datetime import timedelta

import pytest

from billing.gateways.base import (
    GatewayRefused,
    GatewayUnavailable,
    PaymentFact,
    PaymentState,
    RefundFact,
)
from billing.ledger import balance_of
from billing.models import Payment, Refund, Standing, Status
from billing.services import checkout
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.billing.paypal.shop import Shop
from tests.billing.stripe.conftest import Asked
from tests.billing.stripe.shop import an_order

MONTH = NOW.replace(month=12)


def found(shop: Shop, external_id: str) -> PaymentFact:
    fact = shop.gateway.find_payment(external_id)
    assert fact is not None
    return fact


def test_one_time_payment_from_order_to_receipt(shop: Shop) -> None:
    started = shop.gateway.start(an_order())
    order = shop.at("order")[0]
    unit = order["purchase_units"][0]
    assert (order["id"], order["intent"]) == (started.external_id, "CAPTURE")
    assert unit["amount"] == {"currency_code": "USD", "value": "29.00"}
    assert (unit["custom_id"], unit["invoice_id"]) == ("pay_1", "pay_1")
    assert order["_context"]["return_url"] == "http://salon-aurora.localhost/back/"
    assert found(shop, started.external_id) == PaymentFact(
        PaymentState.PENDING, 2900, "USD", started.external_id, "pay_1"
    )
    where = shop.sandbox.pay(started.url)
    assert where.startswith("http://salon-aurora.localhost/back/?token=")
    assert shop.at("capture") == [], "approved is not paid"
    fact = found(shop, started.external_id)
    capture = shop.at("capture")[0]
    assert fact == PaymentFact(
        PaymentState.PAID,
        2900,
        "USD",
        started.external_id,
        "pay_1",
        capture["id"],
        "PayPal payer@example.com",
        at=NOW,
    )
    assert found(shop, started.external_id) == fact
    assert len(shop.at("capture")) == 1


def test_same_order_is_the_same_page(shop: Shop) -> None:
    order = an_order()
    assert shop.gateway.start(order) == shop.gateway.start(order)
    assert len(shop.at("order")) == 1


def test_order_that_reads_otherwise_by_now_is_begun_and_not_refused(shop: Shop) -> None:
    shop.gateway.start(an_order())
    assert shop.gateway.start(an_order(title="Money", tenant_name="Aurora")).url


def test_two_pages_of_one_order_are_collected_once(shop: Shop) -> None:
    """PayPal takes no money twice under one invoice id, whatever happened to our memory of the first page."""
    pages = [shop.gateway.start(an_order(title=title)) for title in ("One", "Two")]
    for page in pages:
        shop.sandbox.pay(page.url)
    states = [found(shop, page.external_id).state for page in pages]
    assert states == [PaymentState.PAID, PaymentState.PENDING]
    assert len(shop.at("capture")) == 1


def test_page_that_is_cancelled_stays_open(shop: Shop) -> None:
    started = shop.gateway.start(an_order())
    where = shop.sandbox.cancel(started.url)
    assert where.startswith("http://salon-aurora.localhost/back/?back=1&token=")
    assert found(shop, started.external_id).state is PaymentState.PENDING


def test_declined_funding_leaves_the_page_open(shop: Shop) -> None:
    started = shop.gateway.start(an_order())
    shop.sandbox.pay(started.url, "declined")
    assert found(shop, started.external_id).state is PaymentState.PENDING
    shop.sandbox.pay(started.url, "works")
    assert found(shop, started.external_id).state is PaymentState.PAID


def test_order_that_paypal_has_forgotten_is_none(shop: Shop) -> None:
    started = shop.gateway.start(an_order())
    shop.sandbox.advance(hours=4)
    assert shop.gateway.find_payment(started.external_id) is None


@pytest.mark.parametrize(
    "name", ["UNKNOWN", "I-UNKNOWN", "I-A:B", "pay_1", "", "../v1/x", "I-../x"]
)
def test_unknown_attempt_is_none(shop: Shop, name: str) -> None:
    assert shop.gateway.find_payment(name) is None


def test_abandoned_order_is_not_collected_even_when_it_is_approved(shop: Shop) -> None:
    started = shop.gateway.start(an_order())
    shop.gateway.abandon(started.external_id)
    shop.gateway.abandon(started.external_id)
    shop.gateway.abandon("UNKNOWN")
    shop.sandbox.pay(started.url)
    fact = found(shop, started.external_id)
    assert (fact.state, fact.failure, fact.reference) == (
        PaymentState.FAILED,
        "Cancelled.",
        "pay_1",
    )
    assert shop.at("capture") == []


def test_abandoning_what_was_paid_changes_nothing(shop: Shop) -> None:
    started = shop.gateway.start(an_order())
    shop.sandbox.pay(started.url)
    found(shop, started.external_id)
    shop.gateway.abandon(started.external_id)
    assert found(shop, started.external_id).state is PaymentState.PAID


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (2900, "JPY", "2900"),
        (290_000, "HUF", "2900"),
        (1050, "EUR", "10.50"),
        (290_000, "TWD", "2900"),
    ],
)
def test_amounts_are_written_as_paypal_counts(
    shop: Shop, amount: int, currency: str, written: str
) -> None:
    started = shop.gateway.start(an_order(amount=amount, currency=currency))
    unit = shop.at("order")[0]["purchase_units"][0]
    assert unit["amount"] == {"currency_code": currency, "value": written}
    shop.sandbox.pay(started.url)
    fact = found(shop, started.external_id)
    assert (fact.amount, fact.currency) == (amount, currency)


@pytest.mark.parametrize(("amount", "currency"), [(1250, "HUF"), (2900, "KWD"), (2900, "ARS")])
def test_amount_that_paypal_cannot_write_is_refused(
    shop: Shop, spoken: Asked, amount: int, currency: str
) -> None:
    with pytest.raises(GatewayRefused):
        shop.gateway.start(an_order(amount=amount, currency=currency))
    assert spoken == []


@pytest.mark.req(93)
def test_funds_are_on_the_balance_once_the_page_was_approved(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    assert shop.hear() == ["Paid and carried out.", "It was settled before."]
    assert balance_of(on_free).balance == 5000
    payment.refresh_from_db()
    assert (payment.status, payment.paid_with) == (Status.PAID, "PayPal payer@example.com")


def test_return_page_collects_before_any_notification(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    assert checkout.look(payment, now=shop.now).is_paid
    assert set(shop.hear()) == {"It was settled before."}
    assert balance_of(on_free).balance == 5000


def test_page_of_this_morning_is_not_found_again(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    """PayPal keeps a page open for three hours."""
    shop.send(plan)
    first = shop.order(on_free, plan, ana, due=2900)
    assert shop.order(on_free, plan, ana, due=2900).pk == first.pk
    shop.sandbox.advance(hours=3)
    assert shop.order(on_free, plan, ana, due=2900).pk != first.pk


# Plans


def test_plan_is_bought_at_the_price_that_paypal_knows(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    ids = shop.sell(plan)
    payment = shop.order(on_free, plan, ana, due=2900)
    made = shop.at("subscription")[0]
    assert (made["plan_id"], made["custom_id"]) == (ids["monthly"], payment.reference)
    assert made["start_time"] == "2026-12-25T09:00:00Z"
    shop.sandbox.pay(payment.pay_url)
    fact = found(shop, payment.external_id)
    assert (fact.state, fact.amount, fact.reference) == ("paid", 2900, payment.reference)
    runs = fact.subscription
    assert runs is not None
    assert (runs.external_id, runs.price_id) == (made["id"], ids["monthly"])
    assert (runs.period_start, runs.period_end, runs.standing) == (NOW, MONTH, Standing.ACTIVE)
    assert runs.customer_id
    assert shop.hear()
    running = live_subscription(on_free)
    assert running is not None
    assert (running.gateway, running.amount, running.period_end) == ("paypal", 2900, MONTH)
    on_free.refresh_from_db()
    assert (on_free.plan, on_free.expires_at) == (plan, MONTH)


def test_renewals_are_collected_and_told(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    for number in (1, 2):
        shop.sandbox.advance_to(NOW + timedelta(days=31 * number))
        shop.hear()
    renewals = Payment.objects.filter(purpose="renewal", status=Status.PAID).order_by("pk")
    assert [one.amount for one in renewals] == [2900, 2900]
    assert all(one.external_id.startswith(f"{running.external_id}:") for one in renewals)
    running.refresh_from_db()
    assert running.period_end == NOW.replace(year=2027, month=2)


def test_credit_makes_the_first_payment_smaller_and_no_other(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    bigger = Plan.objects.create(name="Team+", monthly_price=5900)
    shop.send(plan, bigger)
    shop.buy(on_free, plan, ana, due=2900)
    shop.buy(on_free, bigger, ana, due=3000)
    shop.push_all()
    assert len(shop.running()) == 1
    shop.sandbox.advance_to(MONTH + timedelta(hours=1))
    shop.hear()
    assert Payment.objects.get(purpose="renewal").amount == 5900


def test_first_payment_that_fails_begins_nothing(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    payment = shop.order(on_free, plan, ana, due=2900)
    shop.sandbox.pay(payment.pay_url, "declined")
    checkout.look(payment, now=shop.now)
    assert payment.status == Status.FAILED
    assert shop.running() == []


def test_annual_plan_renews_after_a_year(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=plan.annual_price, cycle="annual")
    assert running.period_end == NOW.replace(year=2027)


# Failing


def test_failed_renewal_is_past_due_and_a_later_success_heals_it(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    shop.sandbox.set_funding(running.external_id, "fail")
    shop.sandbox.advance_to(MONTH + timedelta(hours=1))
    assert shop.hear() == ["Its renewal could not be collected."]
    running.refresh_from_db()
    assert (running.standing, running.period_end) == (Standing.PAST_DUE, MONTH)
    shop.sandbox.set_funding(running.external_id, "work")
    shop.sandbox.advance(days=5)
    shop.hear()
    running.refresh_from_db()
    assert (running.standing, running.period_end) == (
        Standing.ACTIVE,
        NOW.replace(year=2027, month=1),
    )
    assert Payment.objects.get(purpose="renewal").amount == 2900


def test_renewal_that_fails_three_times_is_suspended_and_still_past_due(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    shop.sandbox.set_funding(running.external_id, "fail")
    shop.sandbox.advance_to(MONTH + timedelta(days=11))
    shop.hear()
    assert shop.subscription(running)["status"] == "SUSPENDED"
    running.refresh_from_db()
    assert running.standing == Standing.PAST_DUE


# Money that goes back


def pay_funds(shop: Shop, tenant: Tenant, by: User) -> Payment:
    payment = shop.funds(tenant, by, 5000)
    shop.sandbox.pay(payment.pay_url)
    shop.hear()
    payment.refresh_from_db()
    return payment


def test_refund_goes_back_once_for_each_key(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = pay_funds(shop, on_free, ana)
    facts = [shop.gateway.refund(payment.charge_id, 2000, "USD", key="k") for _ in range(2)]
    refund = shop.at("refund")[0]
    assert facts[0] == facts[1] == RefundFact(refund["id"], payment.charge_id, 2000, NOW)
    with pytest.raises(GatewayRefused):
        shop.gateway.refund(payment.charge_id, 3001, "USD", key="other")


def test_refund_at_paypal_takes_back_what_it_bought(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = pay_funds(shop, on_free, ana)
    shop.sandbox.refund(payment.charge_id, {"currency_code": "USD", "value": "20.00"})
    assert "Taken back." in shop.hear()
    assert balance_of(on_free).balance == 3000


def test_refund_of_a_subscriptions_payment_marks_it(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    first = Payment.objects.get(subscription=running)
    shop.gateway.refund(first.charge_id, 2900, "USD", key="k")
    assert "Taken back." in shop.hear()
    running.refresh_from_db()
    assert running.needs_review
    first.refresh_from_db()
    assert first.status == Status.REFUNDED


def test_refund_that_is_told_before_the_payment_settles_that_first(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    shop.gateway.find_payment(payment.external_id)
    shop.sandbox.refund(shop.at("capture")[0]["id"])
    shop.sandbox.fault("reorder")
    shop.hear()
    assert Refund.objects.get().amount == 5000
    assert balance_of(on_free).balance == 0


@pytest.mark.parametrize(("outcome", "left"), [("won", 5000), ("lost", 0)])
def test_dispute_takes_back_and_gives_back_what_was_won(
    shop: Shop, on_free: Tenant, ana: User, outcome: str, left: int
) -> None:
    payment = pay_funds(shop, on_free, ana)
    dispute = shop.sandbox.dispute(payment.charge_id)
    shop.hear()
    assert balance_of(on_free).balance == 0
    shop.sandbox.close_dispute(dispute["dispute_id"], outcome)
    shop.hear()
    assert balance_of(on_free).balance == left


def test_mere_question_takes_nothing_until_it_becomes_a_claim(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    payment = pay_funds(shop, on_free, ana)
    dispute = shop.sandbox.dispute(payment.charge_id, stage="INQUIRY")
    shop.hear()
    assert balance_of(on_free).balance == 5000
    shop.sandbox.control.escalate(dispute["dispute_id"])
    shop.hear()
    assert balance_of(on_free).balance == 0


# Trouble


def test_keys_that_are_wrong_are_refused_and_not_repeated(shop: Shop) -> None:
    shop.sandbox.world.accounts["sandbox"] = "another"
    with pytest.raises(GatewayRefused) as caught:
        shop.gateway.test_connection()
    assert "sk_test" not in caught.value.detail
    assert "invalid_client" in caught.value.detail


def test_connection_names_the_account(shop: Shop) -> None:
    assert shop.gateway.test_connection() == "Sandbox"


def test_token_is_asked_for_once_and_again_when_it_has_ended(shop: Shop, spoken: Asked) -> None:
    shop.gateway.find_payment("UNKNOWN")
    shop.gateway.find_payment("UNKNOWN")
    assert spoken.count("POST /v1/oauth2/token") == 1
    shop.sandbox.advance(hours=10)
    assert shop.gateway.find_payment("UNKNOWN") is None
    assert spoken.count("POST /v1/oauth2/token") == 2


def test_lost_answer_of_a_capture_collects_once(shop: Shop) -> None:
    started = shop.gateway.start(an_order())
    shop.sandbox.pay(started.url)
    shop.sandbox.fault("after", path="*/capture", times=1)
    assert found(shop, started.external_id).state is PaymentState.PAID
    assert len(shop.at("capture")) == 1


@pytest.mark.parametrize("kind", ["500", "connection"])
def test_paypal_that_does_not_answer_is_unavailable(shop: Shop, kind: str) -> None:
    shop.sandbox.fault(kind, times=9)
    with pytest.raises(GatewayUnavailable):
        shop.gateway.start(an_order())
