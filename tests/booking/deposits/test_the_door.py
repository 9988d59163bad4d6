"""One door for money: exact, once, whoever knocks and however often, and never with the platform's money."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.models import Payment
from billing.services.merchants import PaymentFact, PaymentState
from billing.services.settlement import apply
from booking.models import Appointment, DepositPayment, DepositRefund, Status
from booking.services.appointments import cancel_appointment
from booking.services.deposits.settling import NOT_OURS, take_in
from tenants.scope import tenant_scope
from tests.billing.till import an_order
from tests.booking.deposits.desk import DEPOSIT, Desk


def fact_of(payment: DepositPayment, **changes: object) -> PaymentFact:
    """What the company says once it has the money."""
    known = PaymentFact(
        PaymentState.PAID, payment.amount, payment.currency, payment.external_id, payment.reference,
        charge_id=f"pi_{payment.pk}", paid_with="Visa 4242", at=timezone.now(),
    )  # fmt: skip
    return replace(known, **changes)


def knock(desk: Desk, fact: PaymentFact) -> str:
    own = {"gateway": desk.key, "environment": "sandbox"}
    with tenant_scope(desk.shop.tenant):
        return take_in(desk.shop.tenant, fact, now=desk.now, **own)


def test_same_news_twice_counts_once(card_desk: Desk) -> None:
    payment = card_desk.begin(card_desk.book())
    fact = fact_of(payment)
    assert [knock(card_desk, fact) for _time in range(3)] == [
        "Paid, and counted.", "It was settled before.", "It was settled before.",
    ]  # fmt: skip
    assert card_desk.money_there == [(DEPOSIT, 0)]
    assert card_desk.refunds == []


@pytest.mark.parametrize("changes", [{"amount": 999}, {"amount": 1001}, {"currency": "EUR"}])
def test_another_amount_or_currency_is_no_deposit(
    card_desk: Desk, changes: dict[str, object]
) -> None:
    payment = card_desk.begin(card_desk.book())
    assert "It does not count as the deposit" in knock(card_desk, fact_of(payment, **changes))
    stored = card_desk.payment(payment)
    assert (stored.status, stored.fulfilled_at) == ("paid", None)
    assert stored.problem
    assert card_desk.row(payment).deposit_paid_at is None
    assert card_desk.row(payment).status == Status.PENDING
    with tenant_scope(card_desk.shop.tenant):
        looked_at = DepositPayment.objects.to_look_at().count()
    assert looked_at == 1


def test_other_money_for_the_same_order_goes_back(desk: Desk) -> None:
    """As when two cards were used on one page: the first is the deposit."""
    payment = desk.paid()
    second = fact_of(payment, charge_id="other-money")
    assert "the second goes back" in knock(desk, second)
    assert knock(desk, second) == "It was settled before."
    assert desk.money_there == [(DEPOSIT, 0), (DEPOSIT, 0)]
    assert [(one.amount, one.reason) for one in desk.refunds] == [(DEPOSIT, "twice")]


def test_money_that_failed_first_still_counts(card_desk: Desk) -> None:
    payment = card_desk.begin(card_desk.book())
    knock(card_desk, fact_of(payment, state=PaymentState.FAILED, charge_id="", failure="No."))
    assert card_desk.payment(payment).status == "failed"
    assert knock(card_desk, fact_of(payment)) == "Paid, and counted."
    assert card_desk.payment(payment).failure == ""


def test_money_for_what_was_cancelled_goes_back(card_desk: Desk) -> None:
    payment = card_desk.begin(card_desk.book())
    cancel_appointment(card_desk.shop.tenant, payment.appointment_id, now=card_desk.now)
    card_desk.till.pay(payment.pay_url)
    card_desk.look(payment)
    assert card_desk.row(payment).deposit_paid_at is None
    card_desk.look_after(minutes=1)
    stored = card_desk.payment(payment)
    assert (stored.status, stored.received, stored.refunded) == ("refunded", DEPOSIT, DEPOSIT)
    assert card_desk.refunds[0].reason == "cancelled"


def test_deposit_never_settles_a_payment_of_the_platform_nor_the_other_way_round(
    desk: Desk, ana: object
) -> None:
    """Even on one and the same account at the company, which both of them are told about."""
    own = {"gateway": desk.key, "environment": "sandbox"}
    funds = desk.till.funds(desk.shop.tenant, ana, 5000)  # type: ignore[arg-type]
    deposit = desk.begin(desk.book())
    theirs = PaymentFact(PaymentState.PAID, 5000, "USD", funds.external_id, funds.reference)
    assert knock(desk, theirs) == NOT_OURS
    assert apply(fact_of(deposit), now=desk.now, **own) == NOT_OURS
    for url in (funds.pay_url, deposit.pay_url):
        desk.till.pay(url)
    assert NOT_OURS in desk.till.hear()
    assert desk.payment(deposit).status == "pending"
    assert Payment.objects.get(pk=funds.pk).status == "paid"
    desk.look(deposit)
    assert desk.payment(deposit).status == "paid"
    assert Payment.objects.count() == 1
    listed = [one.reference for one in desk.till.gateway.paid_since(desk.now - timedelta(days=1))]
    assert all(one.startswith(("pay_", "dep_")) for one in listed)


def test_tenant_does_not_hear_of_another_tenants_deposit(card_desk: Desk, borealis: object) -> None:
    payment = card_desk.begin(card_desk.book())
    with tenant_scope(borealis):  # type: ignore[arg-type]
        said = take_in(
            borealis, fact_of(payment), gateway="stripe", environment="sandbox", now=card_desk.now
        )  # type: ignore[arg-type]
    assert said == NOT_OURS
    assert card_desk.payment(payment).status == "pending"


def test_database_itself_counts_a_deposit_once(card_desk: Desk) -> None:
    payment = card_desk.paid()
    with tenant_scope(card_desk.shop.tenant):
        stored = DepositPayment.objects.get(pk=payment.pk)
        twin = {
            "appointment_id": stored.appointment_id, "gateway": "stripe", "environment": "sandbox",
            "amount": DEPOSIT, "currency": "USD", "status": "paid", "received": DEPOSIT,
            "paid_at": stored.paid_at,
        }  # fmt: skip
        for wrong in (
            {"charge_id": stored.charge_id},
            {"charge_id": "pi_2", "fulfilled_at": stored.paid_at},
            {"charge_id": "pi_3", "refunded": DEPOSIT + 1},
            {"charge_id": "pi_4", "paid_at": None},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                DepositPayment.objects.create(**twin | wrong)
        refund = {"payment": stored, "amount": 1, "reason": "by_hand", "asked_at": card_desk.now}
        DepositRefund.objects.create(**refund)
        with pytest.raises(IntegrityError), transaction.atomic():
            DepositRefund.objects.create(**refund | {"reason": "in_time"})
        with pytest.raises(IntegrityError), transaction.atomic():
            Appointment.objects.update(cancelled_why="unpaid")


def test_order_says_nothing_of_the_tenants_own_account(card_desk: Desk) -> None:
    """A tenant's customer is nobody whom the platform's own orders would find again."""
    store = card_desk.till.sandbox.world.store
    card_desk.begin(card_desk.book())
    assert store.all("customer") == []
    card_desk.till.gateway.start(an_order("pay_2"))
    assert [one["email"] for one in store.all("customer")] == ["ana@aurora.example"]
