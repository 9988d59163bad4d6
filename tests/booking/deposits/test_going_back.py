"""A deposit goes back once, in whole or in part; what is refused or not answered may be tried again, never twice."""

from datetime import timedelta

import pytest
from django.test import Client

from booking.models import DepositRefund, Status
from booking.private_link import path_of
from booking.services.customer_changes import cancel_by_customer
from booking.services.deposits.going_back import (
    NotGivenBack,
    NotKnown,
    NotRefundable,
    give_back,
)
from tenants.scope import tenant_scope
from tests.booking.deposits.desk import DEPOSIT, Desk
from tests.booking.pages import words


def give(desk: Desk, payment: object, amount: int, *, after: float = 0) -> DepositRefund:
    with tenant_scope(desk.shop.tenant):
        return give_back(
            desk.shop.tenant,
            payment.pk,
            amount,
            by_id=1,
            now=desk.now + timedelta(seconds=after),  # type: ignore[attr-defined]
        )


def gone_there(desk: Desk) -> list[int]:
    """What the company itself says went back, in cents."""
    since = desk.now - timedelta(days=1)
    return [fact.amount for fact in desk.till.gateway.gone_since(since)]


def test_all_of_it_goes_back_and_again_is_the_same(desk: Desk) -> None:
    payment = desk.paid()
    first, again = give(desk, payment, DEPOSIT), give(desk, payment, DEPOSIT, after=90)
    assert first.pk == again.pk
    assert first.external_id
    assert desk.money_there == [(DEPOSIT, DEPOSIT)]
    stored = desk.payment(payment)
    assert stored.status == "refunded"
    assert desk.row(payment).status == Status.APPROVED
    with pytest.raises(NotRefundable):
        give(desk, payment, 100)


def test_a_part_goes_back_once(card_desk: Desk) -> None:
    payment = card_desk.paid()
    give(card_desk, payment, 400)
    assert card_desk.money_there == [(DEPOSIT, 400)]
    assert card_desk.payment(payment).status == "paid"
    with pytest.raises(NotRefundable, match="given back already"):
        give(card_desk, payment, 600)
    assert gone_there(card_desk) == [400]


@pytest.mark.parametrize("amount", [0, -1, DEPOSIT + 1])
def test_no_more_goes_back_than_came(card_desk: Desk, amount: int) -> None:
    payment = card_desk.paid()
    with pytest.raises(NotRefundable):
        give(card_desk, payment, amount)
    assert card_desk.refunds == []


def test_answer_that_was_lost_gives_nothing_back_twice(card_desk: Desk) -> None:
    payment = card_desk.paid()
    card_desk.till.sandbox.fault("after", times=2, method="POST", path="/v1/refunds*")
    with pytest.raises(NotKnown):
        give(card_desk, payment, DEPOSIT)
    assert card_desk.money_there == [(DEPOSIT, 0)]
    with pytest.raises(NotKnown):  # a moment later it may still be on its way
        give(card_desk, payment, DEPOSIT, after=5)
    card_desk.look_after(minutes=2)
    assert card_desk.money_there == [(DEPOSIT, DEPOSIT)]
    assert gone_there(card_desk) == [DEPOSIT]


def test_refusal_is_said_and_may_be_tried_again(card_desk: Desk, owner: Client) -> None:
    payment = card_desk.paid()
    card_desk.till.refund(payment.charge_id, 700)  # in the company's own console, unheard of here
    with pytest.raises(NotGivenBack, match="Stripe did not give it back"):
        give(card_desk, payment, DEPOSIT)
    refund = card_desk.refunds[0]
    assert (refund.is_open, refund.refusals, bool(refund.failure)) == (True, 1, True)
    card_desk.look_after(minutes=5)
    assert card_desk.refunds[0].refusals == 1  # nobody asks again by himself
    page = words(owner.get(f"/panel/appointments/{payment.appointment_id}/"))
    assert "did not go back. Stripe refused" in page
    assert "1 deposit needs a look" in words(owner.get("/panel/"))
    give(card_desk, payment, 300)
    assert gone_there(card_desk) in ([300, 700], [700, 300])
    assert "deposit needs a look" not in words(owner.get("/panel/"))


def test_customer_who_cancels_in_time_gets_it_back_where_the_business_says_so(
    desk: Desk, customer: Client
) -> None:
    desk.shop.rules(deposit_back=True)
    payment = desk.paid()
    path = path_of(desk.shop.tenant, payment.appointment_id)
    assert "You get your deposit of $10.00 back" in words(customer.get(f"{path}cancel/"))
    customer.post(f"{path}cancel/")
    assert "on its way back to you" in words(customer.get(path))
    desk.look_after(minutes=1)
    assert desk.money_there == [(DEPOSIT, DEPOSIT)]
    assert desk.refunds[0].reason == "in_time"
    assert "Deposit, given back" in words(customer.get(path))


def test_otherwise_it_stays_until_somebody_decides(card_desk: Desk, customer: Client) -> None:
    payment = card_desk.paid()
    path = path_of(card_desk.shop.tenant, payment.appointment_id)
    assert "does not come back by itself" in words(customer.get(f"{path}cancel/"))
    cancel_by_customer(card_desk.shop.tenant, payment.appointment_id, now=card_desk.now)
    card_desk.look_after(minutes=1)
    assert card_desk.money_there == [(DEPOSIT, 0)]
    give(card_desk, payment, DEPOSIT)
    assert card_desk.money_there == [(DEPOSIT, DEPOSIT)]


def test_owner_gives_it_back_on_the_page_and_staff_cannot(
    card_desk: Desk, owner: Client, client_for: object, bruno: object
) -> None:
    payment = card_desk.paid()
    page = words(owner.get(f"/panel/appointments/{payment.appointment_id}/"))
    assert "Deposit of $10.00 received, by Stripe" in page
    assert "The deposit was paid online." in page
    assert "noted as received" not in page
    url = f"/panel/online-payments/deposits/{payment.pk}/back/"
    assert url in page
    staff = client_for(bruno, card_desk.shop.tenant)  # type: ignore[operator]
    assert url not in words(staff.get(f"/panel/appointments/{payment.appointment_id}/"))
    assert staff.post(url, {"amount": "10.00"}).status_code == 403
    wrong = owner.post(url, {"amount": "10.01"})
    assert (wrong.status_code, "Between nothing and $10.00" in words(wrong)) == (422, True)
    done = words(owner.post(url, {"amount": "4.00"}, follow=True))
    assert "$4.00 is given back" in done
    assert "$4.00 went back" in done
    assert url not in done
    assert card_desk.money_there == [(DEPOSIT, 400)]
