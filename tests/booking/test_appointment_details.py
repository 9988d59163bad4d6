"""One appointment's page: all that is known of it, the buttons that take it on, the file for one's own calendar."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Appointment, Service, ServiceExtra, Status
from booking.services.appointments import cancel_appointment
from plans.models import Plan
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import (
    Salon,
    at,
    booked,
    make_salon,
    queries_for,
    seen,
    switch,
    words,
)

Clients = Callable[..., Client]
HTMX = {"hx-request": "true"}


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def url(row: Appointment, page: str = "") -> str:
    return f"/panel/appointments/{row.pk}/{page}"


def update(salon: Salon, row: Appointment, **fields: object) -> None:
    with tenant_scope(salon.tenant):
        Appointment.objects.filter(pk=row.pk).update(**fields)


def several(salon: Salon) -> None:
    with tenant_scope(salon.tenant):
        ServiceExtra.objects.filter(pk=salon.mask.pk).update(max_quantity=5)


def test_everything_of_it_is_there(salon: Salon, owner: Client) -> None:
    several(salon)
    row = salon.book(
        10, extras=[salon.mask], quantities={salon.mask.pk: 3}, location=salon.baixa, note="Window"
    )
    update(salon, row, deposit=500, source="page")
    page = words(owner.get(url(row)))
    for text in ("Rita", "91 555", "Cut", "3 × Mask", "Bruno · Baixa", "$52.00", "$5.00", "Window",
                 "Not received yet", "10:00 – 11:00", "On the booking page"):  # fmt: skip
        assert text in page, text


def test_buttons_are_those_that_may_follow(salon: Salon, owner: Client) -> None:
    row = salon.book(10)
    page = words(owner.get(url(row)))
    assert 'value="paid"' in page
    assert 'value="no_show"' not in page  # it has not begun
    update(salon, row, status=Status.COMPLETED)
    page = words(owner.get(url(row)))
    assert "Back to confirmed" in page
    assert "Cancel appointment" not in page


def test_button_takes_it_on_and_wakes_what_is_open(salon: Salon, owner: Client) -> None:
    row = salon.book(10)
    response = owner.post(url(row, "status/"), {"status": "paid"}, headers=HTMX)
    assert response.status_code == 204
    assert '"rowsChanged"' in response["HX-Trigger"]
    assert booked(salon.tenant)[0].status == Status.PAID
    page = words(owner.post(url(row, "status/"), {"status": "completed"}, follow=True))
    assert "The appointment of Rita: Completed." in page


@pytest.mark.parametrize("status", ["cancelled", "lost", "", "no_show"])
def test_status_that_no_button_has_is_refused(status: str, salon: Salon, owner: Client) -> None:
    row = salon.book(10)
    assert owner.post(url(row, "status/"), {"status": status}).status_code == 409
    assert booked(salon.tenant)[0].status == Status.APPROVED


def test_deposit_is_noted_and_confirms(salon: Salon, owner: Client) -> None:
    row = salon.book(10, status=Status.PENDING)
    assert "Deposit received" not in words(owner.get(url(row)))
    update(salon, row, deposit=500)
    assert "Deposit received" in words(owner.get(url(row)))
    page = words(owner.post(url(row, "deposit/"), follow=True))
    assert "received on" in page
    assert "Confirmed" in page
    assert "Deposit received" not in page


def test_cancelled_one_can_still_be_looked_at(salon: Salon, owner: Client) -> None:
    row = salon.book(10)
    cancel_appointment(salon.tenant, row.pk, now=timezone.now())
    page = words(owner.get(url(row)))
    assert "Cancelled" in page
    assert "status/" not in page
    assert "edit/" not in page


def test_file_is_a_calendar(salon: Salon, owner: Client) -> None:
    response = owner.get(url(salon.book(10), "appointment.ics"))
    assert response["Content-Type"].startswith("text/calendar")
    assert "attachment" in response["Content-Disposition"]
    assert b"SUMMARY:Cut at Salon Aurora" in response.content


def test_staff_role_sees_no_button_to_cancel(
    salon: Salon, client_for: Clients, bruno: User
) -> None:
    page = words(client_for(bruno, salon.tenant).get(url(salon.book(10))))
    assert 'value="paid"' in page
    assert "Cancel appointment" not in page


def test_without_the_right_to_edit_it_can_only_be_read(
    salon: Salon, owner: Client, plan: Plan
) -> None:
    row = salon.book(10)
    switch(plan, "appointments.edit", on=False)
    assert 'value="paid"' not in words(owner.get(url(row)))
    for page in ("status/", "deposit/"):
        assert owner.post(url(row, page), {"status": "paid"}).status_code == 404


def test_page_does_not_grow_with_the_group_or_the_extras(salon: Salon, owner: Client) -> None:
    with tenant_scope(salon.tenant):
        yoga = Service.objects.create(name="Yoga", minutes=60, price=1, capacity=60)
        extras = [ServiceExtra(service=yoga, name=f"Mat {n}") for n in range(30)]
        extras = ServiceExtra.objects.bulk_create(extras)
    row = salon.book(10, service=yoga)
    few = queries_for(owner, url(row))
    for _n in range(29):
        salon.book(10, service=yoga)
    salon.book(10, service=yoga, extras=extras)
    assert queries_for(owner, url(row)) == few
    assert few == 7


# The form: people, amounts and repeats


def test_people_are_asked_for_a_service_that_takes_several(salon: Salon, owner: Client) -> None:
    with tenant_scope(salon.tenant):
        yoga = Service.objects.create(name="Yoga", minutes=60, price=1200, capacity=8)
    add = "/panel/appointments/add/"
    assert 'name="people"' in words(owner.get(add, {"service": yoga.pk}))
    assert 'name="people"' not in words(owner.get(add, {"service": salon.cut.pk}))
    form = salon.form(service=yoga.pk, people=9)
    assert "at most 8 people at a time" in words(owner.post(add, form))
    assert owner.post(add, form | {"people": 3}).status_code == 302
    row = booked(salon.tenant)[0]
    assert (row.people, row.price) == (3, 3600)
    assert (
        owner.post(url(row, "edit/"), form | {"people": 5} | seen(salon.tenant, row)).status_code
        == 302
    )
    assert booked(salon.tenant)[0].price == 6000
    assert owner.post(add, form | {"people": 4}).status_code == 422
    for wrong in ("0", "x", "999"):
        refused = owner.post(add, form | {"people": wrong})
        assert "Enter how many people come." in words(refused)


def test_extras_are_had_several_times_up_to_what_there_is(salon: Salon, owner: Client) -> None:
    several(salon)
    add, name = "/panel/appointments/add/", f"quantity-{salon.mask.pk}"
    form = salon.form(extras=[salon.mask.pk])
    assert f'name="{name}"' in words(owner.get(add, {"service": salon.cut.pk}))
    for wrong, sentence in (
        ("6", "can be chosen at most 5 times"),
        ("0", "at most 5 times"),
        ("two", "as a whole number"),
    ):
        refused = owner.post(add, form | {name: wrong})
        assert refused.status_code == 422
        assert sentence in words(refused)
        assert f'value="{wrong}"' in words(refused)
    assert owner.post(add, form | {name: "2"}).status_code == 302
    row = booked(salon.tenant)[0]
    assert (row.price, row.minutes) == (2500 + 2 * 900, 50)
    assert 'value="2"' in words(owner.get(url(row, "edit/")))
    assert (
        owner.post(url(row, "edit/"), form | {name: "4"} | seen(salon.tenant, row)).status_code
        == 302
    )
    assert booked(salon.tenant)[0].price == 2500 + 4 * 900


def test_series_is_booked_from_the_form_and_says_what_cannot_be_had(
    salon: Salon, owner: Client
) -> None:
    first = at(10)
    salon.book(10, starts_at=first.replace(hour=10) + timedelta(days=7))
    add = "/panel/appointments/add/"
    form = salon.form(repeats="weeks", every="1", times="3", note="Typed")
    page = words(owner.post(add, form))
    assert "One of the 3 dates cannot be had." in page
    assert "Bruno is taken at that time." in page
    assert "Typed" in page
    assert len(booked(salon.tenant)) == 1
    day = (first + timedelta(days=7)).date().isoformat()
    assert f'name="without" value="{day}"' in page
    assert owner.post(add, form | {"without": day}).status_code == 302
    assert len(booked(salon.tenant)) == 3
    row = booked(salon.tenant)[1]
    assert "Number 1 of 2" in words(owner.get(url(row)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"times": ""}, "Enter how many there are in all, or until when."),
        ({"times": "1"}, "Enter a number from 2 to 52."),
        ({"times": "53"}, "Enter a number from 2 to 52."),
        ({"every": "0"}, "Enter a number from 1 to 12."),
        ({"repeats": "years"}, "Choose how it repeats."),
        ({"times": "", "until": "soon"}, "Choose a day, such as"),
        ({"times": "", "until": "2020-01-01"}, "not more than one appointment"),
    ],
)
def test_mistake_in_the_repeats_is_one_sentence(
    change: dict[str, str], sentence: str, salon: Salon, owner: Client
) -> None:
    form = salon.form(repeats="weeks", every="1", times="3")
    response = owner.post("/panel/appointments/add/", form | change)
    assert response.status_code == 422
    assert sentence in words(response)
    assert booked(salon.tenant) == []


def test_series_longer_than_the_month_is_refused_in_words(
    salon: Salon, owner: Client, plan: Plan
) -> None:
    plan.limits |= {"appointments": 2}
    plan.save()
    response = owner.post("/panel/appointments/add/", salon.form(repeats="weeks", times="3"))
    assert response.status_code == 409
    assert "The series is longer than what is left this month." in words(response)
    assert booked(salon.tenant) == []


def test_one_or_all_that_follow_are_changed_and_cancelled(salon: Salon, owner: Client) -> None:
    owner.post("/panel/appointments/add/", salon.form(repeats="weeks", times="4"))
    rows = booked(salon.tenant)
    assert "This one and all that follow" in words(owner.get(url(rows[1], "edit/")))
    day = rows[1].starts_at.date().isoformat()
    form = salon.form(date=day, time="11:00", scope="following")
    assert owner.post(url(rows[1], "edit/"), form | seen(salon.tenant, rows[1])).status_code == 302
    assert [row.starts_at.hour for row in booked(salon.tenant)] == [10, 11, 11, 11]
    alone = {"time": "12:00", "scope": "one"} | seen(salon.tenant, rows[1])
    owner.post(url(rows[1], "edit/"), form | alone)
    assert [row.starts_at.hour for row in booked(salon.tenant)] == [10, 12, 11, 11]
    assert "the 2 that follow" in words(owner.get(url(rows[1], "cancel/")))
    page = words(owner.post(url(rows[1], "cancel/"), {"scope": "following"}, follow=True))
    assert "3 appointments of Rita are cancelled." in page
    assert [row.is_cancelled for row in booked(salon.tenant)] == [False, True, True, True]
