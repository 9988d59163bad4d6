"""The pages, in a real browser: both themes, two widths, with and without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from billing.gateways.mercadopago.client import Client
from sandbox.mercadopago.testing import MercadoPagoSandbox
from tests.browser.fixtures import Visitor
from tests.sandbox.conftest import visitor  # noqa: F401 - the one without Tenantry's server
from tests.sandbox.mercadopago.conftest import an_item

LOOKS = [(theme, width) for theme in ("light", "dark") for width in (390, 1360)]
pytestmark = pytest.mark.browser


@pytest.fixture
def made(sandbox: MercadoPagoSandbox, client: Client) -> dict[str, Any]:
    """Its ways back lead to this server, so that the browser finds something there."""
    back = f"{sandbox.url}/static/favicon.svg"
    return client.make_preference(
        {
            "items": [an_item(title="Team, monthly", unit_price=29.5)],
            "external_reference": "pay_1",
            "back_urls": {name: f"{back}?{name}" for name in ("success", "pending", "failure")},
        }
    )


def check(visit: Visitor) -> None:
    assert visit.serious_findings() == []
    assert not visit.scrolls_sideways()
    notice = visit.page.inner_text(".notice")
    assert "It stands in for Mercado Pago" in notice
    assert "no real money moves" in notice


def choose(page: Page, method: str) -> None:
    page.check(f"input[value={method}]")
    page.click("button.primary")


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_pages_are_sound_in_every_look(
    sandbox: MercadoPagoSandbox,
    made: dict[str, Any],
    visitor: Callable[..., Visitor],  # noqa: F811
    theme: str,
    width: int,
) -> None:
    visit = visitor(theme=theme, width=width)
    page = visit.open(made["init_point"])
    check(visit)
    expect(page.locator("main")).to_contain_text("R$29.50")
    choose(page, "poor")
    expect(page.locator("main")).to_contain_text("The card was rejected. Nothing was charged")
    check(visit)
    choose(page, "slip")
    page.wait_for_url("**/slips/**")
    check(visit)
    expect(page.locator("main")).to_contain_text("To be paid by 3 Feb 2026.")
    sandbox.advance(days=4)
    page.reload()
    expect(page.locator("main")).to_contain_text("Cannot be paid any more.")
    check(visit)


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_payer_is_sent_back(
    sandbox: MercadoPagoSandbox,
    made: dict[str, Any],
    visitor: Callable[..., Visitor],  # noqa: F811
    javascript: bool,
) -> None:
    page = visitor(javascript=javascript).open(made["init_point"])
    choose(page, "visa")
    page.wait_for_url("**/favicon.svg?success**")
    assert "status=approved" in page.url
    assert sandbox.payments()[0]["status"] == "approved"
    page.goto(made["init_point"])
    expect(page.locator("main")).to_contain_text(
        "It was paid before. Paying here pays it once more."
    )
    choose(page, "review")
    page.wait_for_url("**/favicon.svg?pending**")
    page.goto(made["init_point"])
    choose(page, "slip")
    page.wait_for_url("**/slips/**")
    page.click("text=Pay it at the counter")
    expect(page.locator("main")).to_contain_text("Paid.")
    page.click("text=Back to the shop")
    page.wait_for_url("**/favicon.svg?success**")


def test_page_that_is_closed_or_leads_nowhere(
    sandbox: MercadoPagoSandbox,
    made: dict[str, Any],
    visitor: Callable[..., Visitor],  # noqa: F811
) -> None:
    sandbox.world.store.get("preference", made["id"]).update(
        expires=True, expiration_date_to=made["date_created"]
    )
    visit = visitor()
    assert "This page is closed. Nothing was charged." in visit.open(made["init_point"]).inner_text(
        "main"
    )
    check(visit)
    for path in ("checkout/v1/redirect?pref_id=x", "slips/1", "elsewhere"):
        assert "Nothing here" in visit.open(f"{sandbox.url}/{path}").inner_text("main")
    assert "stand-in" in visit.open(sandbox.url).inner_text("main")
