"""Settings → Channels in a real browser: set up, tried, and given its texts, with a script and without."""

from collections.abc import Callable

import pytest
from django.conf import settings as project
from playwright.sync_api import Page, expect

from tests.browser.fixtures import Visitor
from tests.looks import in_every_look
from workflows.drivers import memory
from workflows.models import ApprovedTemplate
from workflows.services.channels import driver_of

pytestmark = pytest.mark.browser
LIST = "/console/settings/channels/"
WHATSAPP = f"{LIST}whatsapp/"
BODY = "Hi {{1}}, see you on {{2}} at {{3}}. Answer STOP, and we write no more."


def open_page(person: Visitor, path: str) -> Page:
    return person.open(project.PLATFORM_URL + path)


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_channel_is_set_up_tried_and_given_a_text(
    visitor: Callable[..., Visitor], javascript: bool
) -> None:
    memory.SENT.clear()
    olivia = visitor(javascript=javascript)
    olivia.log_in("olivia@tenantry.example")
    page = open_page(olivia, "/console/settings/")
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Channels").click()
    page.get_by_role("link", name="Settings of WhatsApp").click()
    expect(page.locator("h1")).to_have_text("WhatsApp")

    page.get_by_role("combobox", name="Carrier").select_option("meta")
    if not javascript:
        page.get_by_role("button", name="Choose").click()
    page.get_by_label("Phone number ID").fill("my number")
    page.get_by_label("Access token").fill("EAAG-secret")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("That does not look right.")).to_be_visible()
    expect(page.get_by_label("Access token")).to_have_value("")
    page.get_by_label("Phone number ID").fill("115005550006")
    for name in ("Access token", "App secret", "Verify token"):
        page.get_by_label(name).fill(f"secret of {name}")
    page.get_by_role("button", name="Save").click()
    state = page.get_by_role("region", name="How it stands")
    expect(state).to_contain_text("Carried by: Meta (WhatsApp Cloud API).")
    expect(state).to_contain_text("/webhooks/messages/meta/")
    assert driver_of("whatsapp").key == "meta"

    where = page.locator("dialog[open]" if javascript else "main")
    page.get_by_role("link", name="Add a text").click()
    where.get_by_label("Name").fill("Reminder!")
    where.get_by_label("Text").fill(BODY)
    where.get_by_role("button", name="Save").click()
    expect(where).to_contain_text("Enter small letters, digits and _ alone")
    where.get_by_label("Name").fill("reminder")
    where.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Approved texts")).to_contain_text(BODY)
    page.get_by_role("link", name="Delete reminder (en)").click()
    expect(where).to_contain_text("No workflow uses it.")
    where.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No approved texts yet")).to_be_visible()

    page = open_page(olivia, f"{LIST}sms/?driver=memory")
    page.get_by_role("button", name="Save").click()
    page = open_page(olivia, LIST)
    page.get_by_role("link", name="Send test: SMS").click()
    where.get_by_label("Phone number").fill("912 345 678")
    where.get_by_role("button", name="Send test").click()
    expect(where).to_contain_text("Enter a phone number with + and the country code.")
    where.get_by_label("Phone number").fill("+351 912 345 678")
    where.get_by_role("button", name="Send test").click()
    expect(page.get_by_role("region", name="Kinds of messages")).to_contain_text(
        "Handed over to: Kept in memory. Tested on"
    )
    # the server runs in this process
    assert [one.address for one in memory.SENT] == ["+351912345678"]


def test_callback_address_is_copied(visitor: Callable[..., Visitor]) -> None:
    olivia = visitor()
    olivia.log_in("olivia@tenantry.example")
    page = open_page(olivia, f"{LIST}sms/?driver=twilio")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy address").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{project.PLATFORM_URL}/webhooks/messages/twilio/"


@in_every_look
def test_pages_are_readable_by_everybody_in_every_look(
    visitor: Callable[..., Visitor], theme: str, width: int
) -> None:
    text = ApprovedTemplate.objects.create(name="reminder", body=BODY)
    ApprovedTemplate.objects.create(name="thank_you", body=BODY, language="pt_PT", is_active=False)
    olivia = visitor(theme=theme, width=width)
    olivia.log_in("olivia@tenantry.example")
    for path in (
        LIST,
        f"{LIST}email/",
        f"{LIST}email/?driver=smtp",
        f"{LIST}sms/?driver=twilio",
        f"{WHATSAPP}?driver=meta",
        f"{LIST}sms/test/",
        f"{WHATSAPP}texts/add/",
        f"{WHATSAPP}texts/{text.pk}/delete/",
    ):
        open_page(olivia, path)
        assert olivia.serious_findings() == [], path
        assert not olivia.scrolls_sideways(), path
