"""Service, extras, place, person, time, details: each step is a page, and the address says what was chosen."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Customer, Location, ServiceExtra, Source, Staff, Status
from plans.models import Plan
from tests.booking.pages import fill, queries_for, words
from tests.booking.panel.page import HELENA, Shop, monday


def links(page: str, start: str) -> list[str]:
    return [
        found.replace("&amp;", "&")
        for found in re.findall(r'(?:href|formaction)="([^"]+)"', page)
        if found.startswith(start)
    ]


def test_customer_walks_from_the_first_page_to_the_confirmation(
    customer: Client, shop: Shop
) -> None:
    assert '<a class="btn btn-primary btn-large btn-wide" href="/book/">' in words(
        customer.get("/")
    )
    page = words(customer.get("/book/"))
    assert "What can we do for you?" in page
    assert "Cut" in page
    assert "$25" in page
    answer = customer.get("/book/extras/", {"service": shop.cut.pk}, follow=True)
    assert [urlsplit(url).path for url, _status in answer.redirect_chain] == [
        "/book/location/",
        "/book/time/",
        "/book/time/",
    ]
    day = f"/book/time/{shop.choice(at=None, day=monday().date(), staff=shop.bruno.pk).query()}"
    times = links(words(customer.get(day)), "/book/details/")
    assert len(times) == 31  # every quarter of an hour from 9:00 until 16:30
    details = next(url for url in times if "T1000Z" in url)
    assert "Book for Mon" in words(customer.get(details))
    answer = customer.post(details, HELENA)
    assert answer.status_code == 302
    page = words(customer.get(answer["Location"]))
    assert "You are booked" in page
    assert "calendar.ics" in page
    (made,) = shop.booked
    assert (made.starts_at, made.staff, made.status, made.source, made.price) == (
        monday(),
        shop.bruno,
        Status.APPROVED,
        Source.PAGE,
        2500,
    )
    assert (made.customer.name, made.customer.email, made.customer.phone) == tuple(HELENA.values())
    assert made.language == "en"


def test_extras_people_and_place_are_steps_where_there_is_something_to_choose(
    customer: Client, shop: Shop
) -> None:
    shop.change(shop.cut, capacity=3)
    mask = shop.add(
        ServiceExtra, service=shop.cut, name="Mask", price=900, minutes=10, max_quantity=2
    )
    baixa, chiado = shop.add(Location, name="Baixa"), shop.add(Location, name="Chiado")
    asked = {"service": shop.cut.pk}
    page = words(customer.get("/book/extras/", asked))
    assert "Mask" in page
    assert "How many people?" in page
    asked |= {f"extra_{mask.pk}": 2, "people": 3}
    page = words(customer.get("/book/location/", asked))
    assert "Baixa" in page
    assert "Chiado" in page
    assert f'name="extra_{mask.pk}" value="2"' in page
    made = shop.details(
        customer, choice={"extras": ((mask.pk, 2),), "people": 3, "location": chiado.pk}
    )
    assert made.status_code == 302
    (row,) = shop.booked
    assert (row.location, row.people, row.price, row.minutes) == (chiado, 3, 3 * 2500 + 2 * 900, 50)
    assert baixa != row.location


def test_anybody_is_whoever_is_free_first(customer: Client, shop: Shop) -> None:
    noor = shop.add(Staff, name="Noor")
    shop.details(customer)
    shop.details(customer, key="another form")
    assert {row.staff for row in shop.booked} == {shop.bruno, noor}


def test_without_anybody_the_first_person_is_chosen(customer: Client, shop: Shop) -> None:
    noor = shop.add(Staff, name="Amal")
    shop.rules(shows_any_staff=False)
    answer = customer.get("/book/time/" + shop.choice(at=None).query())
    assert f"staff={noor.pk}" in answer["Location"]
    assert "Anybody" not in words(customer.get(answer["Location"]))


def test_first_free_day_is_shown_when_this_week_is_full(customer: Client, shop: Shop) -> None:
    shop.rules(lead_minutes=20 * 24 * 60)
    page = words(customer.get("/book/time/" + shop.choice(at=None).query(), follow=True))
    assert links(page, "/book/details/")
    first = timezone.now() + timedelta(days=20)
    assert f"day={(first + timedelta(days=0)).year}" in page


def test_a_day_without_times_names_the_next_one(customer: Client, shop: Shop) -> None:
    sunday = monday().date() - timedelta(days=1)
    page = words(
        customer.get("/book/time/" + shop.choice(at=None, staff=shop.bruno.pk, day=sunday).query())
    )
    assert "Nothing is free on this day." in page
    assert "Next free time: Mon" in page


@pytest.mark.parametrize(
    "query",
    [
        "", "service=0", "service=999999", "service=abc", "service=-1", "service=" + "9" * 30,
        "service={cut}&extra_77=1", "service={cut}&people=5", "service={cut}&staff=999",
        "service={cut}&location=999",
    ],
)  # fmt: skip
def test_what_is_not_offered_leads_back_to_the_beginning(
    query: str, customer: Client, shop: Shop
) -> None:
    for page in ("time", "details"):
        answer = customer.get(f"/book/{page}/?{query.format(cut=shop.cut.pk)}")
        assert answer["Location"] == "/book/?gone=1"
    assert "That is not offered any more." in words(customer.get("/book/?gone=1"))


def test_nonsense_in_the_address_is_as_if_it_were_not_there(customer: Client, shop: Shop) -> None:
    asked = {
        "service": shop.cut.pk,
        "day": "2026-99-99",
        "at": "nonsense",
        "extra_x": "1",
        "people": "-3",
        "staff": "\0",
    }
    assert customer.get("/book/time/", asked, follow=True).status_code == 200
    assert customer.get("/book/details/", asked)["Location"].startswith("/book/time/")


@pytest.mark.parametrize("change", [{"is_active": False}, {"paused_at": timezone.now()}])
def test_rows_that_are_off_or_paused_cannot_be_booked_by_hand_made_requests(
    change: dict[str, object], customer: Client, shop: Shop
) -> None:
    noor = shop.add(Staff, name="Noor")
    place = shop.add(Location, name="Baixa")
    shop.add(Location, name="Chiado")
    mask = shop.add(ServiceExtra, service=shop.cut, name="Mask", price=900)
    whole = {"staff": noor.pk, "location": place.pk, "extras": ((mask.pk, 1),)}
    for row in (noor, place, mask, shop.cut):
        shop.change(row, **change)
        assert shop.details(customer, choice=whole)["Location"] == "/book/?gone=1"
        shop.change(row, is_active=True, paused_at=None)
    assert shop.booked == []
    assert shop.details(customer, choice=whole).status_code == 302
    assert len(shop.booked) == 1


@pytest.mark.parametrize(
    "at",
    [
        monday() - timedelta(days=60), monday(8, 45), monday(16, 45), monday(20), monday(10, 7),
        monday() + timedelta(days=90), monday() + timedelta(days=6),
    ],
    ids=["past", "early", "late", "night", "off the grid", "too far", "sunday"],
)  # fmt: skip
def test_time_that_is_not_offered_is_not_booked(at: object, customer: Client, shop: Shop) -> None:
    answer = shop.details(customer, at=at)
    assert answer.status_code == 409
    assert "That time was just taken" in words(answer)
    assert shop.booked == []
    assert shop.all(Customer) == []


def test_pages_cost_few_queries(customer: Client, shop: Shop) -> None:
    assert queries_for(customer, "/book/") == 3
    time = "/book/time/" + shop.choice(at=None, staff=shop.bruno.pk, day=monday().date()).query()
    assert queries_for(customer, time) == 12
    assert queries_for(customer, "/book/details/" + shop.choice().query()) == 5


@pytest.mark.parametrize("count", [1, 30])
def test_number_of_rows_costs_no_queries(
    count: int, customer: Client, shop: Shop, plan: Plan
) -> None:
    fill(shop.tenant, "services", count)
    fill(shop.tenant, "staff", count)
    shop.add(Location, name="Baixa")
    fill(shop.tenant, "locations", count)
    assert queries_for(customer, "/book/") == 3
    place = shop.all(Location)[0].pk
    url = "/book/time/" + shop.choice(at=None, location=place, day=monday().date()).query()
    assert queries_for(customer, url) == 10
