"""Three languages: by the address, the cookie, the browser, or where the business is."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from booking.models import PanelText, WorkingHours
from booking.page.language import Writer, spoken_in
from tenants.models import Tenant
from tests.booking.pages import words
from tests.booking.panel.page import Shop, monday

ES, PT, EN = (
    "¿Qué podemos hacer por usted?",
    "O que podemos fazer por si?",
    "What can we do for you?",
)


def test_address_wins_and_is_remembered(customer: Client, shop: Shop) -> None:
    assert EN in words(customer.get("/book/"))
    page = words(customer.get("/book/", {"lang": "es"}))
    assert ES in page
    assert '<html lang="es"' in page
    assert ES in words(customer.get("/book/", headers={"Accept-Language": "pt"}))
    assert PT in words(customer.get("/book/", {"lang": "pt"}))


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("pt-BR,pt;q=0.9", PT),
        ("de,es;q=0.8,en;q=0.5", ES),
        ("en-GB", EN),
        ("de", EN),
        ("xx;;;q=", EN),
    ],
)
def test_browser_is_asked_next(header: str, title: str, customer: Client, shop: Shop) -> None:
    assert title in words(customer.get("/book/", headers={"Accept-Language": header}))


def test_languages_that_we_do_not_speak_are_not_taken(customer: Client, shop: Shop) -> None:
    answer = customer.get("/book/", {"lang": "../../de"})
    assert EN in words(answer)
    assert "page_language" not in answer.cookies


@pytest.mark.parametrize(
    ("zone", "language"),
    [("Europe/Lisbon", "pt"), ("America/Sao_Paulo", "pt"), ("America/Mexico_City", "es"),
     ("Europe/Madrid", "es"), ("Europe/London", "en"), ("Europe/Berlin", "en"), ("UTC", "en")],
)  # fmt: skip
def test_business_speaks_the_language_of_its_country(zone: str, language: str) -> None:
    assert spoken_in(zone) == language


def test_business_in_lisbon_greets_in_portuguese(customer: Client, shop: Shop) -> None:
    Tenant.objects.filter(pk=shop.tenant.pk).update(time_zone="Europe/Lisbon")
    assert PT in words(customer.get("/book/"))


@pytest.mark.parametrize(
    ("language", "when", "money"),
    [("en", "Tuesday 24 November, 10:30", "$38.50"),
     ("es", "martes 24 de noviembre, 10:30", "38,50\xa0US$"),
     ("pt", "terça-feira, 24 de novembro, 10:30", "38,50\xa0US$")],
)  # fmt: skip
def test_dates_times_and_money_are_written_as_the_reader_does(
    language: str, when: str, money: str
) -> None:
    writer = Writer(language, ZoneInfo("Europe/Madrid"), "USD", date(2026, 11, 1))
    assert writer.when(datetime(2026, 11, 24, 9, 30, tzinfo=UTC)) == when
    assert writer.money(3850) == money


@pytest.mark.parametrize(
    ("language", "days", "brief", "place"),
    [("en", "Mon Wed Sat", "Wed 2 Dec, 12:00", "Lisbon"),
     ("es", "lun mié sáb", "mié 2 dic, 12:00", "Lisboa"),
     ("pt", "seg qua sáb", "qua 2 dez., 12:00", "Lisboa")],
)  # fmt: skip
def test_days_are_short_enough_for_a_column_and_cities_have_the_readers_name(
    language: str, days: str, brief: str, place: str
) -> None:
    writer = Writer(language, ZoneInfo("Europe/Lisbon"), "USD", date(2026, 11, 1))
    assert " ".join(writer.weekday(number) for number in (0, 2, 5)) == days
    assert writer.brief(datetime(2026, 12, 2, 12, 0, tzinfo=UTC)) == brief
    assert writer.place == place


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
def test_times_are_those_of_the_business_wherever_the_reader_sits(
    zone: str, customer: Client, shop: Shop
) -> None:
    Tenant.objects.filter(pk=shop.tenant.pk).update(time_zone=zone)
    url = "/book/time/" + shop.choice(at=None, staff=shop.bruno.pk, day=monday().date()).query()
    page = words(customer.get(url))
    assert ">09:00</a>" in page
    assert ">16:30</a>" in page
    assert ">08:45</a>" not in page
    assert shop.details(customer, at=monday(9, zone=zone)).status_code == 302
    assert shop.booked[0].starts_at == monday(9, zone=zone)


@pytest.mark.req(28)
def test_own_words_are_said_in_their_language_while_the_plan_has_them(
    customer: Client, shop: Shop, switched: Callable[..., None]
) -> None:
    shop.add(
        PanelText,
        language="en",
        key="service.title",
        text="What is it to be at {business}, <b>dear</b>?",
    )
    page = words(customer.get("/book/"))
    raw = customer.get("/book/").content.decode()
    assert "What is it to be at Salon Aurora" in page
    assert "&lt;b&gt;dear" in raw
    assert ES in words(customer.get("/book/", headers={"Accept-Language": "es"}))
    switched("booking_page.dynamic_translations", on=False)
    assert EN in words(customer.get("/book/"))
    switched("booking_page.dynamic_translations", on=True)
    assert "What is it to be" in words(customer.get("/book/"))


def test_opening_hours_are_read_in_the_readers_language(customer: Client, shop: Shop) -> None:
    for day in range(5):
        shop.add(WorkingHours, weekday=day, starts=9 * 60, ends=18 * 60)
    page = words(customer.get("/"))
    assert "<dt>Mon – Fri</dt><dd>09:00–18:00</dd>" in page
    assert "<dt>Sat – Sun</dt><dd>Closed</dd>" in page
    page = words(customer.get("/?lang=es"))
    assert "<dt>lun – vie</dt><dd>09:00–18:00</dd>" in page
    assert "<dd>Cerrado</dd>" in page
