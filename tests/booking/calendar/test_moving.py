"""Dragging: to another time or person, with the group, and never over what somebody else has changed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from booking.models import Appointment, Service, Staff
from booking.services.appointments import cancel_appointment, edit_appointment
from booking.services.moving import move_appointment, version_of
from booking.services.resources import WrongChoice
from plans.models import Plan
from saas.core import clock
from saas.core.errors import Conflict
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import Salon, at, booked, make_salon, stop, switch, words

Clients = Callable[..., Client]
HTMX = {"hx-request": "true"}


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


@pytest.fixture
def noor(salon: Salon) -> Staff:
    with tenant_scope(salon.tenant):
        return Staff.objects.create(name="Noor")


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def move(salon: Salon, row: Appointment, to: datetime, **more: object) -> Appointment:
    return move_appointment(
        salon.tenant, row.pk, **{"starts_at": to, "seen": version_of(row)} | more
    )


def group(salon: Salon, *people: int) -> list[Appointment]:
    with tenant_scope(salon.tenant):
        yoga = Service.objects.create(name="Yoga", minutes=60, price=1, capacity=8, buffer_after=15)
    return [salon.book(10, service=yoga, people=count) for count in people]


def drop(client: Client, row: Appointment, to: datetime, **more: object) -> HttpResponse:
    sent = {"at": int(to.timestamp()), "seen": version_of(row)} | more
    return client.post(f"/panel/appointments/{row.pk}/move/", sent, headers=HTMX)


def test_another_time_and_another_of_the_staff(salon: Salon, noor: Staff) -> None:
    row = salon.book(10, extras=[salon.mask])
    moved = move(salon, row, at(14, 15), staff=noor)
    assert (moved.starts_at, moved.ends_at, moved.staff) == (at(14, 15), at(14, 55), noor)
    assert moved.price == row.price


@pytest.mark.parametrize("to", [(10, at(9, 45)), (10, at(10, 15))])
def test_taken_time_is_refused_and_nothing_changes(
    to: tuple[int, datetime], salon: Salon, noor: Staff
) -> None:
    salon.book(10, staff=noor)
    row = salon.book(12)
    with pytest.raises(WrongChoice, match="Noor is taken at that time"):
        move(salon, row, to[1], staff=noor)
    assert booked(salon.tenant)[1].starts_at == at(12)


def test_what_somebody_else_has_changed_is_not_overwritten(salon: Salon, noor: Staff) -> None:
    row = salon.book(10)
    seen = version_of(row)
    for change in (
        lambda: edit_appointment(salon.tenant, row.pk, starts_at=at(11)),
        lambda: edit_appointment(salon.tenant, row.pk, starts_at=at(10), staff=noor),
        lambda: edit_appointment(salon.tenant, row.pk, staff=salon.bruno, extras=[salon.mask]),
    ):
        change()
        with pytest.raises(Conflict, match="Somebody else has just changed it"):
            move(salon, row, at(15), seen=seen)
    assert booked(salon.tenant)[0].starts_at == at(10)


def test_cancelled_or_paused_is_refused(salon: Salon, noor: Staff) -> None:
    row = salon.book(10)
    stop(salon.tenant, noor, "paused")
    with pytest.raises(WrongChoice, match="paused by your plan"):
        move(salon, row, at(10), staff=noor)
    cancel_appointment(salon.tenant, row.pk, now=clock.now())
    with pytest.raises(Conflict, match="cancelled"):
        move(salon, row, at(12))


def test_group_moves_together(salon: Salon, noor: Staff) -> None:
    rows = group(salon, 2, 3)
    move(salon, rows[0], at(15), staff=noor)
    after = booked(salon.tenant)
    assert {(row.starts_at, row.ends_at, row.staff) for row in after} == {(at(15), at(16), noor)}
    assert {row.busy_until for row in after} == {at(16, 15)}
    assert [row.joins_id for row in after] == [None, rows[0].pk]
    salon.book(10)  # where they were is free


def test_group_does_not_move_onto_anybody(salon: Salon) -> None:
    rows = group(salon, 2, 3)
    salon.book(14)
    with pytest.raises(WrongChoice, match="taken"):
        move(salon, rows[0], at(13))  # fifteen minutes after it are its own, too
    assert {row.starts_at for row in booked(salon.tenant)[:2]} == {at(10)}


def test_one_of_a_group_is_not_dragged_out_of_it(salon: Salon) -> None:
    rows = group(salon, 2, 3)
    with pytest.raises(Conflict):
        move(salon, rows[1], at(15))


def test_one_alone_joins_the_group_it_is_put_on(salon: Salon) -> None:
    first, second = group(salon, 2, 3)
    edit_appointment(salon.tenant, second.pk, starts_at=at(13))
    second = booked(salon.tenant)[1]
    assert move(salon, second, at(10)).joins_id == first.pk


def test_put_down_in_the_calendar_it_is_saved_and_said(
    salon: Salon, owner: Client, noor: Staff
) -> None:
    row = salon.book(10)
    response = drop(owner, row, at(11, 15), staff=noor.pk)
    assert response.status_code == 204
    assert "Rita is moved to 11:15" in response["HX-Trigger"]
    assert '"rowsChanged"' in response["HX-Trigger"]
    assert booked(salon.tenant)[0].staff == noor


def test_refusal_is_one_sentence_for_the_page_to_say(salon: Salon, owner: Client) -> None:
    salon.book(12)
    row = salon.book(10)
    response = drop(owner, row, at(12))
    assert response.status_code == 409
    assert "<p data-error>Bruno is taken at that time.</p>" in words(response)


@pytest.mark.parametrize(
    "change", [{"at": "soon"}, {"at": ""}, {"at": "9" * 30}, {"at": "0"}, {"seen": ""}]
)
def test_what_cannot_be_read_moves_nothing(
    change: dict[str, str], salon: Salon, owner: Client
) -> None:
    row = salon.book(10)
    assert drop(owner, row, at(12), **change).status_code == 409
    assert drop(owner, row, at(12), staff="777777").status_code == 404
    assert booked(salon.tenant)[0].starts_at == at(10)


def test_far_away_is_refused(salon: Salon, owner: Client) -> None:
    assert drop(owner, salon.book(10), at(10) + timedelta(days=900)).status_code == 409


def test_only_a_post_of_who_may_edit_moves(salon: Salon, owner: Client, plan: Plan) -> None:
    row = salon.book(10)
    url = f"/panel/appointments/{row.pk}/move/"
    asked = {"at": str(int(at(12).timestamp())), "seen": version_of(row)}
    assert owner.get(url, asked).status_code == 200
    assert booked(salon.tenant)[0].starts_at == at(10)
    switch(plan, "appointments.edit", on=False)
    assert drop(owner, row, at(12)).status_code == 404


# By the form


def test_form_moves_it_to_another_day_and_person(salon: Salon, owner: Client) -> None:
    row = salon.book(10)
    with tenant_scope(salon.tenant):
        noor = Staff.objects.create(name="Noor")
    url = f"/panel/appointments/{row.pk}/move/"
    page = words(owner.get(url))
    assert 'value="10:00"' in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    form = {"date": f"{at(12):%Y-%m-%d}", "time": "12:15", "staff": noor.pk, "seen": seen}
    assert owner.post(url, form | {"time": "late"}).status_code == 422
    assert owner.post(url, form).status_code == 302
    moved = booked(salon.tenant)[0]
    assert (moved.starts_at, moved.staff) == (at(12, 15), noor)
    stale = owner.post(url, form | {"time": "13:00"})
    assert stale.status_code == 409
    assert "Somebody else has just changed it." in words(stale)
    assert booked(salon.tenant)[0].starts_at == at(12, 15)


def test_form_says_what_is_taken_and_that_a_member_of_a_group_has_none(
    salon: Salon, owner: Client
) -> None:
    row, other = salon.book(10), salon.book(14)
    url = f"/panel/appointments/{row.pk}/move/"
    seen = words(owner.get(url)).split('name="seen" value="')[1].split('"')[0]
    form = {"date": f"{at(12):%Y-%m-%d}", "time": "14:15", "staff": salon.bruno.pk, "seen": seen}
    refused = owner.post(url, form)
    assert refused.status_code == 422
    assert "Bruno is taken at that time." in words(refused)
    with tenant_scope(salon.tenant):
        Appointment.objects.filter(pk=row.pk).update(joins=other)
    refused = owner.get(url)
    assert refused.status_code == 409
    assert "It shares its time with others." in words(refused)
