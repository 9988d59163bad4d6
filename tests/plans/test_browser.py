"""The plan editor and the console in a real browser, with and without a script."""

from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from booking.models import Staff
from plans.models import Plan
from plans.services.grids import FOLDER
from saas.core import clock
from tenants.models import PlanRefit
from tenants.scope import tenant_scope
from tests.browser.fixtures import Visitor
from tests.looks import LOOKS
from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
PLANS = f"{settings.PLATFORM_URL}/console/plans/"


@pytest.fixture
def desk(visitor: Callable[..., Visitor]) -> Callable[..., Visitor]:
    """Olivia at a browser, logged in, on the Plans page."""

    def sit_down(**look: object) -> Visitor:
        olivia = visitor(**look)
        olivia.log_in("olivia@tenantry.example")
        olivia.open(PLANS)
        return olivia

    return sit_down


def open_editor(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    page.locator("#dialog [role=tablist]").wait_for()


@pytest.mark.req(4)
def test_plan_is_added_in_the_dialog_and_the_list_reloads(desk: Callable[..., Visitor]) -> None:
    page = desk().page
    open_editor(page, "Add plan")
    page.get_by_label("Name", exact=True).fill("Pro")
    page.get_by_label("Monthly price").fill("49")
    page.get_by_label("Annual price").fill("490")
    page.get_by_label("Colour", exact=True).fill("#aa3377")
    page.locator("#dialog .rich").click()
    page.keyboard.type("For teams")
    page.get_by_role("tab", name="Limits").click()
    page.get_by_role("switch", name="Staff: unlimited").check()
    expect(page.locator("#l-staff")).to_be_disabled()
    page.get_by_role("button", name="Add plan").click()
    expect(page.locator(".toast")).to_contain_text("Pro is saved.")
    expect(page.locator("#dialog")).not_to_be_visible()
    row = page.locator("tr", has_text="Pro").last
    expect(row).to_contain_text("$49.00")
    expect(row.locator(".dot")).to_have_css("background-color", "rgb(170, 51, 119)")
    stored = Plan.objects.get(name="Pro")
    assert stored.description == "<p>For teams</p>"
    assert stored.limits["staff"] == -1


@pytest.mark.req(17, 20)
def test_children_of_an_off_parent_are_greyed_and_come_back_as_they_were(
    desk: Callable[..., Visitor], committed_world: World
) -> None:
    page = desk().page
    open_editor(page, "Team")
    page.get_by_role("tab", name="Capabilities").click()
    child = page.locator('[id="c-services.add"]')
    parent = page.locator("#c-services")
    page.locator('[id="c-services.delete"]').uncheck()
    parent.uncheck()
    assert child.evaluate("box => box.closest('fieldset').inert || box.matches(':disabled')")
    assert float(child.evaluate("box => getComputedStyle(box).opacity")) < 0.6
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save for 2 tenants").click()
    expect(page.locator("#dialog")).not_to_be_visible()
    stored = Plan.objects.get(pk=committed_world.plan.pk).capabilities
    assert (stored["services"], stored["services.add"], stored["services.delete"]) == (
        False,
        True,
        False,
    )


def test_search_finds_a_capability_and_all_off_switches_everything(
    desk: Callable[..., Visitor],
) -> None:
    page = desk().page
    open_editor(page, "Team")
    page.get_by_role("tab", name="Capabilities").click()
    page.get_by_label("Find a capability").fill("categories")
    expect(page.get_by_label("Service categories")).to_be_visible()
    expect(page.get_by_label("Delete staff")).not_to_be_visible()
    page.get_by_label("Find a capability").fill("")
    page.get_by_role("button", name="All off", exact=True).click()
    expect(page.locator("[data-tree-count]")).to_have_text("0")


def test_first_wrong_tab_opens_and_keeps_what_was_typed(desk: Callable[..., Visitor]) -> None:
    page = desk().page
    open_editor(page, "Free")
    page.locator("#dialog .rich").click()
    page.keyboard.type("Kept words")
    page.get_by_role("tab", name="Limits").click()
    page.locator("#l-staff").fill("many")
    page.get_by_role("tab", name="Details").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#pane-limits")).to_be_visible()
    expect(page.locator("#l-staff")).to_have_value("many")
    expect(page.get_by_role("tab", name="Limits")).to_have_attribute("data-wrong", "")
    page.get_by_role("tab", name="Details").click()
    expect(page.locator("#dialog .rich")).to_contain_text("Kept words")


def test_conflict_is_shown_with_the_typed_text_and_can_be_resolved(
    desk: Callable[..., Visitor], committed_world: World
) -> None:
    page = desk().page
    open_editor(page, "Free")
    page.get_by_label("Name", exact=True).fill("Gratis")
    committed_world.small_plan.save()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#dialog .banner-warn")).to_contain_text("Somebody changed this plan")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Gratis")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Gratis is saved.")


def test_row_menu_duplicates_and_deletes(desk: Callable[..., Visitor]) -> None:
    page = desk().page
    page.get_by_role("button", name="Actions for Free").click()
    page.get_by_role("button", name="Duplicate").click()
    expect(page.locator("#plans")).to_contain_text("Free (copy)")
    page.get_by_role("button", name="Actions for Free (copy)").click()
    page.locator(":popover-open").get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete Free (copy)").click()
    expect(page.locator("#plans")).not_to_contain_text("Free (copy)")


def test_list_is_sorted_and_searched_without_a_page_load(desk: Callable[..., Visitor]) -> None:
    page = desk().page
    page.evaluate("window.stayed = true")
    page.get_by_role("link", name="Plan", exact=True).click()
    page.wait_for_url("**/?sort=name")
    page.get_by_label("Find a plan").fill("tea")
    expect(page.locator("#plans tbody tr")).to_have_count(1)
    assert "sort=name" in page.url
    assert "q=tea" in page.url
    assert page.evaluate("window.stayed")


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_console_pages_have_no_serious_finding(
    desk: Callable[..., Visitor], theme: str, width: int
) -> None:
    olivia = desk(theme=theme, width=width)
    for path in ("", "settings/", "plans/", "plans/add/"):
        olivia.open(f"{settings.PLATFORM_URL}/console/{path}")
        assert olivia.serious_findings() == [], path
        assert not olivia.scrolls_sideways(), path
    olivia.open(PLANS)
    open_editor(olivia.page, "Team")
    olivia.page.locator("#dialog .rich").wait_for()
    for tab in ("Details", "Capabilities", "Limits"):
        olivia.page.get_by_role("tab", name=tab).click()
        assert olivia.serious_findings() == [], tab
        assert not olivia.scrolls_sideways(), tab


def test_everything_works_without_a_script(desk: Callable[..., Visitor]) -> None:
    page = desk(javascript=False).page
    page.get_by_role("link", name="Add plan").click()
    page.get_by_label("Name", exact=True).fill("Plain")
    page.get_by_label("Description").fill("- One\n- Two")
    page.locator("#l-staff").fill("3")
    page.locator("#u-services").check()
    page.locator("#c-staff").uncheck()
    page.get_by_role("button", name="Add plan").click()
    expect(page.locator("#plans")).to_contain_text("Plain")
    stored = Plan.objects.get(name="Plain")
    assert stored.description == "<ul><li>One</li><li>Two</li></ul>"
    assert (stored.limits["staff"], stored.limits["services"]) == (3, -1)
    assert stored.capabilities["staff"] is False
    page.get_by_role("link", name="Plain", exact=True).click()
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field-error")).to_contain_text("Enter a name.")


@pytest.mark.req(20)
def test_all_on_and_all_off_reach_one_branch_only(desk: Callable[..., Visitor]) -> None:
    page = desk().page
    open_editor(page, "Free")
    page.get_by_role("tab", name="Capabilities").click()
    boxes = page.locator("[id^='c-services']")
    elsewhere = page.locator("#c-staff")
    page.get_by_role("button", name="Services: all off").click()
    assert boxes.evaluate_all("all => all.every((box) => !box.checked)")
    assert boxes.last.evaluate("box => box.closest('fieldset').inert")
    expect(elsewhere).to_be_checked()
    page.get_by_role("button", name="Services: all on").click()
    assert boxes.evaluate_all("all => all.every((box) => box.checked)")
    assert not boxes.last.evaluate("box => box.closest('fieldset').inert")


@pytest.fixture
def busy(committed_world: World) -> World:
    with tenant_scope(committed_world.aurora):
        for name in ("Ana", "Bruno", "Inês"):
            Staff.objects.create(name=name)
    return committed_world


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_preview_keeps_what_was_typed_and_saves_on_confirmation(
    desk: Callable[..., Visitor], committed_world: World, theme: str, width: int
) -> None:
    olivia = desk(theme=theme, width=width)
    page = olivia.page
    open_editor(page, "Team")
    page.get_by_label("Name", exact=True).fill("Crew")
    page.get_by_role("tab", name="Limits").click()
    page.get_by_role("switch", name="Staff: unlimited").uncheck()
    page.locator("#l-staff").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#dialog h2")).to_have_text("This pauses one of the staff at 1 tenant")
    assert olivia.serious_findings() == []
    assert not olivia.scrolls_sideways()
    page.get_by_role("button", name="Back to the plan").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Crew")
    page.get_by_role("tab", name="Limits").click()
    expect(page.locator("#l-staff")).to_have_value("2")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save and pause one of the staff").click()
    expect(page.locator("#dialog")).not_to_be_visible()
    expect(page.locator("#plans")).to_contain_text("Crew")
    assert Plan.objects.get(pk=committed_world.plan.pk).limits["staff"] == 2


@pytest.mark.usefixtures("busy")
def test_preview_works_without_a_script(
    desk: Callable[..., Visitor], committed_world: World
) -> None:
    page = desk(javascript=False).page
    page.get_by_role("link", name="Team", exact=True).click()
    page.locator("#u-staff").uncheck()
    page.locator("#l-staff").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("This pauses one of the staff at 1 tenant")
    page.get_by_role("button", name="Back to the plan").click()
    expect(page.locator("#l-staff")).to_have_value("2")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save and pause one of the staff").click()
    expect(page.locator("#plans")).to_contain_text("Team")
    assert Plan.objects.get(pk=committed_world.plan.pk).limits["staff"] == 2


def test_progress_on_a_row_moves_by_itself_and_leaves(
    desk: Callable[..., Visitor], committed_world: World
) -> None:
    work = PlanRefit.objects.create(
        plan=committed_world.plan, total=300, done=1, started_at=clock.now(), moved_at=clock.now()
    )
    page = desk().page
    expect(page.locator("#plans")).to_contain_text("Adjusting 1 of 300 tenants…")
    PlanRefit.objects.filter(pk=work.pk).update(done=299)
    expect(page.locator("#plans")).to_contain_text("Adjusting 299 of 300 tenants…")
    PlanRefit.objects.filter(pk=work.pk).update(done=300, finished_at=clock.now())
    expect(page.locator("#plans")).not_to_contain_text("Adjusting")


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_grid_is_compared_and_applied_in_the_dialog(
    desk: Callable[..., Visitor], theme: str, width: int
) -> None:
    olivia = desk(theme=theme, width=width)
    page = olivia.page
    page.get_by_role("link", name="Import grid").click()
    page.locator("#dialog input[type=file]").set_input_files(FOLDER / "small-business.yaml")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#dialog h2")).to_have_text("What small-business.yaml would change")
    assert olivia.serious_findings() == []
    assert not olivia.scrolls_sideways()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#plans")).to_contain_text("Team+")
    expect(page.locator("#plans")).to_contain_text("Expired")
