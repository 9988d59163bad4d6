"""My day: the staff role lands there, sees who is next, and works from there."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from booking.models import Appointment, Customer, Staff
from booking.my_day import my_day
from booking.services.logins import landing_of
from plans.models import Plan
from saas.core import clock
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import Salon, make_salon, queries_for, switch, words

Clients = Callable[..., Client]
URL = "/panel/day/"
NOW = datetime(2027, 3, 10, 10, 40, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def salon(aurora: Tenant, bruno: User) -> Salon:
    """Bruno logs in as who he is among the staff."""
    made = make_salon(aurora)
    with tenant_scope(aurora):
        Staff.objects.filter(pk=made.bruno.pk).update(user=bruno)
        Customer.objects.filter(pk=made.rita.pk).update(phone="+351 912 345 678", notes="Likes tea")
    return made


@pytest.fixture
def phone(client_for: Clients, bruno: User, aurora: Tenant) -> Client:
    return client_for(bruno, aurora)


def book(salon: Salon, hour: float, days: int = 0, **fields: object) -> Appointment:
    start = NOW.replace(hour=0, minute=0) + timedelta(days=days, hours=hour)
    with tenant_scope(salon.tenant):
        made = {"customer": salon.rita, "service": salon.cut, "staff": salon.bruno}
        row = Appointment(**made | fields, starts_at=start)
        row.end_after(30)
        row.save()
    return row


def test_next_customer_is_first_and_what_is_over_stands_below(salon: Salon, phone: Client) -> None:
    rows = {hour: book(salon, hour) for hour in (9, 10.5, 11, 13)}
    with tenant_scope(salon.tenant):
        noor = Staff.objects.create(name="Noor")
    book(salon, 12, staff=noor)
    book(salon, 15, status="cancelled", cancelled_at=NOW)
    book(salon, 9, days=1)
    with tenant_scope(salon.tenant):
        found = my_day(salon.tenant, salon.bruno, NOW.date(), NOW)
    assert [one.row.pk for one in found.visits] == [rows[hour].pk for hour in (10.5, 11, 13)]
    assert [one.row.pk for one in found.past] == [rows[9].pk]
    assert [one.is_next for one in found.visits] == [True, False, False]
    assert [one.gap for one in found.visits] == ["1 h", "", "1 h 30"]
    page = words(phone.get(URL))
    assert "4 appointments" in page
    assert "1 h 30 free" in page
    assert (
        page.index("10:30") < page.index("13:00") < page.index("Over</h2>") < page.index(">09:00")
    )


def test_everything_to_work_with_is_at_hand(salon: Salon, phone: Client, plan: Plan) -> None:
    row = book(salon, 12, note="Back door")
    page = words(phone.get(URL))
    for text in (
        'href="tel:+351%20912%20345%20678"',
        'href="https://wa.me/351912345678"',
        "Back door",
        "Likes tea",
    ):
        assert text in page
    assert (
        phone.post(f"/panel/appointments/{row.pk}/status/", {"status": "paid"}).status_code == 302
    )
    assert "Paid" in words(phone.get(URL))
    switch(plan, "customers", on=False)
    switch(plan, "appointments.edit", on=False)
    page = words(phone.get(URL))
    assert "Likes tea" not in page
    assert 'name="status"' not in page


def test_tomorrow_is_one_tap_away(salon: Salon, phone: Client) -> None:
    book(salon, 9, days=1)
    page = words(phone.get(URL))
    assert "Nobody is booked with you" in page
    assert 'href="/panel/day/?date=2027-03-11"' in page
    tomorrow = words(phone.get(f"{URL}?date=2027-03-11"))
    assert "<h1>Tomorrow</h1>" in tomorrow
    assert "1 appointment<" in tomorrow.replace("1 appointment ", "1 appointment<")
    assert "is-next" not in tomorrow
    assert phone.get(f"{URL}?date=never").status_code == 200


def test_day_is_that_of_the_business(salon: Salon, phone: Client) -> None:
    salon.tenant.time_zone = "Asia/Tokyo"
    salon.tenant.save()
    book(salon, 14.5)  # half past eleven at night there
    book(salon, 15.5)  # tomorrow there
    page = words(phone.get(URL))
    assert "23:30" in page
    assert "00:30<small>" not in page


def test_who_is_not_among_the_staff_is_told_how(
    client_for: Clients, ana: User, salon: Salon
) -> None:
    page = words(client_for(ana, salon.tenant).get(URL))
    assert "Your login is nobody’s among the staff" in page


def test_staff_role_lands_there(salon: Salon, bruno: User, ana: User, plan: Plan) -> None:
    tenant = salon.tenant
    assert landing_of(tenant, bruno) == URL
    assert landing_of(tenant, ana) == ""
    with tenant_scope(tenant):
        Staff.objects.filter(user=bruno).update(user=None)
    assert landing_of(tenant, bruno) == ""


def test_menu_has_it_for_the_staff_role(
    client_for: Clients, ana: User, phone: Client, salon: Salon
) -> None:
    assert f'href="{URL}"' in words(phone.get("/panel/calendar/"))
    assert f'href="{URL}"' not in words(client_for(ana, salon.tenant).get("/panel/calendar/"))


def test_page_does_not_grow_with_the_day(salon: Salon, phone: Client) -> None:
    counts = []
    for hours in ((9,), range(10, 22)):
        for hour in hours:
            book(salon, hour)
        counts.append(queries_for(phone, URL))
    assert counts[0] == counts[1]
