"""The tenant's side in a real browser: dialogs, the list that follows, the same without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from booking.services.staff import add_staff
from tests.booking.pages import allow, fill
from tests.browser.fixtures import Visitor
from tests.world import World

pytestmark = pytest.mark.browser
Visitors = Callable[..., Visitor]


def open_panel(visitor: Visitors, world: World, path: str, **options: object) -> Page:
    person = visitor(**options)
    person.log_in("ana@aurora.example")
    return person.open(world.aurora.url(path))


def test_staff_is_added_in_a_dialog_and_the_list_follows(
    visitor: Visitors, committed_world: World
) -> None:
    allow(committed_world.plan, staff=5)
    fill(committed_world.aurora, "staff", 3)
    page = open_panel(visitor, committed_world, "/panel/staff/")
    page.click("text=Add staff")
    page.fill("#dialog [name=email]", "nonsense")
    page.click("#dialog button[type=submit]")
    expect(page.locator("#dialog")).to_contain_text("Enter a name.")
    expect(page.locator("#dialog [name=email]")).to_have_value("nonsense")
    page.fill("#dialog [name=name]", "Inês")
    page.fill("#dialog [name=email]", "")
    page.click("#dialog button[type=submit]")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator("#rows")).to_contain_text("Inês")
    expect(page.locator("#list")).to_contain_text("1 left")
    expect(page.locator(".toast")).to_contain_text("“Inês” is added.")


def test_last_place_taken_meanwhile_is_said_in_the_dialog_and_the_typed_name_stays(
    visitor: Visitors, committed_world: World
) -> None:
    allow(committed_world.plan, staff=5)
    fill(committed_world.aurora, "staff", 4)
    page = open_panel(visitor, committed_world, "/panel/staff/")
    page.click("text=Add staff")
    page.fill("#dialog [name=name]", "Inês")
    add_staff(committed_world.aurora, name="Somebody else")
    page.click("#dialog button[type=submit]")
    expect(page.locator("#dialog")).to_contain_text(
        "Staff: 5 / 5. You’ve reached your plan’s limit"
    )
    expect(page.locator("#dialog [name=name]")).to_have_value("Inês")
    page.click("#dialog >> text=See plans")
    page.wait_for_url("**/panel/billing/")


def test_row_is_switched_off_and_deleted_from_its_menu(
    visitor: Visitors, committed_world: World
) -> None:
    fill(committed_world.aurora, "services", 2)
    page = open_panel(visitor, committed_world, "/panel/services/")
    page.click("#rows tbody tr:first-child button")
    page.click("text=Switch off")
    expect(page.locator("#rows tbody tr").first).to_contain_text("Off")
    page.click("#rows tbody tr:first-child button")
    page.locator(".menu:popover-open").get_by_text("Delete").click()
    expect(page.locator("#dialog")).to_contain_text("deleted for good")
    page.click("#dialog button[type=submit]")
    expect(page.locator("#rows tbody tr")).to_have_count(1)


def test_search_follows_the_typing_and_keeps_the_order(
    visitor: Visitors, committed_world: World
) -> None:
    fill(committed_world.aurora, "services", 3)
    fill(committed_world.aurora, "services", 1, name="Balayage")
    page = open_panel(visitor, committed_world, "/panel/services/?sort=-age")
    page.locator("[name=q]").press_sequentially("bala")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    assert "q=bala" in page.url
    assert "sort=-age" in page.url
    expect(page.locator("[name=q]")).to_be_focused()


def test_everything_works_without_javascript(visitor: Visitors, committed_world: World) -> None:
    page = open_panel(visitor, committed_world, "/panel/staff/", javascript=False)
    page.click("main >> text=Add staff")
    page.fill("[name=name]", "Inês")
    page.click("main button[type=submit]")
    expect(page.locator("#rows")).to_contain_text("Inês")
    page.click("#rows >> text=Inês")
    page.fill("main [name=title]", "Stylist")
    page.click("main button[type=submit]")
    expect(page.locator("#rows")).to_contain_text("Stylist")
    page.goto(committed_world.aurora.url("/panel/billing/"))
    page.click("text=Switch to Free")
    page.click("main button[type=submit]")
    expect(page.locator("main")).to_contain_text("You are on Free now.")


@pytest.mark.req(99)
def test_cycle_switch_changes_the_prices_and_is_remembered(
    visitor: Visitors, committed_world: World
) -> None:
    page = open_panel(visitor, committed_world, "/panel/billing/")
    expect(page.get_by_text("$29", exact=True)).to_be_visible()
    expect(page.get_by_text("$290", exact=True)).to_be_hidden()
    with page.expect_response("**/panel/billing/cycle/"):
        page.click("label[for=cycle-annual]")
    expect(page.get_by_text("$290", exact=True)).to_be_visible()
    expect(page.get_by_text("$29", exact=True)).to_be_hidden()
    page.reload()
    expect(page.get_by_text("$290", exact=True)).to_be_visible()


def test_plan_is_switched_in_a_dialog_and_the_menu_follows(
    visitor: Visitors, committed_world: World
) -> None:
    committed_world.small_plan.capabilities |= {"staff": False}
    committed_world.small_plan.save()
    page = open_panel(visitor, committed_world, "/panel/billing/")
    page.click("text=Switch to Free")
    expect(page.locator("#dialog")).to_contain_text("Leaves your menu: Staff.")
    page.click("#dialog button[type=submit]")
    expect(page.locator("main h1 + p")).to_contain_text("Free, which costs nothing")
    expect(page.locator(".app-nav")).not_to_contain_text("Staff")
    # The day the plan has it again, it is there again, with what was in it.
    committed_world.small_plan.capabilities |= {"staff": True}
    committed_world.small_plan.save(update_fields=["capabilities"])
    page.reload()
    page.click(".app-nav >> text=Staff")
    expect(page.locator("main h1")).to_have_text("Staff")
