"""Who did what to an appointment, when: told in plain sentences, and kept by the database."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from booking.appointment_history import Line, history_of
from booking.models import Appointment, AppointmentEntry, By, Service, Staff
from booking.services.appointments import cancel_appointment, edit_appointment
from booking.services.customer_changes import cancel_by_customer, move_by_customer
from booking.services.moving import move_appointment, version_of
from booking.services.statuses import receive_deposit, set_status
from saas.core import audit
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import Salon, at, booked, make_salon, queries_for, seen, words
from tests.booking.panel.page import monday, open_shop

Clients = Callable[..., Client]
URL = "/panel/appointments/"
NOW = timezone.now()


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def told(tenant: Tenant, row: Appointment) -> list[Line]:
    with tenant_scope(tenant):
        return history_of(Appointment.objects.get(pk=row.pk), tenant)


def sentences(tenant: Tenant, row: Appointment) -> list[list[str]]:
    return [line.sentences for line in told(tenant, row)]


def test_page_says_who_did_what_the_latest_first(salon: Salon, owner: Client, ana: User) -> None:
    owner.post(URL + "add/", salon.form())
    row = booked(salon.tenant)[0]
    with tenant_scope(salon.tenant):
        noor = Staff.objects.create(name="Noor")
    change = salon.form(time="11:30", staff=noor.pk, note="Shy", extras=[salon.mask.pk])
    owner.post(f"{URL}{row.pk}/edit/", change | seen(salon.tenant, row))
    owner.post(f"{URL}{row.pk}/status/", {"status": "completed"})
    lines = told(salon.tenant, row)
    assert [line.who for line in lines] == [ana.name] * 3
    assert [line.at for line in lines] == sorted((one.at for one in lines), reverse=True)
    day = f"{row.starts_at:%a} {row.starts_at.day} {row.starts_at:%b %Y}"
    assert lines[0].sentences == ["From “Confirmed” to “Completed”."]
    assert sorted(lines[1].sentences) == sorted(
        [
            f"Moved from {day}, 10:00 to {day}, 11:30.",
            "With Noor instead of Bruno.",
            "With extras: Mask.",
            "The price is $34 instead of $25.",
            "A note was added.",
        ]
    )
    assert lines[2].sentences == ["Booked."]
    page = words(owner.get(f"{URL}{row.pk}/"))
    assert page.index("From “Confirmed”") < page.index("Moved from") < page.index("Booked.</p>")
    assert page.count(f"{ana.name} · <time") == 3
    assert "Shy" not in str(lines), "the note itself is not kept"


def test_what_changes_nothing_is_no_line(salon: Salon) -> None:
    row = salon.book(10)
    edit_appointment(salon.tenant, row.pk, note="", staff=salon.bruno)
    set_status(salon.tenant, row.pk, "approved", now=NOW)
    assert sentences(salon.tenant, row) == [["Booked."]]


def test_customer_is_named_whoever_is_logged_in(aurora: Tenant, ana: User) -> None:
    shop = open_shop(aurora)
    with audit.acting_as(ana):
        row = shop.book()
        move_by_customer(aurora, row.pk, monday(12), now=timezone.now())
        cancel_by_customer(aurora, row.pk, now=timezone.now())
    lines = told(aurora, row)
    assert [line.who for line in lines] == ["The customer"] * 3
    assert [line.sentences[0].split()[0] for line in lines] == ["From", "Moved", "Booked."]


def test_outside_of_a_request_it_was_a_workflow(salon: Salon) -> None:
    row = salon.book(10)
    set_status(salon.tenant, row.pk, "paid", now=NOW)
    assert told(salon.tenant, row)[0].who == "A workflow"


def test_deposit_cancelling_and_a_moved_group_are_told(salon: Salon) -> None:
    with tenant_scope(salon.tenant):
        yoga = Service.objects.create(name="Yoga", minutes=60, price=1000, capacity=5)
    first, other = salon.book(10, service=yoga), salon.book(10, service=yoga)
    with tenant_scope(salon.tenant):
        Appointment.objects.filter(pk=first.pk).update(deposit=500, status="pending")
    receive_deposit(salon.tenant, first.pk, now=NOW)
    with tenant_scope(salon.tenant):
        version = version_of(Appointment.objects.get(pk=first.pk))
    move_appointment(salon.tenant, first.pk, starts_at=at(14), seen=version)
    cancel_appointment(salon.tenant, other.pk, now=NOW)
    one, another = sentences(salon.tenant, first), sentences(salon.tenant, other)
    assert one[0][0].startswith("Moved from")
    assert ["The deposit was noted as received."] in one
    assert ["From “To confirm” to “Confirmed”."] in one
    assert another[0] == ["From “Confirmed” to “Cancelled”."]
    assert another[1][0].startswith("Moved from")


def test_what_was_before_there_was_a_history_is_told_by_the_appointment(salon: Salon) -> None:
    with tenant_scope(salon.tenant):
        row = Appointment(
            customer=salon.rita, service=salon.cut, staff=salon.bruno, starts_at=at(9), source="page",
            status="cancelled", cancelled_at=at(2), created_at=at(1),
        )  # fmt: skip
        row.end_after(30)
        row.save()
    lines = told(salon.tenant, row)
    assert [(line.at, line.who, line.sentences) for line in lines] == [
        (at(2), "", ["Cancelled."]),
        (at(1), "The customer", ["Booked."]),
    ]


def test_database_keeps_every_line(salon: Salon) -> None:
    salon.book(10)
    with tenant_scope(salon.tenant):
        for change in (
            lambda: AppointmentEntry.objects.update(by=By.CUSTOMER),
            lambda: AppointmentEntry.objects.all().delete(),
        ):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                change()
        assert AppointmentEntry.objects.count() == 1


def test_long_history_costs_one_query(salon: Salon, owner: Client) -> None:
    row = salon.book(10)
    counts = []
    for hours in (1, 12):
        for hour in range(hours):
            edit_appointment(salon.tenant, row.pk, starts_at=at(8 + hour))
        counts.append(queries_for(owner, f"{URL}{row.pk}/"))
    assert counts[0] == counts[1]
