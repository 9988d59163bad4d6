"""Fifty customers press “Book” for the last time of the day at the same instant."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from booking.models import Customer
from tenants.models import Tenant
from tests.booking.panel.page import HELENA, Shop, monday, open_shop

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
CUSTOMERS = 50


@pytest.fixture
def shop(aurora: Tenant) -> Shop:
    return open_shop(aurora)


def press_book(shop: Shop, clients: list[Client], **typed: str) -> Counter[int]:
    """Each of them sends the form, all in the same instant; how often which answer came."""
    answers: list[int] = []
    start = threading.Barrier(len(clients))

    def press(number: int) -> None:
        try:
            start.wait(timeout=60)
            form = {
                "name": f"Customer {number}",
                "email": f"c{number}@mail.example",
                "phone": "",
                "key": f"form {number}",
            }
            answers.append(shop.details(clients[number], **form | typed).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(number,)) for number in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return Counter(answers)


def test_fifty_customers_for_one_time_are_one_booking_and_49_who_are_told(
    shop: Shop, client_for: Callable[..., Client]
) -> None:
    clients = [client_for(None, shop.tenant) for _number in range(CUSTOMERS)]
    assert press_book(shop, clients) == {302: 1, 409: CUSTOMERS - 1}
    assert [row.starts_at for row in shop.booked] == [monday()]
    assert len(shop.all(Customer)) == 1


def test_same_form_sent_ten_times_is_one_booking(
    shop: Shop, client_for: Callable[..., Client]
) -> None:
    clients = [client_for(None, shop.tenant) for _number in range(10)]
    assert press_book(shop, clients, **HELENA, key="one form") == {302: 10}
    assert len(shop.booked) == 1
    assert len(shop.all(Customer)) == 1
