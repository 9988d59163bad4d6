"""Hours in a real browser: the week in its dialog, on a phone and without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.booking.pages import fill
from tests.browser.fixtures import Visitor
from tests.world import World

pytestmark = pytest.mark.browser
Visitors = Callable[..., Visitor]


def open_panel(visitor: Visitors, world: World, path: str, **options: object) -> Page:
    person = visitor(**options)
    person.log_in("ana@aurora.example")
    return person.open(world.aurora.url(path))


def test_week_is_set_in_a_dialog_and_the_page_follows(
    visitor: Visitors, committed_world: World
) -> None:
    page = open_panel(visitor, committed_world, "/panel/hours/")
    page.click("text=Change hours")
    page.fill("#dialog [name=day0_0_to]", "08:00")
    page.click("#dialog >> text=Add another span")
    page.fill("#dialog [name=day0_2_from]", "18:00")
    page.fill("#dialog [name=day0_2_to]", "20:00")
    page.click("#dialog button:text-is('Save')")
    expect(page.locator("#dialog")).to_contain_text("These hours end before they begin.")
    expect(page.locator("#dialog [name=day0_2_to]")).to_have_value("20:00")
    page.fill("#dialog [name=day0_0_to]", "12:00")
    page.press("#dialog [name=day0_0_to]", "Enter")  # saves, and does not add a span
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator("#list")).to_contain_text("09:00–12:00, 18:00–20:00")
    expect(page.locator(".toast")).to_contain_text("The hours are saved.")


@pytest.mark.parametrize("width", [1360, 390])
def test_hours_of_staff_are_set_without_javascript(
    width: int, visitor: Visitors, committed_world: World
) -> None:
    pk = fill(committed_world.aurora, "staff", 1)[0]
    path = f"/panel/hours/staff-{pk}/week/"
    page = open_panel(visitor, committed_world, path, javascript=False, width=width)
    expect(page.locator("[name=day0_0_from]")).to_be_hidden()
    page.click("text=Own hours")
    page.fill("[name=day5_0_from]", "10:00")
    page.fill("[name=day5_0_to]", "11:30")
    page.click("text=Add another span")
    expect(page.locator("[name=day5_0_to]")).to_have_value("11:30")
    page.click("button:text-is('Save')")
    page.wait_for_url(f"**/panel/staff/{pk}/hours/")
    expect(page.locator("#list")).to_contain_text("10:00–11:30")


def test_pages_of_one_of_the_staff_and_of_a_service_are_in_order(
    visitor: Visitors, committed_world: World
) -> None:
    staff = fill(committed_world.aurora, "staff", 3)[0]
    service = fill(committed_world.aurora, "services", 1)[0]
    for theme, width in (("light", 1360), ("dark", 390)):
        person = visitor(theme=theme, width=width)
        person.log_in("ana@aurora.example")
        for path in (
            f"/panel/staff/{staff}/hours/",
            f"/panel/hours/staff-{staff}/week/",
            f"/panel/staff/{staff}/time-off/",
            f"/panel/staff/{staff}/",
            f"/panel/services/{service}/",
        ):
            person.open(committed_world.aurora.url(path))
            assert person.serious_findings() == [], path
            assert not person.scrolls_sideways(), path
