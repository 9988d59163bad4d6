"""Credits in a real browser: bought from the balance, by card, with a script and without; used up; in every look."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from credits.models import CreditAccount, CreditPack
from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant
from tests.billing.money import give_funds
from tests.booking.pages import allow
from tests.browser.fixtures import Visitor
from tests.credits.accounting import spend
from tests.credits.panel.scene import BILLING, HISTORY, TOP_UP, hold, sell
from tests.looks import in_every_look
from tests.world import World
from workflows.models import Message, State

pytestmark = pytest.mark.browser
Visitors = Callable[..., Visitor]
SCRIPT = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])


@pytest.fixture
def salon(committed_world: World) -> Tenant:
    """200 SMS a month, all used; packs on sale."""
    allow(committed_world.plan, sms_per_month=200)
    salon = Tenant.objects.select_related("plan").get(pk=committed_world.aurora.pk)
    spend(salon, 200, now=clock.now())
    for name, price, credits in (("250 SMS", 1000, 250), ("500 SMS", 1900, 500)):
        sell(name, price, credits)
    return salon


@pytest.fixture
def stripe(settings: Settings) -> Iterator[StripeSandbox]:
    with StripeSandbox() as running:
        settings.STRIPE_SANDBOX_URL = running.url
        yield running


def open_page(visitor: Visitors, salon: Tenant, path: str = BILLING, **options: object) -> Page:
    person = visitor(**options)
    person.log_in("ana@aurora.example")
    return person.open(salon.url(path))


def purchased(salon: Tenant) -> int:
    return CreditAccount.objects.get(tenant=salon, channel="sms").purchased_left


@pytest.mark.req(109, 110, 113, 119)
def test_used_up_credits_are_topped_up_from_the_balance_and_what_was_held_leaves(
    visitor: Visitors, salon: Tenant
) -> None:
    give_funds(salon, 10_000)
    hold(salon, 3)
    page = open_page(visitor, salon)
    banner = page.locator(".banner-bad")
    expect(banner).to_contain_text("You have no SMS credits left. 3 messages are held")
    expect(page.locator("main .btn-primary")).to_have_text(["Top up SMS"])
    banner.get_by_role("link", name="Top up SMS").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("Best value")
    expect(dialog.get_by_role("button", name="Pay $10.00")).to_be_visible()
    dialog.get_by_label("500 SMS").check()
    expect(dialog.get_by_role("button", name="Pay $19.00")).to_be_visible()
    dialog.get_by_label("Quantity").fill("2")
    expect(dialog).to_contain_text("$100.00 available, $62.00 after this")
    expect(dialog.get_by_label("Quantity")).to_be_focused()
    dialog.get_by_role("button", name="Pay $38.00").click()
    expect(page.locator(".toast")).to_contain_text("1,000 SMS are on your account.")
    assert purchased(salon) == 1000
    page.locator(".banner-ok").get_by_role("button", name="Send 3 held messages").click()
    page.wait_for_url("**/panel/messages/**")
    assert not Message.objects.filter(state=State.HELD).exists()
    assert purchased(salon) == 997


@SCRIPT
@pytest.mark.req(109, 111, 114)
def test_credits_are_bought_with_a_card(
    javascript: bool, visitor: Visitors, salon: Tenant, stripe: StripeSandbox
) -> None:
    hold(salon, 14)
    page = open_page(visitor, salon, javascript=javascript)
    page.locator(".credit-meter", has_text="200 / 200").get_by_role(
        "link", name="Top up SMS", exact=True
    ).click()
    page.get_by_label("500 SMS").check()
    page.locator("input[value=stripe]").check()
    if not javascript:  # the new total is looked at before it is paid
        page.get_by_role("button", name="Pay $10.00").click()
        expect(page.get_by_role("alert")).to_contain_text("Please look at it once more.")
    page.get_by_role("button", name="Pay $19.00").click()
    page.wait_for_url(f"{stripe.url}/**")
    page.get_by_role("button", name="Pay $").click()
    page.wait_for_url("**/panel/billing/payments/**")
    expect(page.locator("main")).to_contain_text("500 SMS are on your account.")
    expect(page.locator("main")).to_contain_text("Visa 4242")
    expect(page.get_by_role("button", name="Send 14 held messages")).to_be_visible()
    assert purchased(salon) == 500
    assert Tenant.objects.get(pk=salon.pk).plan_id == salon.plan_id


def test_pack_that_goes_meanwhile_is_refused_in_the_dialog(
    visitor: Visitors, salon: Tenant
) -> None:
    give_funds(salon, 10_000)
    page = open_page(visitor, salon)
    page.locator(".banner-bad").get_by_role("link", name="Top up SMS").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("500 SMS").check()
    pay = dialog.get_by_role("button", name="Pay $19.00")
    expect(pay).to_be_visible()
    CreditPack.objects.filter(name="500 SMS").update(is_active=False)
    pay.click()
    expect(dialog.locator(".field-error")).to_contain_text("This is not on offer any more.")
    expect(dialog.get_by_label("500 SMS")).to_have_count(0)
    dialog.get_by_role("button", name="Pay $10.00").click()
    expect(page.locator(".toast")).to_contain_text("250 SMS are on your account.")


def test_warning_is_set_in_a_dialog(visitor: Visitors, salon: Tenant) -> None:
    page = open_page(visitor, salon)
    page.get_by_role("link", name="Warns at 40 (SMS)").click()
    page.locator("#dialog").get_by_label("Warn me").fill("75")
    page.locator("#dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Warns at 75 (SMS)")).to_be_visible()


@in_every_look
def test_pages_are_in_order_in_every_look(
    theme: str, width: int, visitor: Visitors, salon: Tenant, stripe: StripeSandbox
) -> None:
    hold(salon, 3)
    person = visitor(theme=theme, width=width)
    person.log_in("ana@aurora.example")
    for path in (BILLING, TOP_UP, HISTORY, f"{HISTORY}warning/", "/panel/", "/panel/messages/"):
        page = person.open(salon.url(path))
        assert page.locator("h1").count(), path
        assert person.serious_findings() == [], path
        assert not person.scrolls_sideways(), path
    page = person.open(salon.url(BILLING))
    page.locator(".banner-bad").get_by_role("link", name="Top up SMS").click()
    expect(page.locator("#dialog").get_by_role("button", name="Pay $10.00")).to_be_visible()
    assert person.serious_findings() == []
    assert not person.scrolls_sideways()
