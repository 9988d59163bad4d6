"""The list of appointments: by day, narrowed, in a fixed number of queries."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Customer, Location, Service, Staff
from booking.services.appointments import cancel_appointment
from plans.models import Plan
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import (
    DAY,
    Salon,
    at,
    booked,
    make_salon,
    queries_for,
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


def names(client: Client, **asked: str) -> list[str]:
    days = client.get(URL, asked).context["agenda"].days
    return [str(row) for _day, rows in days for row in rows]


def test_list_goes_day_by_day_in_the_tenants_zone(salon: Salon, owner: Client) -> None:
    in_zone(salon, "Asia/Tokyo")
    salon.book(14)  # 23:00 in Tokyo
    salon.book(15)  # midnight there: the next day
    days = owner.get(URL).context["agenda"].days
    assert [(day, len(rows)) for day, rows in days] == [(DAY, 1), (DAY + timedelta(days=1), 1)]
    assert len(names(owner, since=DAY.isoformat(), until=DAY.isoformat())) == 1


def test_list_is_narrowed_by_customer_status_staff_and_days(salon: Salon, owner: Client) -> None:
    with tenant_scope(salon.tenant):
        noor = Staff.objects.create(name="Noor")
    salon.book(9)
    salon.book(10, customer="Marta", staff=noor, status="pending")
    gone = salon.book(11, customer="Nuno")
    cancel_appointment(salon.tenant, gone.pk, now=at(8))
    salon.book(customer="Past", starts_at=timezone.now() - timedelta(days=9))
    assert names(owner) == ["Rita", "Marta"]
    assert names(owner, show="cancelled") == ["Nuno"]
    assert names(owner, show="all") == ["Rita", "Marta", "Nuno"]
    assert names(owner, show="pending") == names(owner, staff=str(noor.pk)) == ["Marta"]
    assert names(owner, q="91 5") == ["Rita"]
    assert names(owner, since="") == ["Past", "Rita", "Marta"]
    assert names(owner, since=(DAY + timedelta(days=1)).isoformat()) == []
    nonsense = {"show": "x", "staff": "x", "until": "x", "page": "x", "q": "\0"}
    assert names(owner, **nonsense) == ["Rita", "Marta"]
    for day in ("0001-01-01", "9999-12-31", "2026-02-31"):
        assert names(owner, since=day, until=day) == ["Past", "Rita", "Marta"]


@pytest.mark.parametrize("count", [1, 30])
def test_list_takes_eight_queries_whatever_its_length(
    count: int, salon: Salon, owner: Client
) -> None:
    for number in range(count):
        with tenant_scope(salon.tenant):
            rows = {
                "service": Service.objects.create(name=f"S {number}", minutes=30),
                "staff": Staff.objects.create(name=f"P {number}"),
                "location": Location.objects.create(name=f"L {number}"),
                "customer": Customer.objects.create(name=f"C {number}"),
            }
        salon.book(10, **rows)
    assert queries_for(owner, URL) == 7


def test_names_with_markup_are_shown_as_typed(salon: Salon, owner: Client) -> None:
    name = "<script>alert(1)</script>"
    owner.post(URL + "add/", salon.form(who=name, customer="new"))
    row = booked(salon.tenant)[0]
    for page in (
        URL,
        f"{URL}{row.pk}/",
        f"{URL}{row.pk}/cancel/",
        f"{URL}add/?who=%3Cscript%3Ealert",
    ):
        text = owner.get(page).content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


@pytest.mark.req(22, 80, 81)
def test_module_goes_with_its_capability_and_comes_back(
    salon: Salon, owner: Client, plan: Plan
) -> None:
    salon.book(10)
    switch(plan, "appointments", on=False)
    assert owner.get(URL).status_code == 404
    assert URL not in words(owner.get("/panel/"))
    switch(plan, "appointments", on=True)
    assert names(owner) == ["Rita"]
