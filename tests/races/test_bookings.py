"""Everybody books at the same instant: the plan's month and the hour of one of the staff hold."""

import pytest
from django.conf import settings

from booking.services.resources import WrongChoice
from booking.services.staff import delete_staff
from plans.entitlements import LimitReached
from plans.models import Plan
from saas.core.errors import Conflict
from tenants.models import Tenant
from tests.booking.pages import Salon, allow, at, booked, make_salon, rows_of
from tests.races.test_last_staff import PEOPLE, all_at_once

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


@pytest.mark.req(33, 40)
def test_twenty_bookings_leave_exactly_five_of_five(salon: Salon, plan: Plan) -> None:
    allow(plan, appointments=5)
    outcomes = all_at_once(lambda n: salon.book(starts_at=at(n)))
    assert outcomes == {"done": 5, LimitReached.__name__: PEOPLE - 5}
    assert len(booked(salon.tenant)) == 5


def test_same_hour_of_one_person_is_booked_once(salon: Salon) -> None:
    outcomes = all_at_once(lambda n: salon.book(10, customer=f"Customer {n}"))
    assert outcomes == {"done": 1, WrongChoice.__name__: PEOPLE - 1}
    assert len(booked(salon.tenant)) == 1
    assert len(rows_of(salon.tenant, "customers")) == 2  # Rita, and the one who came first


def test_last_place_of_the_customers_is_taken_once(salon: Salon, plan: Plan) -> None:
    allow(plan, customers=2)
    outcomes = all_at_once(lambda n: salon.book(starts_at=at(n), customer=f"Customer {n}"))
    assert outcomes == {"done": 1, LimitReached.__name__: PEOPLE - 1}
    assert len(rows_of(salon.tenant, "customers")) == 2


def test_person_is_deleted_or_booked_never_both(salon: Salon) -> None:
    def act(number: int) -> None:
        if number % 2:
            salon.book(starts_at=at(number))
        else:
            delete_staff(salon.tenant, salon.bruno.pk)

    outcomes = all_at_once(act)
    stays = bool(rows_of(salon.tenant, "staff"))
    assert len(booked(salon.tenant)) == (PEOPLE // 2 if stays else 0)
    assert outcomes[Conflict.__name__] == (PEOPLE // 2 if stays else 0)
    assert outcomes.total() == PEOPLE
