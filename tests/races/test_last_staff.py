"""Twenty people press the button at the same moment, and the plan has room for five."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection

from booking.services.services import add_service
from booking.services.staff import add_staff, set_staff_active
from plans.entitlements import LimitReached
from plans.models import Plan
from tenants.models import Tenant
from tests.booking.pages import allow, fill, rows_of

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
PEOPLE = 20


def all_at_once(act: Callable[[int], object]) -> Counter[str]:
    """`act(0)` … `act(19)` in a thread and on a connection each; how often which outcome came."""
    outcomes: list[str] = []
    start = threading.Barrier(PEOPLE)

    def run(number: int) -> None:
        try:
            start.wait(timeout=30)
            act(number)
            outcomes.append("done")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return Counter(outcomes)


@pytest.mark.req(33)
def test_twenty_adding_staff_leave_exactly_five(aurora: Tenant, plan: Plan) -> None:
    allow(plan, staff=5)
    outcomes = all_at_once(lambda number: add_staff(aurora, name=f"Staff {number}"))
    assert outcomes == {"done": 5, LimitReached.__name__: 15}
    assert sum(row.in_use for row in rows_of(aurora, "staff")) == 5
    assert len(rows_of(aurora, "staff")) == 5


def test_twenty_switching_staff_on_leave_exactly_five(aurora: Tenant, plan: Plan) -> None:
    allow(plan, staff=5)
    keys = fill(aurora, "staff", PEOPLE, is_active=False)
    outcomes = all_at_once(lambda number: set_staff_active(aurora, keys[number], active=True))
    assert outcomes == {"done": 5, LimitReached.__name__: 15}
    assert sum(row.in_use for row in rows_of(aurora, "staff")) == 5


def test_adding_and_switching_on_share_the_same_room(aurora: Tenant, plan: Plan) -> None:
    allow(plan, staff=5)
    keys = fill(aurora, "staff", PEOPLE, is_active=False)

    def act(number: int) -> None:
        if number % 2:
            add_staff(aurora, name=f"Staff {number}")
        else:
            set_staff_active(aurora, keys[number], active=True)

    assert all_at_once(act) == {"done": 5, LimitReached.__name__: 15}
    assert sum(row.in_use for row in rows_of(aurora, "staff")) == 5


def test_two_tenants_do_not_wait_for_each_others_room(
    aurora: Tenant, borealis: Tenant, plan: Plan
) -> None:
    allow(plan, services=5)

    def act(number: int) -> None:
        tenant = aurora if number % 2 else borealis
        add_service(tenant, name=f"Service {number}", minutes=30, price=1000)

    assert all_at_once(act) == {"done": 10, LimitReached.__name__: 10}
    assert [len(rows_of(tenant, "services")) for tenant in (aurora, borealis)] == [5, 5]
