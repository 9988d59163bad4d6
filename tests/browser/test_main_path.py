"""The main job from end to end, as people do it: an owner sells a plan, a business signs up, meets its limit."""

from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import expect
from pytest_django import Settings

from tests.browser.fixtures import Visitor
from tests.world import World

pytestmark = pytest.mark.browser
PASSWORD = "a-long-enough-passphrase"


@pytest.fixture
def settings_of_mail(settings: Settings) -> None:
    """Mail goes where the demo's goes; Django's test runner would keep it to itself."""
    settings.EMAIL_BACKEND = "tenants.demo_mail.DemoMailBackend"


def add_plan(olivia: Visitor, name: str, *, staff: int) -> None:
    """Plans → Add plan, all three tabs, in the dialog."""
    page = olivia.open(f"{settings.PLATFORM_URL}/console/plans/")
    page.get_by_role("link", name="Add plan").first.click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_label("Bookmark text").fill("NEW")
    dialog.get_by_role("tab", name="Capabilities").click()
    expect(dialog.get_by_role("switch", name="Staff", exact=True)).to_be_checked()
    dialog.get_by_role("tab", name="Limits").click()
    dialog.locator("input[name='limit-staff']").fill(str(staff))
    dialog.locator("footer button[type=submit]").click()
    expect(page.locator("table")).to_contain_text(name)


def make_default(olivia: Visitor, name: str) -> None:
    page = olivia.page
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("button", name="Set as default").locator("visible=true").click()
    row = page.locator("tr", has_text=name)
    expect(row).to_contain_text("Default")


def sign_up(newcomer: Visitor, business: str, email: str) -> None:
    page = newcomer.open(f"{settings.PLATFORM_URL}/signup/")
    page.get_by_label("Name of your business").press_sequentially(business)
    expect(page.get_by_label("Your address")).to_have_value("bloom-nails")
    page.get_by_label("Your name").fill("Bea Bloom")
    page.get_by_label("E-mail").fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/confirm-email/")


def confirm(newcomer: Visitor) -> None:
    """The demo shows the mail in a page; its button opens the business."""
    page = newcomer.open(f"{settings.PLATFORM_URL}/demo/mail/")
    page.locator("main .list a").first.click()
    page.locator("a[href*='/confirm-email/']").first.click()
    page.locator("main button[type=submit]").click()
    page.wait_for_url("http://bloom-nails.localhost:*/panel/")


def add_staff(owner: Visitor, name: str) -> None:
    page = owner.open(panel("/panel/staff/"))
    page.get_by_role("link", name="Add staff").first.click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.locator("footer button[type=submit]").click()
    expect(page.locator("table")).to_contain_text(name)


def panel(path: str) -> str:
    return f"http://bloom-nails.localhost:{settings.PORT}{path}"


@pytest.mark.req(4, 36, 38, 39, 44, 45, 46, 47, 69, 80)
def test_owner_sells_a_plan_and_a_business_meets_its_limit(
    visitor: Callable[..., Visitor], committed_world: World, settings_of_mail: None
) -> None:
    olivia, bea = visitor(), visitor()
    olivia.log_in("olivia@tenantry.example")
    add_plan(olivia, "Starter", staff=1)
    make_default(olivia, "Starter")

    sign_up(bea, "Bloom Nails", "bea@bloom.example")
    confirm(bea)
    add_staff(bea, "Bea Bloom")

    page = bea.open(panel("/panel/staff/add/"))
    expect(page.locator("main")).to_contain_text("Staff: 1 / 1. You’ve reached your plan’s limit")

    page = bea.open(panel("/panel/billing/"))
    expect(page.locator(".plan-card", has_text="Starter")).to_contain_text("Your plan")
    page.get_by_role("link", name="Current plan").click()
    expect(page.locator("dialog[open]")).to_contain_text("1 / 1")

    raise_limit_and_take_services_away(olivia, staff=2)
    add_staff(bea, "Cleo Mar")
    expect(bea.page.locator("nav").first).not_to_contain_text("Services")
    assert bea.page.goto(panel("/panel/services/")).status == 404


def raise_limit_and_take_services_away(olivia: Visitor, *, staff: int) -> None:
    page = olivia.open(f"{settings.PLATFORM_URL}/console/plans/")
    page.get_by_role("link", name="Starter").first.click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_role("tab", name="Capabilities").click()
    dialog.get_by_role("switch", name="Services", exact=True).uncheck()
    dialog.get_by_role("tab", name="Limits").click()
    dialog.locator("input[name='limit-staff']").fill(str(staff))
    dialog.locator("footer button[type=submit]").click()
    expect(dialog).to_contain_text("Services vanishes from the menu of 1 tenant")
    dialog.get_by_role("button", name="Save for 1 tenant").click()
    expect(dialog).to_have_count(0)


@pytest.mark.req(46)
def test_main_path_without_javascript(
    visitor: Callable[..., Visitor], committed_world: World
) -> None:
    """Everything that a dialog does also stands at an address of its own."""
    olivia = visitor(javascript=False)
    olivia.log_in("olivia@tenantry.example")
    page = olivia.open(f"{settings.PLATFORM_URL}/console/plans/")
    page.get_by_role("link", name="Add plan").first.click()
    page.wait_for_url("**/console/plans/add/")
    page.get_by_label("Name", exact=True).fill("Plain")
    page.locator("main footer button[type=submit]").click()
    expect(page.locator("table")).to_contain_text("Plain")
