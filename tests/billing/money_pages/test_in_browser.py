"""A tenant's money in a real browser: adding funds by card, with a script and without; every page in every look."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from billing.services.details import save_details
from sandbox.stripe.testing import StripeSandbox
from tests.billing.money import give_funds
from tests.billing.money_pages.rows import BILLING, failed, gone, ordered, paid, spend
from tests.browser.fixtures import Visitor
from tests.looks import LOOKS
from tests.world import World

pytestmark = pytest.mark.browser
Visitors = Callable[..., Visitor]


@pytest.fixture
def card(settings: Settings) -> Iterator[StripeSandbox]:
    """Stripe's double, on the machine's own clock as the server is."""
    with StripeSandbox() as running:
        settings.STRIPE_SANDBOX_URL = running.url
        yield running


def open_billing(visitor: Visitors, world: World, path: str = "", **options: object) -> Page:
    person = visitor(**options)
    person.log_in("ana@aurora.example")
    return person.open(world.aurora.url(BILLING + path))


def pay(page: Page, number: str = "4242") -> None:
    """On the company's page."""
    expect(page.locator("body")).to_contain_text("Sandbox")
    page.check(f"input[name=card][value='{number}']")
    page.click("button[value=pay]")


@pytest.mark.req(93)
def test_funds_are_added_by_card_in_a_dialog(
    visitor: Visitors, committed_world: World, card: StripeSandbox
) -> None:
    page = open_billing(visitor, committed_world)
    page.click("text=Add funds")
    expect(page.locator("#dialog [name=other]")).to_be_hidden()
    expect(page.get_by_role("button", name="Pay $50")).to_be_visible()
    page.click("label[for=funds-2000]")
    expect(page.get_by_role("button", name="Pay $20")).to_be_visible()
    page.click("label[for=funds-other]")
    page.fill("#dialog [name=other]", "3")
    page.locator("#dialog").get_by_role("button", name="Add funds").click()
    expect(page.locator("#dialog .field-error")).to_contain_text("Add at least $5.00.")
    expect(page.locator("#dialog [name=other]")).to_be_focused()
    page.fill("#dialog [name=other]", "42.50")
    page.locator("#dialog").get_by_role("button", name="Add funds").click()
    page.wait_for_url(f"{card.url}/**")
    pay(page)
    page.wait_for_url("**/panel/billing/payments/**")
    expect(page.locator("main")).to_contain_text("Your balance is $42.50 now.")
    expect(page.locator("main")).to_contain_text("Visa 4242")
    page.goto(committed_world.aurora.url(BILLING))
    expect(page.locator(".big-number")).to_have_text("$42.50")
    expect(page.locator(".ledger tbody tr")).to_contain_text(["Funds for the balance"])


def test_funds_are_added_without_a_script(
    visitor: Visitors, committed_world: World, card: StripeSandbox
) -> None:
    page = open_billing(visitor, committed_world, javascript=False)
    page.click("main >> text=Add funds")
    page.click("label[for=funds-10000]")
    page.click("main button[type=submit]")
    page.wait_for_url(f"{card.url}/**")  # the small page leads on by itself
    pay(page)
    page.wait_for_url("**/panel/billing/payments/**")
    expect(page.locator("main")).to_contain_text("Your balance is $100.00 now.")
    page.goto(committed_world.aurora.url(BILLING))
    expect(page.locator(".big-number")).to_have_text("$100.00")


def test_card_that_is_declined_leaves_everything_as_it_was(
    visitor: Visitors, committed_world: World, card: StripeSandbox
) -> None:
    page = open_billing(visitor, committed_world)
    page.click("text=Add funds")
    page.click("#dialog button[type=submit]")
    page.wait_for_url(f"{card.url}/**")
    pay(page, "0002")
    expect(page.locator("body")).to_contain_text("declined")
    page.goto(committed_world.aurora.url(BILLING))
    expect(page.locator(".big-number")).to_have_text("$0.00")
    expect(page.locator(".ledger tbody tr")).to_contain_text(["Pending"])


