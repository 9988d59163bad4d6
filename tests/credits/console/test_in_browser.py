"""The console about credits in a real browser: a pack from its dialog to the table, and credits granted by hand."""

from collections.abc import Callable

import pytest
from django.conf import settings

from credits.models import CreditAccount, CreditPack
from tests.browser.fixtures import Visitor
from tests.credits.shop import bought, pack_of, sent
from tests.world import World

pytestmark = pytest.mark.browser
CONSOLE = f"{settings.PLATFORM_URL}/console/"
LOOKS = [("light", 1360), ("dark", 390)]


def check(visitor: Visitor) -> None:
    assert visitor.serious_findings() == []
    assert not visitor.scrolls_sideways()


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_pack_is_made_edited_duplicated_and_deleted(
    visitor: Callable[..., Visitor], committed_world: World, theme: str, width: int
) -> None:
    pack_of("email", currency="EUR", name="Old pack")
    olivia = visitor(theme=theme, width=width)
    olivia.log_in("olivia@tenantry.example")
    page = olivia.open(f"{CONSOLE}top-up-plans/?channel=email")
    check(olivia)
    page.get_by_role("link", name="Add top-up plan").click()
    dialog = page.locator("#dialog")
    assert dialog.get_by_label("Channel").input_value() == "email"
    dialog.get_by_label("Name").fill("5,000 e-mails")
    dialog.get_by_label("Price").fill("9")
    dialog.get_by_label("Credits").fill("0")
    dialog.get_by_role("button", name="Add top-up plan").click()
    dialog.get_by_text("Enter 1 to 10,000,000 credits.").wait_for()
    check(olivia)
    dialog.get_by_label("Credits").fill("5,000")
    dialog.get_by_role("button", name="Add top-up plan").click()
    page.get_by_text("5,000 e-mails is on offer.").wait_for()
    page.get_by_role("link", name="5,000 e-mails").click()
    dialog.get_by_text("What was sold stays what it was.").wait_for()
    check(olivia)
    dialog.get_by_label("Active").uncheck()
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("Inactive").locator("visible=true").wait_for()
    assert not CreditPack.objects.get(name="5,000 e-mails").is_active
    if width < 1000:
        return
    page.get_by_role("button", name="Actions for 5,000 e-mails").click()
    page.get_by_role("link", name="Duplicate").locator("visible=true").click()
    dialog.get_by_text("Duplicate 5,000 e-mails").wait_for()
    assert dialog.get_by_label("Credits").input_value() == "5,000"
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Actions for 5,000 e-mails").click()
    page.get_by_role("link", name="Delete").locator("visible=true").click()
    dialog.get_by_text("nobody can buy it").wait_for()
    check(olivia)
    dialog.get_by_role("button", name="Delete top-up plan").click()
    page.get_by_text("5,000 e-mails is deleted.").wait_for()
    assert CreditPack.objects.get().name == "Old pack"


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_grant_says_the_new_number_before_it_is_saved(
    visitor: Callable[..., Visitor], committed_world: World, theme: str, width: int
) -> None:
    aurora = committed_world.aurora
    bought(aurora, pack_of())
    sent(aurora, units=3)
    olivia = visitor(theme=theme, width=width)
    olivia.log_in("olivia@tenantry.example")
    page = olivia.open(f"{CONSOLE}tenants/{aurora.pk}/")
    check(olivia)
    page.get_by_role("link", name="Grant or correct").locator("visible=true").first.click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Credits").fill("250")
    dialog.get_by_text("500 now, 750 purchased credits afterwards.").wait_for()
    dialog.get_by_text("Take off").click()
    dialog.get_by_text("500 now, 250 purchased credits afterwards.").wait_for()
    dialog.get_by_label("Reason").fill("Counted twice")
    check(olivia)
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("Salon Aurora has 250 purchased SMS credits.").wait_for()
    page.get_by_text("Counted twice").wait_for()
    assert CreditAccount.objects.get(tenant=aurora, channel="sms").purchased_left == 250
    olivia.open(f"{CONSOLE}credits/{aurora.pk}/sms/")
    check(olivia)
    olivia.open(f"{CONSOLE}credits/")
    check(olivia)
