"""A service for several at once: who joins whom, how many fit, and who holds the time when the first one leaves."""

from typing import Any

import pytest
from django.utils import timezone

from booking.models import Appointment, Service, Status
from booking.services.appointments import cancel_appointment, edit_appointment
from booking.services.resources import WrongChoice
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.pages import Salon, at, booked, make_salon


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


@pytest.fixture
def yoga(salon: Salon) -> Service:
    with tenant_scope(salon.tenant):
        return Service.objects.create(name="Yoga", minutes=60, price=1200, capacity=8)


def join(salon: Salon, yoga: Service, people: int = 1, hour: int = 10, **more: Any) -> Appointment:
    return salon.book(hour, service=yoga, people=people, **more)


def holders(salon: Salon) -> list[int]:
    return [row.pk for row in booked(salon.tenant) if row.joins_id is None and not row.is_cancelled]


def test_the_first_holds_the_time_and_the_others_join(salon: Salon, yoga: Service) -> None:
    first, second, third = (join(salon, yoga, people) for people in (3, 2, 3))
    assert [row.joins_id for row in booked(salon.tenant)] == [None, first.pk, first.pk]
    assert (first.price, second.price, third.price) == (3600, 2400, 3600)


@pytest.mark.parametrize(
    ("taken", "asked", "sentence"),
    [
        (8, 1, "All places are taken at that time."),
        (7, 2, "Only one place is left at that time."),
        (5, 4, "Only 3 places are left at that time."),
    ],
)
def test_beyond_the_capacity_nobody_fits(
    taken: int, asked: int, sentence: str, salon: Salon, yoga: Service
) -> None:
    join(salon, yoga, taken)
    with pytest.raises(WrongChoice, match=sentence) as refusal:
        join(salon, yoga, asked)
    assert refusal.value.field == "time"
    assert sum(row.people for row in booked(salon.tenant)) == taken


def test_more_people_than_the_service_takes_is_said_beside_the_people(
    salon: Salon, yoga: Service
) -> None:
    for service, sentence in ((yoga, "at most 8 people"), (salon.cut, "for one person")):
        with pytest.raises(WrongChoice, match=sentence) as refusal:
            salon.book(10, service=service, people=9)
        assert refusal.value.field == "people"


@pytest.mark.parametrize(
    "other",
    [{"service": "cut"}, {"hour": 9, "service": "long"}, {"location": "baixa"}, {"minutes": 75}],
)
def test_what_is_not_the_same_is_refused_by_the_database(
    other: dict[str, Any], salon: Salon, yoga: Service
) -> None:
    join(salon, yoga)
    with tenant_scope(salon.tenant):
        long = Service.objects.create(name="Long", minutes=90, price=1, capacity=8)
        if "minutes" in other:  # the service was made longer since
            Service.objects.filter(pk=yoga.pk).update(minutes=other["minutes"])
    service = {"cut": salon.cut, "long": long}.get(other.get("service", ""), yoga)
    location = {"location": salon.baixa} if "location" in other else {}
    with pytest.raises(WrongChoice, match="Bruno is taken at that time"):
        salon.book(other.get("hour", 10), service=service, **location)


@pytest.mark.parametrize("leaving", ["cancelled", "moved"])
def test_when_the_holder_leaves_the_next_one_holds_the_time(
    leaving: str, salon: Salon, yoga: Service
) -> None:
    first, second, third = (join(salon, yoga) for _n in range(3))
    if leaving == "cancelled":
        cancel_appointment(salon.tenant, first.pk, now=timezone.now())
    else:
        edit_appointment(salon.tenant, first.pk, starts_at=at(14))
    rows = {row.pk: row for row in booked(salon.tenant)}
    assert rows[first.pk].joins_id is None
    assert (rows[second.pk].joins_id, rows[third.pk].joins_id) == (None, second.pk)
    with pytest.raises(WrongChoice, match="taken"):
        salon.book(10)
    assert join(salon, yoga, 6).joins_id == second.pk


def test_when_all_have_left_the_time_is_free(salon: Salon, yoga: Service) -> None:
    for row in [join(salon, yoga) for _n in range(3)]:
        cancel_appointment(salon.tenant, row.pk, now=timezone.now())
    assert salon.book(10).joins_id is None
    assert holders(salon) == [booked(salon.tenant)[-1].pk]


def test_who_comes_back_joins_those_who_stayed(salon: Salon, yoga: Service) -> None:
    first, second = join(salon, yoga), join(salon, yoga)
    edit_appointment(salon.tenant, first.pk, starts_at=at(14))
    assert edit_appointment(salon.tenant, first.pk, starts_at=at(10)).joins_id == second.pk


def test_people_of_one_are_changed_within_what_is_left(salon: Salon, yoga: Service) -> None:
    first, _second = join(salon, yoga, 2), join(salon, yoga, 4)
    assert edit_appointment(salon.tenant, first.pk, people=4).price == 4800
    with pytest.raises(WrongChoice, match="Only 4 places are left"):
        edit_appointment(salon.tenant, first.pk, people=5)
    assert len(holders(salon)) == 1
    assert sum(row.people for row in booked(salon.tenant)) == 8


def test_a_note_changes_nothing_of_the_time_though_the_service_has_new_buffers(
    salon: Salon, yoga: Service
) -> None:
    first = join(salon, yoga)
    neighbour = salon.book(11)
    with tenant_scope(salon.tenant):
        Service.objects.filter(pk=yoga.pk).update(buffer_after=30)
    edit_appointment(salon.tenant, first.pk, note="Mat by the window")
    # Who joins now asks for the buffer, but gets the time as the group has it; and may hold it later.
    second = join(salon, yoga)
    assert second.busy_until == first.busy_until == at(11)
    cancel_appointment(salon.tenant, first.pk, now=timezone.now())
    assert set(holders(salon)) == {neighbour.pk, second.pk}


def test_smaller_capacity_keeps_who_is_there(salon: Salon, yoga: Service) -> None:
    row = join(salon, yoga, 5)
    with tenant_scope(salon.tenant):
        Service.objects.filter(pk=yoga.pk).update(capacity=4)
    with pytest.raises(WrongChoice, match="All places are taken"):
        join(salon, yoga)
    assert edit_appointment(salon.tenant, row.pk, note="x").people == 5


def test_missed_one_keeps_its_place(salon: Salon, yoga: Service) -> None:
    row = join(salon, yoga, 8)
    with tenant_scope(salon.tenant):
        Appointment.objects.filter(pk=row.pk).update(status=Status.NO_SHOW)
    with pytest.raises(WrongChoice, match="All places"):
        join(salon, yoga)
