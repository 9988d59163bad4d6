"""A time is kept for its deposit so long as the business says, and not a minute longer."""

from datetime import timedelta

import pytest
from django.test import Client

from booking.availability import Wish
from booking.models import BookingRules, Status
from booking.private_link import path_of
from booking.services.deposits import holding
from booking.services.public_booking import JustTaken, free_at
from booking.services.statuses import receive_deposit, set_status
from booking.tasks import sweep_deposits
from saas.core.errors import Conflict
from tenants.models import Errand
from tenants.scope import tenant_scope
from tests.booking.deposits.desk import DEPOSIT, Desk
from tests.booking.pages import words
from tests.booking.panel.page import monday


def is_free(desk: Desk) -> bool:
    wish = Wish(service=desk.shop.cut, first=monday().date(), days=1, staff=desk.shop.bruno)
    with tenant_scope(desk.shop.tenant):
        rules = BookingRules.load()
        return free_at(desk.shop.tenant, wish, monday(), desk.now, rules) is not None


def test_time_is_held_and_then_released(desk: Desk, customer: Client) -> None:
    payment = desk.begin(desk.book())
    assert desk.row(payment).held_until - desk.now < timedelta(minutes=31)
    desk.look_after(minutes=29)
    assert desk.row(payment).status == Status.PENDING
    assert not is_free(desk)
    with pytest.raises(JustTaken):
        desk.shop.book(name="Rui", email="rui@mail.example")
    desk.look_after(minutes=31)
    row = desk.row(payment)
    assert (row.status, row.cancelled_why) == (Status.CANCELLED, "unpaid")
    assert is_free(desk)
    stored = desk.payment(payment)
    assert (stored.status, stored.closed_at is not None) == ("failed", True)
    assert desk.errand is None
    page = words(customer.get(path_of(desk.shop.tenant, row.pk) + "pay/?left=1"))
    assert "Your time is not kept any more" in page
    assert "The deposit was not paid in time" in words(
        customer.get(path_of(desk.shop.tenant, row.pk))
    )


def test_business_sets_for_how_long(card_desk: Desk) -> None:
    card_desk.shop.rules(hold_minutes=60)
    row = card_desk.book()
    assert timedelta(minutes=59) < row.held_until - card_desk.now < timedelta(minutes=61)
    card_desk.look_after(minutes=58)
    assert card_desk.row(row).status == Status.PENDING


def test_payment_in_the_last_moment_counts_though_nobody_came_back(desk: Desk) -> None:
    payment = desk.begin(desk.book())
    desk.till.pay(payment.pay_url)
    desk.look_after(minutes=31)
    row = desk.row(payment)
    assert (row.status, row.cancelled_why) == (Status.APPROVED, "")
    assert row.deposit_paid_at is not None
    assert row.held_until is not None  # it was never released, not even for a moment


def test_money_after_the_release_brings_the_appointment_back_while_its_time_is_free(
    card_desk: Desk,
) -> None:
    row = card_desk.book()
    payment = card_desk.begin(row)
    card_desk.till.sandbox.fault("connection", times=99)  # nobody can close the page
    card_desk.look_after(minutes=31)
    assert card_desk.row(row).status == Status.CANCELLED
    card_desk.till.sandbox.plan.clear()
    card_desk.till.pay(payment.pay_url)
    card_desk.look_after(minutes=37)
    back = card_desk.row(row)
    assert (back.status, back.cancelled_at, back.cancelled_why) == (Status.APPROVED, None, "")
    assert card_desk.money_there == [(DEPOSIT, 0)]


def test_money_after_somebody_else_took_the_time_goes_back_by_itself(
    card_desk: Desk, customer: Client, owner: Client
) -> None:
    row = card_desk.book()
    payment = card_desk.begin(row)
    card_desk.till.sandbox.fault("connection", times=99)
    card_desk.look_after(minutes=31)
    card_desk.till.sandbox.plan.clear()
    card_desk.shop.rules(hold_minutes=300)
    other = card_desk.shop.book(name="Rui", email="rui@mail.example")
    card_desk.till.pay(payment.pay_url)
    card_desk.look_after(minutes=37)
    card_desk.look_after(minutes=43)
    assert card_desk.row(row).status == Status.CANCELLED
    assert card_desk.row(other).status == Status.PENDING
    assert card_desk.money_there == [(DEPOSIT, DEPOSIT)]
    assert [one.reason for one in card_desk.refunds] == ["too_late"]
    path = path_of(card_desk.shop.tenant, row.pk)
    assert "You get the $10.00 back" in words(customer.get(f"{path}pay/?back=1"))
    assert "Deposit, given back" in words(customer.get(path))
    page = words(owner.get(f"/panel/appointments/{row.pk}/"))
    assert "The time was taken when the money came" in page
    assert "$10.00 went back" in page


def test_somebody_who_decides_by_hand_ends_the_holding(card_desk: Desk) -> None:
    row = card_desk.book()
    for status in (Status.APPROVED, Status.PENDING):
        set_status(card_desk.shop.tenant, row.pk, status, now=card_desk.now)
    card_desk.look_after(minutes=45)
    assert card_desk.row(row).status == Status.PENDING


def test_deposit_is_not_noted_by_hand_while_it_is_being_paid(card_desk: Desk) -> None:
    row = card_desk.book()
    payment = card_desk.begin(row)
    with pytest.raises(Conflict, match="paying it online right now"):
        receive_deposit(card_desk.shop.tenant, row.pk, now=card_desk.now)
    card_desk.till.pay(payment.pay_url)
    card_desk.look(payment)
    first = card_desk.row(row).deposit_paid_at
    receive_deposit(card_desk.shop.tenant, row.pk, now=card_desk.now)
    assert card_desk.row(row).deposit_paid_at == first


def test_company_that_is_away_keeps_no_time_from_being_released(card_desk: Desk) -> None:
    payment = card_desk.begin(card_desk.book())
    card_desk.till.sandbox.fault("connection", times=99)
    card_desk.look_after(minutes=31)
    assert card_desk.row(payment).was_released
    assert card_desk.payment(payment).closed_at is None
    assert card_desk.errand is not None
    card_desk.till.sandbox.plan.clear()
    card_desk.look_after(minutes=37)
    assert card_desk.payment(payment).closed_at is not None


def test_sweep_finds_a_tenant_by_one_query_and_looks_into_no_other(
    card_desk: Desk, borealis: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    card_desk.book()
    assert card_desk.errand is not None
    woken: list[int] = []
    monkeypatch.setattr(holding, "look_after", lambda tenant, now: woken.append(tenant.pk))
    Errand.objects.update(due_at=card_desk.now - timedelta(seconds=1))
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(
        "booking.tasks.look_after_deposits.enqueue_for", lambda *given: sent.append(given)
    )
    sweep_deposits()
    sweep_deposits()  # who was woken has some minutes to come back
    assert sent == [(card_desk.shop.tenant.pk, card_desk.shop.tenant.pk)]