def test_company_that_does_not_answer_is_said_in_the_dialog(
    visitor: Visitors, committed_world: World, card: StripeSandbox
) -> None:
    page = open_billing(visitor, committed_world)
    page.click("text=Add funds")
    page.click("label[for=funds-20000]")
    card.fault("500", times=20, method="POST", path="/v1/checkout/sessions")
    page.click("#dialog button[type=submit]")
    expect(page.locator("#dialog [role=alert]")).to_contain_text("Nothing was charged.")
    expect(page.locator("#funds-20000")).to_be_checked()
    card.control.plan.clear()
    page.click("#dialog button[type=submit]")
    page.wait_for_url(f"{card.url}/**")


def test_details_are_saved_in_a_dialog(visitor: Visitors, committed_world: World) -> None:
    page = open_billing(visitor, committed_world)
    page.click("text=Name and address on invoices")
    page.fill("#dialog [name=address]", "\n".join("123456789"))
    page.fill("#dialog [name=name]", "Aurora Lda")
    page.click("#dialog button[type=submit]")
    expect(page.locator("#dialog .field-error")).to_contain_text("Use at most 8 lines.")
    expect(page.locator("#dialog [name=name]")).to_have_value("Aurora Lda")
    page.fill("#dialog [name=address]", "Rua das Flores 27\nPorto")
    page.click("#dialog button[type=submit]")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator(".toast")).to_contain_text("Saved. The next invoices say so.")


def test_lists_follow_their_filters(visitor: Visitors, committed_world: World) -> None:
    paid(committed_world.aurora)
    failed(committed_world.aurora)
    page = open_billing(visitor, committed_world, "payments/")
    expect(page.locator("#rows tbody tr")).to_have_count(2)
    page.select_option("[name=status]", "failed")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    assert "status=failed" in page.url
    page.goto(committed_world.aurora.url(f"{BILLING}statement/"))
    page.select_option("[name=kind]", "payment")
    expect(page.locator("#rows")).to_contain_text("Nothing like that has moved")
    page.click("text=Show all movements")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    with page.expect_download() as download:
        page.click("text=Download all as CSV")
    assert download.value.suggested_filename == "balance-salon-aurora.csv"


def test_invoice_is_downloaded_and_prints_without_the_shell(
    visitor: Visitors, committed_world: World
) -> None:
    number = paid(committed_world.aurora).invoice.number
    page = open_billing(visitor, committed_world)
    page.click(f"main >> text={number}")
    page.wait_for_url(f"**/invoices/{number}/")
    with page.expect_download() as download:
        page.click("text=Download PDF")
    assert download.value.suggested_filename == f"{number}.pdf"
    page.emulate_media(media="print")
    expect(page.locator("article")).to_be_visible()
    for hidden in (".app-nav", ".crumb", ".page-head"):
        expect(page.locator(hidden)).to_be_hidden()


def fill(world: World) -> str:
    """Money of every kind; the number of an invoice with everything on it."""
    tenant = world.aurora
    save_details(tenant, name="A" * 120, address="B" * 400, tax_id="C" * 40)
    order = {"credit": 1160, "credit_days": 12, "credit_plan": "Team"}
    invoice = paid(tenant, 4740, title="T" * 120, ordered=order, paid_with="Visa 4242").invoice
    gone(invoice.payment, 1000)
    failed(tenant)
    ordered(tenant, 123_456_789_00)
    give_funds(tenant, 98_765_432_10)
    spend(tenant, 98_765_469_50)
    gone(invoice.payment, 3740, key="dp_1", is_dispute=True)
    return str(invoice.number)


@pytest.mark.parametrize("look", LOOKS, ids=[f"{theme}-{width}" for theme, width in LOOKS])
def test_pages_in_every_look(
    look: tuple[str, int], visitor: Visitors, committed_world: World, card: StripeSandbox
) -> None:
    person = visitor(theme=look[0], width=look[1])
    person.log_in("ana@aurora.example")
    pages = ["", "payments/", "statement/", "funds/", "details/"]
    inspect(person, committed_world, pages)
    number = fill(committed_world)
    reference = committed_world.aurora.payments.get(invoice__number=number).reference
    inspect(person, committed_world, [*pages, f"invoices/{number}/", f"payments/{reference}/"])


def inspect(person: Visitor, world: World, pages: list[str]) -> None:
    for path in pages:
        person.open(world.aurora.url(BILLING + path))
        assert person.serious_findings() == [], path
        assert not person.scrolls_sideways(), path
