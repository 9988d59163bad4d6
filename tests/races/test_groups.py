"""Twenty people want the eight places of one hour at the same instant."""

import pytest
from django.conf import settings

from booking.models import Service
from booking.services.appointments import cancel_appointment
from booking.services.resources import WrongChoice
from saas.core import clock
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.pages import Salon, booked, make_salon
from tests.races.test_last_staff import PEOPLE, all_at_once

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


@pytest.fixture
def yoga(salon: Salon) -> Service:
    with tenant_scope(salon.tenant):
        return Service.objects.create(name="Yoga", minutes=60, price=1200, capacity=8)


def test_twenty_bookings_fill_exactly_eight_places(salon: Salon, yoga: Service) -> None:
    outcomes = all_at_once(lambda n: salon.book(10, service=yoga, customer=f"Customer {n}"))
    assert outcomes == {"done": 8, WrongChoice.__name__: PEOPLE - 8}
    rows = booked(salon.tenant)
    assert sum(row.people for row in rows) == 8
    assert sum(row.joins_id is None for row in rows) == 1


def test_two_at_a_time_leave_no_half_place(salon: Salon, yoga: Service) -> None:
    outcomes = all_at_once(lambda n: salon.book(10, service=yoga, people=1 + n % 3))
    assert outcomes.total() == PEOPLE
    assert sum(row.people for row in booked(salon.tenant)) == 8


def test_holder_leaves_while_others_come_and_the_time_is_held_by_one(
    salon: Salon, yoga: Service
) -> None:
    first = salon.book(10, service=yoga)

    def act(number: int) -> None:
        if number == 0:
            cancel_appointment(salon.tenant, first.pk, now=clock.now())
        else:
            salon.book(10, service=yoga)

    outcomes = all_at_once(act)
    rows = [row for row in booked(salon.tenant) if not row.is_cancelled]
    assert outcomes["done"] - 1 == len(rows)
    assert len(rows) in {7, 8}  # seven, where all seven came before the first one left
    holder = next(row for row in rows if row.joins_id is None)
    assert {row.joins_id for row in rows} == {None, holder.pk}
