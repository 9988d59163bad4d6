"""Every main page in a real browser: light and dark, desktop and phone.

No breach of the Content Security Policy and no script error (the visitor checks that), nothing that axe calls
serious, nothing that scrolls sideways.
"""

from collections.abc import Callable

import pytest
from django.conf import settings

from booking.services.services import add_service
from booking.services.staff import add_staff
from tests.browser.fixtures import Visitor
from tests.looks import LOOKS
from tests.world import World

pytestmark = pytest.mark.browser

PUBLIC = ["/", "/signup/", "/login/", "/password/reset/", "/no-such-page/"]
CONSOLE = [
    "/console/",
    "/console/plans/",
    "/console/plans/add/",
    "/console/plans/import/",
    "/console/tenants/",
    "/console/tenants/add/",
    "/console/why/?q=salon-aurora&what=staff.add",
    "/console/payments/",
    "/console/payments/renewals/",
    "/console/payments/reconciliation/",
    "/console/top-up-plans/",
    "/console/top-up-plans/add/",
    "/console/credits/",
    "/console/settings/",
    "/console/audit/",
    "/console/style-guide/",
]
ACCOUNT = [
    "/account/",
    "/account/name/",
    "/businesses/new/",
    "/password/change/",
    "/two-factor/",
    "/logout/",
]
PANEL = [
    "/panel/", "/panel/staff/", "/panel/staff/add/", "/panel/services/", "/panel/services/add/",
    "/panel/services/categories/", "/panel/locations/", "/panel/locations/add/", "/panel/customers/",
    "/panel/customers/add/", "/panel/appointments/", "/panel/appointments/add/", "/panel/billing/",
    "/panel/billing/current-plan/", "/panel/no-such-page/",
    "/panel/hours/", "/panel/hours/business/week/", "/panel/hours/business/special/",
]  # fmt: skip


@pytest.fixture(params=LOOKS, ids=[f"{theme}-{width}" for theme, width in LOOKS])
def person(request: pytest.FixtureRequest, visitor: Callable[..., Visitor]) -> Visitor:
    theme, width = request.param
    return visitor(theme=theme, width=width)


def inspect(person: Visitor, origin: str, paths: list[str]) -> None:
    for path in paths:
        page = person.open(origin + path)
        assert page.locator("h1, h2").count(), path
        assert person.serious_findings() == [], path
        assert not person.scrolls_sideways(), path


def fill(world: World) -> None:
    """Enough rows that lists, meters and the public page have something to show."""
    for name in (
        "Ana Ribeiro",
        "Bruno Costa",
        "Inês Duarte with quite a long name for a narrow screen",
    ):
        add_staff(world.aurora, name=name, title="Stylist")
    for name, price in (("Cut and finish", 3500), ("Colour, roots", 6200)):
        add_service(world.aurora, name=name, minutes=45, price=price)


def test_public_pages(person: Visitor) -> None:
    inspect(person, settings.PLATFORM_URL, PUBLIC)


def test_public_page_of_a_business(person: Visitor, committed_world: World) -> None:
    fill(committed_world)
    inspect(person, committed_world.aurora.url("").rstrip("/"), ["/", "/no-such-page/"])


def test_console(person: Visitor, committed_world: World) -> None:
    person.log_in("olivia@tenantry.example")
    inspect(person, settings.PLATFORM_URL, [*CONSOLE, f"/console/plans/{committed_world.plan.pk}/"])


def test_account(person: Visitor) -> None:
    person.log_in("ana@aurora.example")
    inspect(person, settings.PLATFORM_URL, ACCOUNT)


def test_panel(person: Visitor, committed_world: World) -> None:
    person.log_in("ana@aurora.example")
    person.page.wait_for_url("**/panel/**")
    inspect(person, committed_world.aurora.url("").rstrip("/"), PANEL[:1])
    fill(committed_world)
    inspect(person, committed_world.aurora.url("").rstrip("/"), PANEL)
