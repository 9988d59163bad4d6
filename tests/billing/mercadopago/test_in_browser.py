"""From “Add funds” to Mercado Pago's page and back in a real browser; with a script and without."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from billing.ledger import balance_of
from billing.models import Payment
from saas.core import clock
from sandbox.mercadopago.testing import MercadoPagoSandbox
from tests.billing.panel.scene import URL
from tests.browser.fixtures import Visitor
from tests.world import World

pytestmark = pytest.mark.browser
Visitors = Callable[..., Visitor]
LOOKS = [(theme, width) for theme in ("light", "dark") for width in (1360, 390)]


@pytest.fixture
def double(committed_world: World, settings: Settings) -> Iterator[MercadoPagoSandbox]:
    with MercadoPagoSandbox(clock.now().replace(microsecond=0)) as sandbox:
        settings.MERCADOPAGO_SANDBOX_URL = sandbox.url
        yield sandbox


def to_its_page(visitor: Visitors, world: World, **options: object) -> tuple[Visitor, Page]:
    """Ana has pressed “Pay”, with nothing but Mercado Pago to choose."""
    person = visitor(**options)
    person.log_in("ana@aurora.example")
    page = person.open(world.aurora.url(f"{URL}funds/"))
    page.click("main button[type=submit]")
    page.wait_for_url("**/checkout/**")
    return person, page


@pytest.mark.req(112)
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_funds_are_paid_on_its_page(
    double: MercadoPagoSandbox, committed_world: World, visitor: Visitors, javascript: bool
) -> None:
    _, page = to_its_page(visitor, committed_world, javascript=javascript)
    page.check("input[value=poor]")
    page.click("button.primary")
    expect(page.locator("main")).to_contain_text("The card was rejected.")
    page.check("input[value=visa]")
    page.click("button.primary")
    page.wait_for_url("**/panel/billing/payments/**")
    expect(page.locator("main h1")).to_have_text("Thank you")
    payment = Payment.objects.get()
    assert (payment.gateway, payment.paid_with) == ("mercadopago", "Visa 4242")
    assert balance_of(committed_world.aurora).balance == payment.amount


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_slip_is_waited_for_in_every_look(
    double: MercadoPagoSandbox,
    committed_world: World,
    visitor: Visitors,
    theme: str,
    width: int,
) -> None:
    person, page = to_its_page(visitor, committed_world, theme=theme, width=width)
    page.check("input[value=slip]")
    page.click("button.primary")
    page.click("text=Back to the shop")
    page.wait_for_url("**/panel/billing/payments/**")
    expect(page.locator("main h1")).to_have_text("Almost done")
    assert person.serious_findings() == []
    assert not person.scrolls_sideways()
    address = page.get_by_role("link", name="How to pay").get_attribute("href") or ""
    assert address.startswith(f"{double.url}/slips/")
    page.click("text=Choose another way, or cancel it")
    expect(page.locator("main h1")).to_have_text("Not paid")
    expect(page.locator("main")).to_contain_text("Pay it one way only")
    assert person.serious_findings() == []
    page.go_back()
    double.pay_slip(address.rpartition("/")[2])
    expect(page.locator("main h1")).to_have_text("Thank you")
