"""Team logins in a real browser: from the invitation by dialog to the newcomer's panel on the other host."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.core import mail

from tenants.models import Membership
from tests.browser.fixtures import Visitor
from tests.looks import in_every_look
from tests.tenants.team.guests import INES
from tests.world import PASSWORD, World

pytestmark = pytest.mark.browser
MANAGER = re.compile("^Manager")


def mailed() -> str:
    return re.search(rf"{settings.PLATFORM_URL}/invitations/\S+", str(mail.outbox[-1].body))[0]


@in_every_look
def test_from_the_invitation_into_the_panel(
    visitor: Callable[..., Visitor], committed_world: World, theme: str, width: int
) -> None:
    aurora = committed_world.aurora
    ana, ines = visitor(theme=theme, width=width), visitor(theme=theme, width=width)
    ana.log_in("ana@aurora.example")
    ana.page.wait_for_url("**/panel/")
    page = ana.open(aurora.url("/panel/team/"))
    page.get_by_role("link", name="Invite somebody").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("E-mail").fill("bruno@aurora.example")
    dialog.get_by_role("radio", name=MANAGER).check()
    assert ana.serious_findings() == []
    dialog.get_by_role("button", name="Send the invitation").click()
    dialog.get_by_text("This person has a login here already.").wait_for()
    assert dialog.get_by_role("radio", name=MANAGER).is_checked()
    dialog.get_by_label("E-mail").fill(INES)
    dialog.get_by_role("button", name="Send the invitation").click()
    page.locator("#team").get_by_text(INES).wait_for()
    assert ana.serious_findings() == []
    assert not ana.scrolls_sideways()

    page = ines.open(mailed())
    assert ines.serious_findings() == []
    page.get_by_label("Your name").fill("Inês Duarte")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    page.wait_for_url(aurora.url("/panel/"))
    page.goto(aurora.url("/panel/team/"))
    assert page.get_by_role("link", name="Invite somebody").count() == 0
    assert not ines.scrolls_sideways()


@in_every_look
def test_role_changes_by_the_menu_of_the_row(
    visitor: Callable[..., Visitor], committed_world: World, theme: str, width: int
) -> None:
    ana = visitor(theme=theme, width=width)
    ana.log_in("ana@aurora.example")
    ana.page.wait_for_url("**/panel/")
    page = ana.open(committed_world.aurora.url("/panel/team/"))
    page.get_by_role("button", name="Actions for Bruno Costa").click()
    page.get_by_role("link", name="Change role").locator("visible=true").click()
    page.locator("#dialog").get_by_role("radio", name=MANAGER).check()
    page.locator("#dialog").get_by_role("button", name="Save").click()
    page.get_by_text("Bruno Costa: Manager.").wait_for()
    page.locator("#team tr", has_text="Bruno Costa").get_by_text("Manager").wait_for()
    bruno = Membership.objects.get(user=committed_world.bruno)
    assert bruno.role == "manager"
    page.get_by_role("button", name="Actions for Bruno Costa").click()
    page.get_by_role("link", name="Switch off").locator("visible=true").click()
    assert ana.serious_findings() == []
    page.locator("#dialog").get_by_role("button", name="Switch it off").click()
    page.get_by_text("Switched off").locator("visible=true").wait_for()
    page.get_by_role("button", name="Actions for Bruno Costa").click()
    page.get_by_role("button", name="Switch on").click()
    page.get_by_text("Bruno Costa can log in again.").wait_for()
    bruno.refresh_from_db()
    assert bruno.is_active


def test_everything_works_without_javascript(
    visitor: Callable[..., Visitor], committed_world: World
) -> None:
    ana = visitor(javascript=False)
    ana.log_in("ana@aurora.example")
    page = ana.open(committed_world.aurora.url("/panel/team/"))
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("E-mail").fill(INES)
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_text(f"The invitation to {INES} is on its way.").wait_for()
    page.goto(committed_world.aurora.url("/panel/team/roles/"))
    assert page.get_by_role("row", name=re.compile("Cancel appointment")).count() == 1
