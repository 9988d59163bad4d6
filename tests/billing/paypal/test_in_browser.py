"""Billing up to PayPal’s page and back, in a real browser; with a script and without."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from billing.models import Payment
from billing.services import plan_sync
from saas.core import clock
from sandbox.paypal.testing import PayPalSandbox
from tests.billing.panel.scene import URL, put_on
from tests.browser.fixtures import Visitor
from tests.world import World

pytestmark = pytest.mark.browser
Visitors = Callable[..., Visitor]
SCRIPT = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
LOOKS = pytest.mark.parametrize(
    ("theme", "width"), [("light", 1360), ("dark", 1360), ("light", 390), ("dark", 390)]
)


@pytest.fixture
def paypal(committed_world: World, settings: Settings) -> Iterator[PayPalSandbox]:
    """PayPal's double with Team in it; Salon Aurora has paid for nothing yet."""
    with PayPalSandbox(clock.now().replace(microsecond=0)) as sandbox:
        settings.PAYPAL_SANDBOX_URL = sandbox.url
        plan_sync.sync(committed_world.plan.pk, clock.now())
        put_on(committed_world.aurora, committed_world.small_plan)
        yield sandbox


def choose_team(visitor: Visitors, world: World, **options: object) -> tuple[Visitor, Page]:
    """Ana stands before PayPal's page."""
    person = visitor(**options)
    person.log_in("ana@aurora.example")
    page = person.open(world.aurora.url(URL))
    page.get_by_role("link", name="Choose Team").locator("visible=true").click()
    page.locator("input[value=paypal]").check()
    page.get_by_role("button", name="Pay $29.00").click()
    page.wait_for_url("**/webapps/billing/subscriptions?ba_token=*")
    return person, page


@SCRIPT
@pytest.mark.req(93)
def test_plan_is_bought_with_paypal(
    javascript: bool, paypal: PayPalSandbox, visitor: Visitors, committed_world: World
) -> None:
    _, page = choose_team(visitor, committed_world, javascript=javascript)
    page.get_by_role("button", name="Subscribe").click()
    page.wait_for_url("**/panel/billing/payments/**")
    expect(page.locator("main")).to_contain_text("Paid. You are on Team until")
    page.get_by_role("link", name="Back to Billing").click()
    expect(page.locator("main h1 + p")).to_contain_text("with PayPal ana@aurora.example.")
    assert Payment.objects.get().status == "paid"
    page.get_by_role("button", name="Update card").click()
    page.wait_for_url("**/myaccount/autopay/")
    assert "Team, monthly" in page.inner_text("main")


def test_whoever_turns_round_at_paypal_has_paid_nothing(
    paypal: PayPalSandbox, visitor: Visitors, committed_world: World
) -> None:
    _, page = choose_team(visitor, committed_world)
    page.get_by_role("button", name="Cancel and return").click()
    expect(page.locator("main")).to_contain_text("Nothing was charged, and nothing has changed.")
    assert Payment.objects.get().status == "pending"


@LOOKS
def test_pages_of_the_double_are_sound(
    paypal: PayPalSandbox, visitor: Visitors, committed_world: World, theme: str, width: int
) -> None:
    person, page = choose_team(visitor, committed_world, theme=theme, width=width)
    check(person)
    page.get_by_role("button", name="Subscribe").click()
    page.wait_for_url("**/panel/billing/payments/**")
    expect(page.locator("main")).to_contain_text("Paid. You are on Team until")
    person.open(f"{paypal.url}/myaccount/autopay/")
    check(person)


def check(person: Visitor) -> None:
    assert person.serious_findings() == []
    assert not person.scrolls_sideways()
    assert "It stands in for PayPal" in person.page.inner_text(".notice")
