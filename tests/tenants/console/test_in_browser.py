"""The Tenants pages in a real browser: dialogs, the way to the tenant's host and back, on a phone, in the dark."""

from collections.abc import Callable

import pytest
from django.conf import settings

from plans.models import Plan
from tenants.models import Tenant
from tests.browser.fixtures import Visitor
from tests.world import World

pytestmark = pytest.mark.browser
LIST = f"{settings.PLATFORM_URL}/console/tenants/"
LOOKS = [("light", 1360), ("dark", 390)]


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_move_by_dialog_and_see_it_as_the_owner(
    visitor: Callable[..., Visitor], committed_world: World, theme: str, width: int
) -> None:
    olivia = visitor(theme=theme, width=width)
    olivia.log_in("olivia@tenantry.example")
    page = olivia.open(LIST)
    page.get_by_label("Tick Salon Aurora").check()
    page.get_by_role("button", name="Move the ticked").click()
    page.get_by_label("Plan", exact=True).and_(page.locator("#dialog select")).select_option("Free")
    page.locator("#dialog").get_by_label("Reason").fill("A smaller one")
    assert olivia.serious_findings() == []
    page.get_by_role("button", name="Move 1").click()
    page.get_by_text("1 tenant moved to Free.").wait_for()
    assert Tenant.objects.get(slug="salon-aurora").plan == Plan.objects.get(name="Free")
    assert olivia.serious_findings() == []
    assert not olivia.scrolls_sideways()
    page.get_by_role("link", name="Salon Aurora", exact=True).click()
    page.get_by_role("button", name="Open as Ana").click()
    page.wait_for_url("**/panel/")
    page.get_by_text("You are Olivia Lind, seeing Salon Aurora as Ana Ribeiro.").wait_for()
    assert not olivia.scrolls_sideways()
    page.get_by_role("button", name="Leave").click()
    page.wait_for_url(f"**/console/tenants/{committed_world.aurora.pk}/")
    assert olivia.serious_findings() == []
    assert not olivia.scrolls_sideways()


def test_edit_dialog_keeps_what_was_typed_and_the_page_follows(
    visitor: Callable[..., Visitor], committed_world: World
) -> None:
    olivia = visitor()
    olivia.log_in("olivia@tenantry.example")
    page = olivia.open(f"{LIST}{committed_world.aurora.pk}/")
    page.get_by_role("link", name="Edit", exact=True).click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Name of the business").fill("Aurora Lisboa")
    dialog.get_by_label("Plan", exact=True).select_option("Free")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_text("Say why, in a few words.").wait_for()
    assert dialog.get_by_label("Name of the business").input_value() == "Aurora Lisboa"
    dialog.get_by_label("Reason").fill("Agreed")
    dialog.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Aurora Lisboa").wait_for()
    assert not page.locator("#dialog[open]").count()
