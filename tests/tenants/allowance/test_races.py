"""The monthly meter under eight threads: the numbers are exact."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tenants.metering import Charge, Item, meter
from tenants.models import Tenant, UsageCharge
from tests.tenants.allowance.month import NOW, charge, used, with_limit

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
THREADS, ITEMS = 8, 400


def all_at_once(act: Callable[[int], Any]) -> list[Any]:
    """What `act(0)` … answered, in a thread and on a connection each."""
    answers: list[Any] = []
    start = threading.Barrier(THREADS)

    def run(number: int) -> None:
        try:
            start.wait(timeout=30)
            answers.append(act(number))
        except Exception as error:
            answers.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not [one for one in answers if isinstance(one, Exception)], answers
    return answers


def test_month_ends_exactly(aurora: Tenant) -> None:
    """Items of one to four units, in batches of five: what was charged is what is used, and no more would fit."""
    tenant = with_limit(aurora, 500)

    def act(number: int) -> int:
        mine = range(number, ITEMS, THREADS)
        took = 0
        for start in range(0, len(mine), 5):
            items = [Item(f"k{n}", 1 + n // 8 % 4) for n in mine[start : start + 5]]
            costs = meter().charge(tenant, "sms", items, NOW)
            took += sum(one.from_month for one in costs if one)
        return took

    took = sum(all_at_once(act))
    charged = UsageCharge.objects.values_list("units", flat=True)
    assert took == sum(charged) == used(tenant) == 500
    assert UsageCharge.objects.count() < ITEMS


def test_same_keys_by_everybody_are_charged_once(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 1000)

    def act(number: int) -> list[Charge | None]:
        order = [1] * 50
        return [one for n in range(0, 50, 10) for one in charge(tenant, *order[:10], since=n)]

    answers = all_at_once(act)
    assert all(one == [Charge(1)] * 50 for one in answers)
    assert (UsageCharge.objects.count(), used(tenant)) == (50, 50)


def test_charges_and_what_is_given_back_add_up(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 60)

    def act(number: int) -> None:
        for n in range(20):
            key = f"t{number}:{n}"
            if meter().charge(tenant, "sms", [Item(key, 2)], NOW)[0] and n % 2:
                meter().give_back(tenant, "sms", [key], NOW)

    all_at_once(act)
    kept = UsageCharge.objects.filter(returned_at=None).values_list("units", flat=True)
    assert sum(kept) == used(tenant) <= 60


def test_depletion_is_told_once(aurora: Tenant, told: list[tuple[int, str]]) -> None:
    tenant = with_limit(aurora, 10)
    all_at_once(lambda n: charge(tenant, *[1] * 5, since=n * 5))
    assert told == [(tenant.pk, "sms")]
    assert used(tenant) == 10
