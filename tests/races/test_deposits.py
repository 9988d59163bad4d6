"""Return page, notification and beat tell of the same money in the same instant, many times over: it counts once."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import Settings

from booking.models import Appointment, DepositPayment, DepositRefund, Status
from booking.services.deposits import going_back
from booking.services.deposits.holding import release
from booking.services.deposits.paying import start_payment
from booking.services.deposits.settling import take_in
from saas.core.errors import DomainError
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.deposits.conftest import desk_of
from tests.booking.deposits.desk import DEPOSIT, Desk
from tests.booking.deposits.test_the_door import fact_of

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
KNOCKS = 16


@pytest.fixture
def desk(settings: Settings, aurora: Tenant) -> Iterator[Desk]:
    yield from desk_of("stripe", aurora, settings)


def at_once(desk: Desk, act: Callable[[int], Any], times: int = KNOCKS) -> Counter[str]:
    """What each came to, all in the same instant: the answer, or the name of the error."""
    said: list[str] = []
    start = threading.Barrier(times)

    def run(number: int) -> None:
        try:
            start.wait(timeout=60)
            with tenant_scope(desk.shop.tenant):
                said.append(str(act(number)))
        except DomainError as error:
            said.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    return Counter(said)


def knock(desk: Desk, fact: Any) -> str:
    return take_in(desk.shop.tenant, fact, gateway="stripe", environment="sandbox", now=desk.now)


def test_sixteen_who_tell_of_one_payment_are_one_deposit(desk: Desk) -> None:
    payment = desk.begin(desk.book())
    fact = fact_of(payment)
    said = at_once(desk, lambda _number: knock(desk, fact))
    assert said == {"Paid, and counted.": 1, "It was settled before.": KNOCKS - 1}
    assert desk.money_there == [(DEPOSIT, 0)]
    assert desk.refunds == []
    assert desk.row(payment).status == Status.APPROVED


def test_paid_twice_and_told_eight_times_each_is_one_deposit_and_one_refund(desk: Desk) -> None:
    payment = desk.begin(desk.book())
    first = fact_of(payment)
    second = replace(first, charge_id="pi_of_another_card")
    at_once(desk, lambda number: knock(desk, (first, second)[number % 2]))
    assert sorted(one.fulfilled_at is not None for one in desk.payments) == [False, True]
    assert sum(one.received for one in desk.payments) == 2 * DEPOSIT
    assert [(one.amount, one.reason) for one in desk.refunds] == [(DEPOSIT, "twice")]


def test_sixteen_tabs_that_go_on_to_pay_are_one_payment(desk: Desk) -> None:
    row = desk.book()
    urls = at_once(
        desk,
        lambda _n: start_payment(desk.shop.tenant, row.pk, "stripe", now=desk.now).url,
    )
    assert list(urls.values()) == [KNOCKS]
    assert len(desk.payments) == 1
    assert len(desk.till.sandbox.world.store.all("checkout.session")) == 1


def test_money_and_the_end_of_the_holding_in_one_instant_agree(desk: Desk) -> None:
    """Whoever is first: the appointment has its time and its deposit, and nothing goes back."""
    payment = desk.begin(desk.book())
    late, fact = desk.now + timedelta(minutes=31), fact_of(payment)

    def act(number: int) -> str:
        if number % 2:
            return knock(desk, fact)
        return str(release(desk.shop.tenant, payment.appointment_id, now=late))

    at_once(desk, act)
    row = desk.row(payment)
    assert (row.status, row.cancelled_why) == (Status.APPROVED, "")
    assert desk.money_there == [(DEPOSIT, 0)]
    assert desk.refunds == []


def test_sixteen_who_give_it_back_are_one_refund(desk: Desk) -> None:
    payment = desk.paid()

    def give(_number: int) -> str:
        tenant = desk.shop.tenant
        return going_back.give_back(tenant, payment.pk, DEPOSIT, by_id=1, now=desk.now).external_id

    said = at_once(desk, give)
    desk.look_after(minutes=2)
    with tenant_scope(desk.shop.tenant):
        assert DepositRefund.objects.count() == 1
        assert DepositPayment.objects.get().refunded == DEPOSIT
        assert Appointment.objects.get().deposit_paid_at is not None
    there = desk.till.gateway.gone_since(desk.now - timedelta(days=1))
    assert [fact.amount for fact in there] == [DEPOSIT]
    assert set(said) <= {desk.refunds[0].external_id, "NotKnown"}
