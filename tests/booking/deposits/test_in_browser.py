"""A customer pays a deposit in a real browser, and the owner gives it back."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from tests.booking.deposits.conftest import desk_of
from tests.booking.deposits.desk import DEPOSIT, Desk
from tests.browser.fixtures import Visitor
from tests.looks import in_every_look
from tests.world import World

pytestmark = pytest.mark.browser
Visitors = Callable[..., Visitor]


@pytest.fixture
def desk(committed_world: World, settings: Settings) -> Iterator[Desk]:
    yield from desk_of("stripe", committed_world.aurora, settings)


def fine(person: Visitor) -> None:
    assert person.serious_findings() == [], person.page.url
    assert not person.scrolls_sideways(), person.page.url


def to_the_company(person: Visitor, desk: Desk) -> Page:
    """The details are filled in, and “Book and pay” pressed."""
    page = person.open(desk.shop.tenant.url("/book/details/" + desk.shop.choice().query()))
    fine(person)
    page.fill("[name=name]", "Helena Matos")
    page.fill("[name=email]", "helena@mail.example")
    page.get_by_role("button", name="Book and pay $10.00").click()
    page.wait_for_url(f"{desk.till.sandbox.url}/**")
    return page


def test_customer_leaves_comes_back_and_pays(desk: Desk, visitor: Visitors) -> None:
    person = visitor(width=390)
    page = to_the_company(person, desk)
    page.goto(desk.payments[0].pay_url)
    page.locator("a[href*='left=1']").click()
    expect(page.locator("main")).to_contain_text("You have not paid yet.")
    fine(person)
    page.get_by_role("button", name="Pay $10.00 by card").click()
    page.wait_for_url(f"{desk.till.sandbox.url}/**")
    page.get_by_role("button", name="Pay").first.click()
    page.wait_for_url(f"{desk.shop.tenant.url('/book/a/')}**")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    expect(page.locator("main")).to_contain_text("Your deposit of $10.00 has arrived.")
    assert desk.money_there == [(DEPOSIT, 0)]


def test_customer_pays_without_scripts(desk: Desk, visitor: Visitors) -> None:
    """The way there and back is plain forms and pages that go on by themselves."""
    person = visitor(width=390, javascript=False)
    page = person.open(desk.shop.tenant.url("/book/details/" + desk.shop.choice().query()))
    page.fill("[name=name]", "Helena Matos")
    page.fill("[name=email]", "helena@mail.example")
    page.get_by_role("button", name="Book and pay $10.00").click()
    page.wait_for_url(f"{desk.till.sandbox.url}/**")
    page.get_by_role("button", name="Pay").first.click()
    page.wait_for_url(f"{desk.shop.tenant.url('/book/a/')}**")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    assert desk.money_there == [(DEPOSIT, 0)]


@in_every_look
def test_owner_gives_a_deposit_back(theme: str, width: int, desk: Desk, visitor: Visitors) -> None:
    desk.paid()
    person = visitor(theme=theme, width=width)
    person.log_in("ana@aurora.example")
    for path in ("", "at/stripe/", "deposits/"):
        page = person.open(desk.shop.tenant.url(f"/panel/online-payments/{path}"))
        fine(person)
    page.get_by_role("link", name="Helena Matos").click()
    page.get_by_role("link", name="Give back…").click()
    page.get_by_label("How much").fill("4")
    fine(person)
    page.get_by_role("button", name="Give it back").click()
    expect(page.get_by_text("$4.00 is given back.")).to_be_visible()
    assert desk.money_there == [(DEPOSIT, 400)]
