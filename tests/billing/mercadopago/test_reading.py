"""What news leads to: how the order stands now, with all that was paid for it and all that went back."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing.gateways.base import PaymentFact, PaymentState, RefundFact
from billing.gateways.mercadopago import facts, reading
from billing.ledger import balance_of
from billing.models import Payment, Refund, Status
from billing.services import checkout
from plans.models import Plan
from tenants.models import Tenant, User
from tests.billing.mercadopago.shop import Shop
from tests.billing.till import an_order


@pytest.fixture
def paid(shop: Shop, on_free: Tenant, ana: User) -> Payment:
    payment = shop.funds(on_free, ana, 5000)
    shop.pay(payment.pay_url)
    shop.hear()
    payment.refresh_from_db()
    return payment


@pytest.mark.parametrize("kind", ["merchant_order", "plan.updated", "subscription_preapproval", ""])
def test_topics_that_mean_nothing_to_us_ask_nothing(
    kind: str, shop: Shop, spoken: list[str]
) -> None:
    assert shop.tell(kind, "1") == []
    assert spoken == []


@pytest.mark.parametrize(("kind", "name"), [
    ("payment.updated", "999"), ("payment.created", "no-number"), ("chargebacks", "999"), ("payment", ""),
])  # fmt: skip
def test_object_that_is_not_there_is_nothing(kind: str, name: str, shop: Shop) -> None:
    assert shop.tell(kind, name) == []


def test_payment_of_another_shop_on_the_account_is_nothing(shop: Shop) -> None:
    started = shop.gateway.start(an_order("ORDER-2024-001234"))
    shop.pay(started.url)
    number = str(shop.at("payment")[0]["id"])
    assert shop.tell("payment.created", number) == []
    assert shop.gateway.find_payment(number) is None
    assert shop.gateway.find_payment(started.external_id) is None


def test_payment_that_somebody_else_collected_is_nothing(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    """Our account paid somebody, who wrote our reference on it: we may see that one, too."""
    payment = shop.funds(on_free, ana, 5000)
    number = shop.pay_somehow(payment, "visa")
    theirs = shop.sandbox.world.store.get("payment", number)
    theirs["collector_id"] = 666
    assert shop.tell("payment.created", number) == []


def test_payment_that_the_list_does_not_show_yet_counts(
    shop: Shop, on_free: Tenant, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.pay(payment.pay_url)
    monkeypatch.setattr(reading, "_payments_of", lambda *_: [])
    assert shop.hear() == ["Paid and carried out."]


def test_order_whose_page_is_not_listed_yet_is_settled_all_the_same(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.pay(payment.pay_url)
    shop.sandbox.world.store.objects["preference"].clear()
    assert shop.hear() == ["Paid and carried out."]


@pytest.mark.parametrize(("changes", "got"), [
    ({"transaction_amount": 49.99}, "$49.99"), ({"currency_id": "BRL"}, "R$50.00"),
])  # fmt: skip
def test_other_amount_or_currency_waits_for_somebody_to_look(
    changes: dict[str, Any], got: str, shop: Shop, on_free: Tenant, ana: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    number = shop.pay_somehow(payment, "visa")
    shop.sandbox.world.store.get("payment", number).update(changes)
    problem = f"{got} came in where $50.00 was ordered. Nothing was carried out."
    assert shop.hear() == [problem]
    payment.refresh_from_db()
    assert (payment.status, payment.fulfilled_at) == (Status.PAID, None)
    assert payment in Payment.objects.to_look_at()
    assert balance_of(on_free).balance == 0


def test_news_of_an_older_state_changes_nothing(shop: Shop, paid: Payment) -> None:
    """Two hours late and telling of “pending”: what counts is how it stands when we look."""
    events = shop.sandbox.events()
    shop.refund(paid.charge_id)
    shop.hear()
    shop.sandbox.advance(hours=2)
    shop.sandbox.redeliver(events[0]["id"])
    assert set(shop.hear()) == {"It was settled before.", "It was taken in before."}
    paid.refresh_from_db()
    assert paid.status == Status.REFUNDED


def test_state_that_goes_back_at_the_company_takes_nothing_back_here(
    shop: Shop, paid: Payment
) -> None:
    """It was seen to say “in process” of what it had approved."""
    shop.sandbox.world.store.get("payment", paid.charge_id)["status"] = "in_process"
    shop.sandbox.redeliver(shop.sandbox.events()[0]["id"])
    shop.hear()
    paid.refresh_from_db()
    assert paid.status == Status.PAID


# Money that goes back


def test_refund_that_is_heard_of_first_finds_its_payment(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    number = shop.pay_somehow(payment, "visa")
    shop.refund(number, 2000)
    assert "Taken back." in shop.hear()
    payment.refresh_from_db()
    assert (payment.refunded, balance_of(on_free).balance) == (2000, 3000)


def test_several_refunds_are_each_told_once(shop: Shop, paid: Payment) -> None:
    shop.refund(paid.charge_id, 1000)
    shop.refund(paid.charge_id, 1500)
    shop.hear()
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [1000, 1500]
    assert shop.at("payment")[0]["status"] == "approved"
    shop.refund(paid.charge_id)
    shop.hear()
    paid.refresh_from_db()
    assert (paid.refunded, paid.status) == (5000, Status.REFUNDED)


def test_chargeback_is_one_by_whichever_news(shop: Shop, paid: Payment) -> None:
    name = shop.dispute(paid.charge_id)
    shop.hear()
    assert shop.tell("chargebacks", name) == shop.tell("payment.updated", paid.charge_id)
    refund = Refund.objects.get()
    assert (refund.kind, refund.amount) == (Refund.Kind.DISPUTE, 5000)
    assert refund.external_id == f"chargeback:{paid.charge_id}"


@pytest.mark.parametrize("payments", [[7], ["7"], [{"id": 7}], [], None])
def test_chargeback_names_its_payments_in_one_way_or_another(
    payments: Any, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(reading, "_payment", lambda _, key: asked.append(key) or [])
    shop.sandbox.world.store.add("chargeback", {"id": "5", "payments": payments})
    reading._chargeback(shop.gateway._client, "5")
    assert asked == (["7"] if payments else [])


def test_chargeback_of_a_plan_marks_what_it_bought(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    payment = shop.order(on_free, plan, ana, due=2900)
    shop.pay(payment.pay_url)
    shop.hear()
    payment.refresh_from_db()
    shop.dispute(payment.charge_id)
    shop.hear()
    payment.refresh_from_db()
    assert payment.status == Status.REFUNDED
    assert payment.subscription is None or payment.subscription.needs_review


# The table


def a_payment(**changes: Any) -> dict[str, Any]:
    return {
        "id": 7, "status": "approved", "status_detail": "accredited", "currency_id": "BRL",
        "date_created": "2026-11-25T05:00:00.000-04:00", "date_approved": "2026-11-25T05:00:01.000-04:00",
        "date_last_updated": "2026-11-26T05:00:00.000-04:00",
        "transaction_amount": Decimal("29.90"), "transaction_amount_refunded": 0,
        "external_reference": "pay_1", "payment_method_id": "visa", **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", PaymentState.PENDING),
        ("in_process", PaymentState.PENDING),
        ("authorized", PaymentState.PENDING),
        ("approved", PaymentState.PAID),
        ("in_mediation", PaymentState.PAID),
        ("refunded", PaymentState.PAID),
        ("charged_back", PaymentState.PAID),
        ("rejected", PaymentState.FAILED),
        ("cancelled", PaymentState.FAILED),
        ("something_new", PaymentState.PENDING),
    ],
)
def test_states_mean_what_the_table_says(status: str, state: PaymentState) -> None:
    payment = a_payment(status=status)
    assert facts.payment_fact(payment).state is state
    assert bool(facts.dispute_fact(payment)) == (status == "charged_back")


def test_approved_payment_in_our_words() -> None:
    assert facts.payment_fact(a_payment(card={"last_four_digits": "4242"}), "page-1") == PaymentFact(
        PaymentState.PAID, 2990, "BRL", "page-1", "pay_1", "7", "Visa 4242",
        at=datetime(2026, 11, 25, 9, 0, 1, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("method", "word"),
    [
        ({"payment_method_id": "master", "card": {"last_four_digits": "5555"}}, "Mastercard 5555"),
        ({"payment_method_id": "pix", "card": {}}, "Pix"),
        ({"payment_method_id": "rapipago"}, "Rapipago"),
        ({"payment_method_id": None, "payment_type_id": "bank_transfer"}, "Bank transfer"),
        ({"payment_method_id": "account_money", "card": None}, "Mercado Pago"),
        ({"payment_method_id": "x" * 99}, "X" + "x" * 59),
    ],
)
def test_means_in_a_word(method: dict[str, Any], word: str) -> None:
    assert facts.means(a_payment(**method)) == word


@pytest.mark.parametrize(
    ("where", "slip"),
    [
        ({"transaction_details": {"external_resource_url": "https://mp.example/1"}}, "https://mp.example/1"),
        ({"point_of_interaction": {"transaction_data": {"ticket_url": "https://mp.example/2"}}}, "https://mp.example/2"),
        ({"transaction_details": {"external_resource_url": None}}, ""),
        ({"transaction_details": {"external_resource_url": "javascript:alert(1)"}}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_slip_is_an_address_or_nothing(where: dict[str, Any], slip: str) -> None:
    assert facts.payment_fact(a_payment(status="pending", **where)).slip_url == slip


@pytest.mark.parametrize(
    ("detail", "won"), [("in_process", False), ("settled", False), ("reimbursed", True)]
)
def test_chargeback_stands_as_its_detail_says(detail: str, won: bool) -> None:
    fact = facts.dispute_fact(a_payment(status="charged_back", status_detail=detail))
    assert fact
    assert (fact.is_dispute, fact.is_reversed, fact.amount) == (True, won, 2990)


@pytest.mark.parametrize(
    ("status", "gone"), [("approved", True), ("in_process", True), ("rejected", False), ("cancelled", False)]
)  # fmt: skip
def test_refund_that_failed_has_come_back(status: str, gone: bool) -> None:
    refund = {"id": 5, "amount": Decimal("10.5"), "status": status,
              "date_created": "2026-11-25T05:00:00.000-04:00"}  # fmt: skip
    assert facts.refund_fact(refund, "7", "BRL") == RefundFact(
        "5", "7", 1050, datetime(2026, 11, 25, 9, tzinfo=UTC), is_reversed=not gone
    )


# Lists


def test_lists_of_any_length_are_read_to_their_end(
    shop: Shop, on_free: Tenant, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven at the same instant, more than are on a page, and some later: each once."""
    monkeypatch.setattr(reading, "PAGE", 3)
    payments = [shop.funds(on_free, ana, 1000 + number) for number in range(10)]
    for number, payment in enumerate(payments):
        if number > 6:
            shop.sandbox.advance(minutes=1)
        shop.pay(payment.pay_url)
    found = list(shop.gateway.paid_since(payments[0].created_at))
    assert sorted(one.amount for one in found) == list(range(1000, 1010))


def test_list_of_what_went_back_has_all_of_it(shop: Shop, on_free: Tenant, ana: User) -> None:
    numbers = []
    for amount in (1000, 2000, 3000):
        payment = shop.funds(on_free, ana, amount)
        numbers.append(shop.pay_somehow(payment, "visa"))
        checkout.look(payment, now=shop.now)
    since = shop.now
    shop.refund(numbers[0], 400)
    shop.dispute(numbers[1])
    gone = [(one.charge_id, one.amount, one.is_dispute) for one in shop.gateway.gone_since(since)]
    assert sorted(gone, key=lambda one: one[1]) == [
        (numbers[0], 400, False),
        (numbers[1], 2000, True),
    ]
