"""The editor in a real browser: parts come and go without a reload, and the same without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fixtures import Visitor
from tests.looks import in_every_look
from tests.workflows.editor.scene import stored
from tests.world import World
from workflows.models import Message, Workflow

pytestmark = pytest.mark.browser
Visitors = Callable[..., Visitor]


def open_panel(visitor: Visitors, world: World, path: str, **options: object) -> Page:
    person = visitor(**options)
    person.log_in("ana@aurora.example")
    return person.open(world.aurora.url(path))


def write(page: Page, *, javascript: bool) -> None:
    """A workflow from the first click to the last, as people do it."""
    page.click("main >> text=New workflow")
    page.fill("[name=name]", "Cake is ready")
    page.select_option("[name=event]", "cake.served")
    if not javascript:
        page.click("button[value=refresh]")
    expect(page.locator("[name=amount]")).to_have_value("24")
    page.fill("[name=amount]", "2")
    page.click("button[value=add-condition]")
    page.click("label:has-text('Apple cake')")
    page.click("button[value='add-action:sms']")
    expect(page.locator("[name=name]")).to_have_value("Cake is ready")
    expect(page.locator("[name=amount]")).to_have_value("2")
    expect(page.get_by_label("Apple cake")).to_be_checked()
    page.fill("textarea", "Hi {{ guest.name }}")
    page.click("text=Save and switch on")
    expect(page.locator(".page-head .status")).to_have_text("On")


def check_stored() -> None:
    workflow = Workflow.objects.get()
    assert (workflow.name, workflow.event, workflow.amount) == ("Cake is ready", "cake.served", 2)
    assert workflow.is_on
    assert workflow.conditions == [{"field": "cake", "is_not": False, "values": ["apple"]}]
    assert workflow.actions.get().settings["body"] == "Hi {{ guest.name }}"


def test_workflow_is_written_and_switched_on(visitor: Visitors, committed_world: World) -> None:
    page = open_panel(visitor, committed_world, "/panel/workflows/")
    page.evaluate("window.same = true")
    write(page, javascript=True)
    check_stored()


def test_the_same_without_javascript(visitor: Visitors, committed_world: World) -> None:
    page = open_panel(visitor, committed_world, "/panel/workflows/", javascript=False)
    write(page, javascript=False)
    check_stored()


def test_parts_come_and_go_without_a_reload(visitor: Visitors, committed_world: World) -> None:
    workflow = stored(committed_world.aurora)
    page = open_panel(visitor, committed_world, f"/panel/workflows/{workflow.pk}/")
    page.evaluate("window.same = true")
    page.fill("[name=name]", "Half a na")
    page.click("button[value=add-condition]")
    expect(page.locator(".condition")).to_have_count(2)
    page.select_option(".condition >> nth=1 >> select >> nth=0", "cake")
    expect(page.locator(".condition >> nth=1")).to_contain_text("Lemon cake")
    page.click("[aria-label='Remove condition 1']")
    expect(page.locator(".condition")).to_have_count(1)
    expect(page.locator("[name=name]")).to_have_value("Half a na")
    page.fill("[name=name]", "")
    page.click(".page-head >> text=Save")
    expect(page.locator("#editor")).to_contain_text("Give it a name")
    assert page.evaluate("window.same") is True
    assert Workflow.objects.get().name == "Cake is ready"


READY_AT_ONCE = """() => new Promise((done) => {
  const watch = new MutationObserver(() => {
    const area = document.querySelector("textarea");
    if (!area) return;
    watch.disconnect();
    done(Boolean(area.closest(".composer")));
  });
  watch.observe(document.querySelector("#main"), { childList: true, subtree: true });
  document.querySelector("button[value='add-action:sms']").click();
})"""


def test_text_can_be_written_the_moment_it_is_there(
    visitor: Visitors, committed_world: World
) -> None:
    """Moved into its frame any later, the field would lose what is being typed."""
    page = open_panel(visitor, committed_world, "/panel/workflows/add/")
    page.select_option("[name=event]", "cake.served")
    page.wait_for_selector("button[value='add-action:sms']")
    assert page.evaluate(READY_AT_ONCE) is True


def test_enter_saves_and_does_not_press_another_button(
    visitor: Visitors, committed_world: World
) -> None:
    workflow = stored(committed_world.aurora)
    page = open_panel(visitor, committed_world, f"/panel/workflows/{workflow.pk}/")
    page.fill("[name=name]", "Cake is there")
    page.press("[name=name]", "Enter")
    expect(page.locator("h1")).to_have_text("Cake is there")
    workflow.refresh_from_db()
    assert (workflow.name, workflow.is_on) == ("Cake is there", False)
    assert workflow.actions.count() == 1


def test_switches_of_the_list(visitor: Visitors, committed_world: World) -> None:
    workflow = stored(committed_world.aurora)
    stored(committed_world.aurora, "Empty", actions=[])
    page = open_panel(visitor, committed_world, "/panel/workflows/")
    page.click("[role=switch][aria-label='Cake is ready']")
    expect(page.locator("[aria-label='Cake is ready'][aria-checked=true]")).to_be_visible()
    workflow.refresh_from_db()
    assert workflow.is_on
    page.click("[role=switch][aria-label='Empty']")
    expect(page.locator("#dialog")).to_contain_text("this workflow has no action yet")


def test_test_is_sent_from_what_stands_there(visitor: Visitors, committed_world: World) -> None:
    workflow = stored(committed_world.aurora)
    page = open_panel(visitor, committed_world, f"/panel/workflows/{workflow.pk}/")
    page.fill("[name=action-1-subject]", "Changed for {{ guest.name }}")
    page.click("text=Send it to me")
    expect(page.locator(".try")).to_contain_text("On its way to ana@aurora.example.")
    assert Message.objects.get().content["subject"] == "Changed for Clara"
    workflow.refresh_from_db()
    assert workflow.actions.get().settings["subject"] == "For {{ guest.name }}"


@in_every_look
def test_pages_are_accessible_and_fit(
    visitor: Visitors, committed_world: World, theme: str, width: int
) -> None:
    workflow = stored(committed_world.aurora, is_on=True)
    person = visitor(theme=theme, width=width)
    person.log_in("ana@aurora.example")
    for path in ("", "add/", f"{workflow.pk}/", f"{workflow.pk}/log/", f"{workflow.pk}/delete/"):
        person.open(committed_world.aurora.url(f"/panel/workflows/{path}"))
        assert person.serious_findings() == [], path
        assert not person.scrolls_sideways(), path


def test_events_are_found_by_a_word(visitor: Visitors, committed_world: World) -> None:
    page = open_panel(visitor, committed_world, "/panel/workflows/")
    page.click("main >> text=New workflow")
    search = page.get_by_label("Search what happens")
    search.fill("served CAKE")
    shown = page.locator("[name=event] option:not([hidden])")
    expect(shown.filter(has_text="served")).to_have_count(1)
    assert page.locator("[name=event] option[value='appointment.created']").is_disabled()
    search.press("Enter")
    expect(page.locator("[name=event]")).to_have_value("cake.served")
    expect(page.locator("[name=amount]")).to_have_value("24")


def test_events_have_no_search_without_javascript(
    visitor: Visitors, committed_world: World
) -> None:
    page = open_panel(visitor, committed_world, "/panel/workflows/add/", javascript=False)
    expect(page.locator("[data-narrows]")).to_be_hidden()
