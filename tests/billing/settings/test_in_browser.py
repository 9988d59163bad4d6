"""Settings → Payments in a real browser: keys entered, tried, switched and removed, with a script and without."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as project
from playwright.sync_api import Page, expect

from billing.models import GatewaySettings
from billing.services import gateways
from tests.billing.settings.probe import LIVE_KEY, SIGNING, TEST_KEY, Company
from tests.browser.fixtures import Visitor
from tests.looks import in_every_look

pytestmark = pytest.mark.browser
LIST = "/console/settings/payments/"
PROBE = f"{LIST}probe/"


def open_page(person: Visitor, path: str) -> Page:
    return person.open(project.PLATFORM_URL + path)


def secrets(environment: str) -> dict[str, str]:
    return gateways.secrets_of(GatewaySettings.objects.get(gateway="probe"), environment)


def section(page: Page, name: str) -> Any:
    return page.get_by_role("region", name=name)


@pytest.mark.req(91, 93)
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_gateway_is_set_up_tried_taken_live_and_its_keys_removed(
    visitor: Callable[..., Visitor], company: Company, real: None, javascript: bool
) -> None:
    olivia = visitor(javascript=javascript)
    olivia.log_in("olivia@tenantry.example")
    page = open_page(olivia, "/console/settings/")
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Payments").click()
    page.get_by_role("link", name="Set up Probe").click()
    expect(page.locator("h1")).to_have_text("Probe")

    section(page, "Test keys").get_by_label("Secret key").fill(LIVE_KEY)
    page.get_by_role("button", name="Save").click()
    expect(section(page, "Test keys")).to_contain_text("This is a live key.")
    expect(section(page, "Test keys").get_by_label("Secret key")).to_have_value("")

    for name, key in (("Test keys", TEST_KEY), ("Live keys", LIVE_KEY)):
        section(page, name).get_by_label("Secret key").fill(key)
        section(page, name).get_by_label("Signing secret").fill(SIGNING)
    page.get_by_role("button", name="Save").click()
    expect(section(page, "Test keys")).to_contain_text("Stored: ends in …4242")
    expect(page.get_by_text("Probe is saved.").locator("visible=true")).to_be_visible()
    assert (secrets("test")["secret_key"], secrets("live")["secret_key"]) == (TEST_KEY, LIVE_KEY)

    page.get_by_role("button", name="Test connection").click()
    expect(section(page, "How it stands")).to_contain_text("Connected to Probe test. Tested on")

    page.get_by_role("link", name="Switch to live mode").click()
    where = page.locator("dialog[open]" if javascript else "main")
    expect(where).to_contain_text("From now on Probe moves real money.")
    where.get_by_role("button", name="Switch to live mode").click()
    expect(section(page, "How it stands")).to_contain_text("Connected to Probe Ltd.")
    assert gateways.environment_of("probe") == "live"

    page.get_by_role("link", name="Remove keys").first.click()
    expect(where).to_contain_text("Remove the keys of test mode?")
    where.get_by_role("button", name="Remove keys").click()
    expect(page.get_by_role("link", name="Remove keys")).to_have_count(1)
    assert secrets("test") == {}
    assert secrets("live")["secret_key"] == LIVE_KEY


def test_failed_test_is_told_where_it_was_pressed(
    visitor: Callable[..., Visitor], company: Company, real: None
) -> None:
    olivia = visitor()
    olivia.log_in("olivia@tenantry.example")
    page = open_page(olivia, PROBE)
    section(page, "Test keys").get_by_label("Secret key").fill("pt_wrong_wrong_wrong_w")
    page.get_by_role("button", name="Save").click()
    page = open_page(olivia, LIST)
    page.get_by_role("button", name="Test Probe").click()
    expect(page.locator(".toast-bad")).to_contain_text("Probe refused: no such key: •••")
    expect(section(page, "Payment gateways")).to_contain_text("Test failed")


def test_webhook_address_is_copied(visitor: Callable[..., Visitor], company: Company) -> None:
    olivia = visitor()
    olivia.log_in("olivia@tenantry.example")
    page = open_page(olivia, f"{LIST}stripe/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy address").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{project.PLATFORM_URL}/webhooks/stripe/"


def test_billing_settings_are_saved_and_wrong_ones_said(visitor: Callable[..., Visitor]) -> None:
    olivia = visitor()
    olivia.log_in("olivia@tenantry.example")
    page = open_page(olivia, LIST)
    page.get_by_label("Name of your business").fill("Bookings & Co")
    page.get_by_label("Before the number").fill("BK-1")
    page.get_by_role("button", name="Save billing settings").click()
    expect(page.get_by_text("End it with a letter or a sign")).to_be_visible()
    expect(page.get_by_label("Name of your business")).to_have_value("Bookings & Co")
    page.get_by_label("Before the number").fill("BK-")
    page.get_by_role("button", name="Save billing settings").click()
    expect(page.get_by_text("The next one is BK-1001")).to_be_visible()


@in_every_look
def test_pages_are_readable_by_everybody_in_every_look(
    visitor: Callable[..., Visitor], company: Company, real: None, theme: str, width: int
) -> None:
    from tests.billing.settings.test_pages import go_live, save

    save(test={"secret_key": TEST_KEY})
    go_live()
    olivia = visitor(theme=theme, width=width)
    olivia.log_in("olivia@tenantry.example")
    for path in (
        LIST,
        PROBE,
        f"{LIST}stripe/",
        f"{LIST}balance/",
        f"{PROBE}mode/test/",
        f"{PROBE}keys/live/remove/",
        "/console/settings/",
    ):
        open_page(olivia, path)
        assert olivia.serious_findings() == [], path
        assert not olivia.scrolls_sideways(), path
