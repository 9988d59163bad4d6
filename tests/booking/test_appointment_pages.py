"""Appointments on the screen: the form, and the question before cancelling."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from booking.services import services
from plans.models import Plan
from tenants.models import Tenant, User
from tests.booking.pages import (
    DAY,
    Salon,
    allow,
    at,
    booked,
    fill,
    make_salon,
    queries_for,
    rows_of,
    seen,
    stop,
    switch,
    words,
)

Clients = Callable[..., Client]
URL = "/panel/appointments/"


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def in_zone(salon: Salon, zone: str) -> None:
    salon.tenant.time_zone = zone
    salon.tenant.save()


def test_booking_says_so_and_stands_in_the_list(salon: Salon, owner: Client) -> None:
    form = salon.form(extras=[salon.mask.pk], location=salon.baixa.pk, note="Window")
    page = words(owner.post(URL + "add/", form, follow=True))
    assert "Rita is booked." in page
    assert "Cut with Bruno · Baixa · $34" in page
    assert booked(salon.tenant)[0].note == "Window"


def test_booking_in_a_dialog_closes_it_and_wakes_the_list(salon: Salon, owner: Client) -> None:
    response = owner.post(URL + "add/", salon.form(), headers={"hx-request": "true"})
    assert response.status_code == 204
    assert '"rowsChanged"' in response["HX-Trigger"]


@pytest.mark.parametrize(
    ("zone", "hour"), [("UTC", 10), ("Asia/Tokyo", 1), ("Asia/Kolkata", 4.5), ("Etc/GMT+5", 15)]
)
def test_time_is_typed_and_shown_in_the_tenants_zone(
    zone: str, hour: float, salon: Salon, owner: Client
) -> None:
    in_zone(salon, zone)
    owner.post(URL + "add/", salon.form())
    row = booked(salon.tenant)[0]
    assert row.starts_at == at(0) + timedelta(hours=hour)
    assert ">10:00<small>30 min</small>" in words(owner.get(URL))
    assert 'value="10:00"' in words(owner.get(f"{URL}{row.pk}/edit/"))


def test_hour_that_the_clocks_skip_is_refused(salon: Salon, owner: Client) -> None:
    in_zone(salon, "Europe/Lisbon")
    spring = next(
        day
        for day in (
            DAY.replace(year=DAY.year + n, month=3, day=d) for n in (0, 1) for d in range(25, 32)
        )
        if day.weekday() == 6 and day > DAY - timedelta(days=300)
    )
    response = owner.post(URL + "add/", salon.form(date=spring.isoformat(), time="01:30"))
    assert response.status_code == 422
    assert "the clocks are put forward" in words(response)
    assert owner.post(URL + "add/", salon.form(date=spring.isoformat())).status_code == 302


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"who": "", "customer": None}, "Enter a name, an e-mail address or a phone number."),
        ({"customer": "9" * 18}, "That customer is not there any more."),
        ({"who": "R", "customer": None}, "Choose who you mean, or add somebody new."),
        ({"service": ""}, "Choose a service."),
        ({"service": "x"}, "Choose from the list."),
        ({"service": "9" * 30}, "Choose from the list."),
        ({"staff": "\0"}, "Null characters are not allowed."),
        ({"staff": ""}, "Choose who serves the customer."),
        ({"extras": ["12345"]}, "Choose from the extras of this service"),
        ({"extras": ["x"]}, "Choose from the extras of this service"),
        ({"date": "soon"}, "Choose a day, such as"),
        ({"date": "9999-12-31"}, "less than two years away"),
        ({"date": "0001-01-01"}, "less than two years away"),
        ({"time": "25:00"}, "Enter a time, such as"),
        ({"status": "cancelled"}, "Choose another status."),
        ({"note": "x" * 2001}, "2000 characters"),
    ],
)
def test_mistake_is_one_sentence_and_nothing_is_booked(
    change: dict[str, Any], sentence: str, salon: Salon, owner: Client
) -> None:
    response = owner.post(URL + "add/", salon.form(**change))
    assert response.status_code == 422
    assert sentence in words(response)
    assert booked(salon.tenant) == []


def test_typed_customer_is_found_meant_or_new(salon: Salon, owner: Client) -> None:
    fill(salon.tenant, "customers", 2)
    assert "Row 00" in words(owner.get(URL + "add/", {"who": "row"}))
    asked = words(owner.post(URL + "add/", salon.form(who="Row", customer=None)))
    assert "Choose who you mean" in asked
    assert "Somebody new called “Row”" in asked
    for hour, who, key in ((9, "rita", None), (11, "Marta", None), (12, "Row", "new")):
        form = salon.form(who=who, customer=key, time=f"{hour:02}:00")
        assert owner.post(URL + "add/", form).status_code == 302
    assert [str(row) for row in booked(salon.tenant)] == ["Rita", "Marta", "Row"]
    assert booked(salon.tenant)[0].customer == salon.rita


def test_without_the_right_to_add_customers_only_known_ones_are_booked(
    salon: Salon, owner: Client, plan: Plan
) -> None:
    switch(plan, "customers.add", on=False)
    response = owner.post(URL + "add/", salon.form(who="Marta", customer=None))
    assert response.status_code == 422
    assert "does not let you add customers" in words(response)
    assert owner.post(URL + "add/", salon.form()).status_code == 302


@pytest.mark.req(36, 42)
def test_full_month_is_said_before_and_after_the_click(
    salon: Salon, owner: Client, plan: Plan
) -> None:
    allow(plan, appointments=5)
    for hour in range(8, 12):
        salon.book(hour)
    page = words(owner.get(URL))
    assert "You’ve used 4 of 5 appointments" in page
    assert "1 left" in page
    salon.book(12)
    page = words(owner.get(URL))
    assert "Appointments: 5 / 5.</b> You’ve reached your plan’s limit" in page
    assert f'href="{URL}add/"' not in page
    assert owner.get(URL + "add/").status_code == 409
    refused = owner.post(URL + "add/", salon.form(note="Typed", time="15:00"))
    assert refused.status_code == 409
    assert "Typed" in words(refused)


@pytest.mark.req(36)
def test_new_customer_beyond_the_limit_is_told_on_the_form(
    salon: Salon, owner: Client, plan: Plan
) -> None:
    allow(plan, customers=1)
    refused = owner.post(URL + "add/", salon.form(who="Marta", customer=None))
    assert refused.status_code == 409
    assert "Customers: 1 / 1.</b>" in words(refused)
    assert booked(salon.tenant) == []


@pytest.mark.req(71)
@pytest.mark.parametrize("how", ["paused", "off"])
def test_paused_rows_are_not_offered_and_a_crafted_post_gets_a_sentence(
    how: str, salon: Salon, owner: Client
) -> None:
    made = salon.book(9, location=salon.baixa, extras=[salon.mask])
    for row in (salon.bruno, salon.cut, salon.baixa, salon.mask):
        stop(salon.tenant, row, how)
    form = words(owner.get(URL + "add/", {"service": str(salon.cut.pk)}))
    assert not any(name in form for name in ("Bruno", "Cut", "Baixa", "Mask"))
    response = owner.post(URL + "add/", salon.form(location=salon.baixa.pk))
    assert response.status_code == 422
    assert words(response).count("paused by your plan or switched off cannot be booked") == 3
    kept = words(owner.get(f"{URL}{made.pk}/edit/"))
    assert all(name in kept for name in ("Bruno", "Cut", "Baixa", "Mask"))
    change = salon.form(location=salon.baixa.pk, extras=[salon.mask.pk], note="Later")
    change |= seen(salon.tenant, made)
    assert owner.post(f"{URL}{made.pk}/edit/", change).status_code == 302
    assert booked(salon.tenant)[0].note == "Later"


def test_taken_time_is_said_beside_the_time(salon: Salon, owner: Client) -> None:
    salon.book(10)
    response = owner.post(URL + "add/", salon.form(who="Marta", customer="new", time="10:15"))
    assert response.status_code == 422
    assert "Bruno is taken at that time." in words(response)
    assert len(rows_of(salon.tenant, "customers")) == 1


def test_extras_follow_the_service_that_is_chosen(salon: Salon, owner: Client) -> None:
    assert "Mask" not in words(owner.get(URL + "add/"))
    assert "Mask · 10 min · $9" in words(owner.get(URL + "add/", {"service": salon.cut.pk}))
    row = salon.book(
        9, service=services.add_service(salon.tenant, name="Roots", minutes=5, price=1)
    )
    assert "Mask" not in words(owner.get(f"{URL}{row.pk}/edit/"))
    assert "Mask" in words(owner.get(f"{URL}{row.pk}/edit/", {"service": salon.cut.pk}))


def test_form_says_what_is_lacking_before_anything_can_be_booked(
    salon: Salon, owner: Client, aurora: Tenant
) -> None:
    assert "banner-warn" not in words(owner.get(URL + "add/"))
    stop(aurora, salon.bruno, "off")
    page = words(owner.get(URL + "add/"))
    assert "Nobody of your staff can be booked for this yet." in page
    stop(aurora, salon.cut, "off")
    page = words(owner.get(URL + "add/"))
    assert "There is no service to book yet." in page
    assert 'href="/panel/services/">Go to services</a>' in page


def test_without_locations_the_field_is_gone_and_what_is_set_stays(
    salon: Salon, owner: Client, plan: Plan
) -> None:
    row = salon.book(9, location=salon.baixa)
    switch(plan, "locations", on=False)
    assert "Location" not in words(owner.get(f"{URL}{row.pk}/edit/"))
    assert (
        owner.post(f"{URL}{row.pk}/edit/", salon.form(**seen(salon.tenant, row))).status_code == 302
    )
    assert booked(salon.tenant)[0].location == salon.baixa


def test_form_pages_do_not_grow_with_the_rows(salon: Salon, owner: Client) -> None:
    row = salon.book(10, extras=[salon.mask])
    counts = []
    for _round in range(2):
        counts.append([queries_for(owner, URL + page) for page in ("add/", f"{row.pk}/edit/")])
        fill(salon.tenant, "staff", 30)
    assert counts[0] == counts[1]
    assert counts[0] == [6, 11]


def test_cancelling_asks_first_and_says_what_happens(salon: Salon, owner: Client) -> None:
    row = salon.book(10)
    question = words(owner.get(f"{URL}{row.pk}/cancel/"))
    assert "Bruno is free at that time again." in question
    assert "still counts" in question
    page = words(owner.post(f"{URL}{row.pk}/cancel/", follow=True))
    assert "The appointment of Rita is cancelled." in page
    for page_of in ("edit/", "cancel/"):
        assert owner.get(f"{URL}{row.pk}/{page_of}").status_code == 409


def test_staff_role_books_and_moves_but_does_not_cancel(
    salon: Salon, client_for: Clients, bruno: User
) -> None:
    client = client_for(bruno, salon.tenant)
    assert client.post(URL + "add/", salon.form()).status_code == 302
    row = booked(salon.tenant)[0]
    change = salon.form(time="11:00", **seen(salon.tenant, row))
    assert client.post(f"{URL}{row.pk}/edit/", change).status_code == 302
    assert f"{URL}{row.pk}/cancel/" not in words(client.get(URL))
    assert client.post(f"{URL}{row.pk}/cancel/").status_code == 403
