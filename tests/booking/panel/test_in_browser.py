"""A customer books in a real browser: on a phone and at a desk, with scripts and without."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import BookingRules, Customer, Location, ServiceExtra
from booking.services.guests import Guest
from booking.services.public_booking import Order, book
from tenants.scope import tenant_scope
from tests.booking.panel.page import Shop, monday, open_shop
from tests.browser.fixtures import Visitor
from tests.looks import in_every_look
from tests.world import World

pytestmark = pytest.mark.browser
Visitors = Callable[..., Visitor]


@pytest.fixture
def shop(committed_world: World) -> Shop:
    shop = open_shop(committed_world.aurora)
    with tenant_scope(shop.tenant):
        ServiceExtra.objects.create(service=shop.cut, name="Mask", price=900, minutes=10)
        Location.objects.create(name="Baixa", address="Rua da Prata 112, Lisboa")
        Location.objects.create(name="Chiado")
        BookingRules.objects.create(pk=1, color="#ffd400", terms="Come in time.", welcome="Hello!")
    return shop


def fine(person: Visitor) -> None:
    assert person.serious_findings() == [], person.page.url
    assert not person.scrolls_sideways(), person.page.url


def walk(person: Visitor, shop: Shop) -> Page:
    """From the business's page to the confirmation; each page on the way is looked at."""
    page = person.open(shop.tenant.url("/"))
    fine(person)
    page.get_by_role("link", name="Book an appointment").click()
    fine(person)
    page.get_by_text("Cut", exact=True).click()
    page.get_by_role("button", name="Choose a time").click()
    fine(person)
    page.get_by_text("Mask").click()
    page.get_by_role("button", name="Continue").click()
    fine(person)
    page.get_by_text("Chiado").click()
    page.get_by_role("button", name="Choose a time").click()
    page.goto(page.url + f"&day={monday().date()}")
    fine(person)
    page.locator(".slots a", has_text="10:00").click()
    page.fill("[name=name]", "Helena <script>alert(1)</script>")
    page.fill("[name=email]", "helena")
    page.locator(".sticky-foot button").click()
    expect(page.locator("main")).to_contain_text("Please enter an e-mail address")
    expect(page.locator("main")).to_contain_text("Please agree to the terms.")
    fine(person)
    page.fill("[name=email]", "helena@mail.example")
    page.check("[name=agree]")
    page.locator(".sticky-foot button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    fine(person)
    return page


@in_every_look
def test_customer_books_moves_and_cancels(
    theme: str, width: int, visitor: Visitors, shop: Shop
) -> None:
    person = visitor(theme=theme, width=width)
    page = walk(person, shop)
    with page.expect_download() as download:
        page.get_by_role("link", name="Add to my calendar").click()
    assert download.value.suggested_filename == "cut.ics"
    page.get_by_role("link", name="Move it to another time").click()
    fine(person)
    page.locator(".slots a", has_text="11:00").click()
    fine(person)
    page.get_by_role("button", name="Move it to").click()
    expect(page.locator("main")).to_contain_text("Moved. See you then.")
    fine(person)
    page.get_by_role("link", name="Cancel it").click()
    fine(person)
    page.get_by_role("button", name="Cancel it").click()
    expect(page.locator("main")).to_contain_text("Cancelled")
    fine(person)
    (row,) = shop.booked
    assert row.is_cancelled
    assert row.starts_at == monday(11)


def test_customer_books_without_a_script(visitor: Visitors, shop: Shop) -> None:
    person = visitor(width=390, javascript=False)
    page = person.open(
        shop.tenant.url("/book/time/")
        + shop.choice(at=None, location=shop.all(Location)[0].pk).query()
    )
    page.goto(page.url.split("&staff")[0])
    page.locator(".slots a").last.click()
    page.fill("[name=name]", "Helena")
    page.fill("[name=email]", "helena@mail.example")
    page.check("[name=agree]")
    page.locator(".sticky-foot button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    page.get_by_role("button", name="Português").click()
    expect(page.locator("main")).to_contain_text("A sua marcação")
    assert len(shop.booked) == 1


def test_time_taken_meanwhile_is_another_press_away(visitor: Visitors, shop: Shop) -> None:
    shop.rules(terms="")
    place = shop.all(Location)[0]
    person = visitor(width=390)
    page = person.open(shop.tenant.url("/book/details/") + shop.choice(location=place.pk).query())
    page.fill("[name=name]", "Helena")
    page.fill("[name=email]", "helena@mail.example")
    order = Order(shop.cut, monday(), location=place)
    book(shop.tenant, order, Guest("Marta", "marta@mail.example"), key="", now=timezone.now())
    page.locator(".sticky-foot button").click()
    expect(page.locator(".taken")).to_contain_text("That time was just taken")
    fine(person)
    page.locator(".taken button", has_text="10:30").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    assert [row.name for row in shop.all(Customer)] == ["Marta", "Helena"]


@in_every_look
def test_settings_pages(theme: str, width: int, visitor: Visitors, shop: Shop) -> None:
    person = visitor(theme=theme, width=width)
    person.log_in("ana@aurora.example")
    for path in ("/panel/booking-page/", "/panel/booking-page/words/?language=es", "/panel/phone/"):
        person.open(shop.tenant.url(path))
        fine(person)
