"""The hosted pages, in a real browser: both themes, two widths, with and without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from stripe import StripeClient

from sandbox.stripe.testing import StripeSandbox
from tests.browser.fixtures import Visitor
from tests.looks import LOOKS
from tests.sandbox.shop import Shop

OWN = {
    "success_url": "{url}/static/favicon.svg?paid={{CHECKOUT_SESSION_ID}}",
    "cancel_url": "{url}/static/favicon.svg",
}


def own(sandbox: StripeSandbox, **given: Any) -> Any:
    """Ways back that lead to this server, so that the browser finds something there."""
    return {name: url.format(url=sandbox.url) for name, url in OWN.items()} | given


def check(visit: Visitor) -> None:
    assert visit.serious_findings() == []
    assert not visit.scrolls_sideways()
    expect(visit.page.locator(".notice")).to_contain_text("no real money moves")


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_pages_are_sound_in_every_look(
    visitor: Callable[..., Visitor],
    sandbox: StripeSandbox,
    client: StripeClient,
    shop: Shop,
    theme: str,
    width: int,
) -> None:
    session = discounted(client, shop)
    sandbox.decline(session.url)
    visit = visitor(theme=theme, width=width)
    page = visit.open(session.url)
    check(visit)
    text = page.inner_text("main")
    for words in (
        "Subscribe to Team", "$29.00", "Credit for Solo", "−$9.00", "Due today", "$20.00", "Then $29.00 every month",
        "Your card was declined. Nothing was charged.",
    ):  # fmt: skip
        assert words in text
    sandbox.pay(session.url)
    portal = client.v1.billing_portal.sessions.create(
        {"customer": session.customer, "return_url": f"{sandbox.url}/x"}
    )
    visit.open(portal.url)
    check(visit)
    expect(page.locator("main")).to_contain_text("Visa ending 4242 is charged.")


def discounted(client: StripeClient, shop: Shop) -> Any:
    coupon = client.v1.coupons.create(
        {"amount_off": 900, "currency": "usd", "duration": "once", "name": "Credit for Solo"}
    )
    return shop.session(customer=shop.customer(), discounts=[{"coupon": coupon.id}])


@pytest.mark.browser
def test_paid_page_invoice_and_welcome_are_sound(
    visitor: Callable[..., Visitor], sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    session = discounted(client, shop)
    sandbox.pay(session.url)
    visit = visitor()
    page = visit.open(session.url)
    check(visit)
    expect(page.locator("h1")).to_contain_text("Already paid")
    visit.open(str(client.v1.invoices.list().data[0].hosted_invoice_url))
    check(visit)
    expect(page.locator("main")).to_contain_text("−$9.00")
    visit.open(sandbox.url)
    expect(page.locator("main")).to_contain_text("Buy a plan")


@pytest.mark.browser
@pytest.mark.parametrize("javascript", [True, False])
def test_person_pays_and_is_sent_back(
    visitor: Callable[..., Visitor],
    sandbox: StripeSandbox,
    client: StripeClient,
    shop: Shop,
    javascript: bool,
) -> None:
    visit = visitor(javascript=javascript)
    session = shop.session(**own(sandbox))
    page = visit.open(session.url)
    page.fill("input[name=email]", "mara@example.com")
    page.check("input[value='0002']")
    page.click("text=Pay $29.00")
    expect(page.locator("[role=alert]")).to_contain_text("declined")
    page.check("input[value='4444']")
    page.click("text=Pay $29.00")
    page.wait_for_url(f"**/static/favicon.svg?paid={session.id}")
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["customer"]})
    assert paid.customer.email == "mara@example.com"  # type: ignore[union-attr]


@pytest.mark.browser
def test_person_turns_back(
    visitor: Callable[..., Visitor], sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    session = shop.session(**own(sandbox))
    page = visitor().open(session.url)
    page.click("text=Back")
    page.wait_for_url("**/static/favicon.svg")
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


@pytest.mark.browser
def test_person_replaces_the_card(
    visitor: Callable[..., Visitor], sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription = shop.subscription("4444")
    back = f"{sandbox.url}/static/favicon.svg"
    portal = client.v1.billing_portal.sessions.create(
        {"customer": subscription.customer, "return_url": back}
    )
    page = visitor().open(portal.url)
    expect(page.locator("main")).to_contain_text("Renewals with this card fail.")
    page.check("input[value='0002']")
    page.click("text=Replace card")
    expect(page.locator("[role=alert]")).to_contain_text("The old card stays in place.")
    page.check("input[value='4242']")
    page.click("text=Replace card")
    expect(page.locator("main")).to_contain_text("Visa ending 4242 is charged.")
    expect(page.locator("h1 + p")).not_to_contain_text("fail")
    page.click("text=Back")
    page.wait_for_url("**/static/favicon.svg")
    assert (
        shop.again(subscription, "default_payment_method").default_payment_method.card.last4
        == "4242"
    )


def test_expired_session_says_so(sandbox: StripeSandbox, shop: Shop) -> None:
    session = shop.session()
    sandbox.advance(days=1)
    status, _, body = sandbox.request("GET", f"/c/pay/{session.id}")
    assert (status, "Expired" in body, "<form" in body) == (200, True, False)
    status, _, _ = sandbox.request("POST", f"/c/pay/{session.id}", "card=4242&action=pay")
    assert sandbox.events("checkout.session.completed") == []


def test_paid_session_cannot_be_paid_again(sandbox: StripeSandbox, shop: Shop) -> None:
    session = shop.session()
    sandbox.pay(session.url)
    _, _, body = sandbox.request("POST", f"/c/pay/{session.id}", "card=4242&action=pay")
    assert "Already paid" in body
    assert len(sandbox.events("checkout.session.completed")) == 1


def test_policy_is_strict_and_lets_the_form_lead_back(sandbox: StripeSandbox, shop: Shop) -> None:
    _, headers, body = sandbox.request("GET", f"/c/pay/{shop.session().id}")
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self' http://aurora.localhost" in policy
    assert "style=" not in body
    assert "<script" not in body


def test_what_was_typed_elsewhere_is_escaped(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    product = client.v1.products.create({"name": "<b>Bold</b>"})
    data = {"currency": "usd", "unit_amount": 500, "product": product.id}
    session = shop.session(mode="payment", line_items=[{"price_data": data, "quantity": 1}])
    body = sandbox.request("GET", f"/c/pay/{session.id}")[2]
    assert "&lt;b&gt;Bold" in body
    assert "<b>Bold" not in body


def test_missing_page_and_wrong_card_are_told(sandbox: StripeSandbox, shop: Shop) -> None:
    assert sandbox.request("GET", "/c/pay/cs_test_no")[0] == 404
    assert sandbox.request("GET", "/p/session/no")[0] == 404
    status, _, body = sandbox.request("POST", f"/c/pay/{shop.session().id}", "card=1234&action=pay")
    assert (status, "Choose a card." in body) == (422, True)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [(500, "jpy", "¥500"), (129000, "usd", "$1,290.00"), (1500, "kwd", "KWD1.500")],
)
def test_amounts_follow_their_currency(
    sandbox: StripeSandbox, shop: Shop, amount: int, currency: str, shown: str
) -> None:
    line = {"price": shop.price(amount, None, currency), "quantity": 1}
    session = shop.session(mode="payment", line_items=[line])
    assert f"Pay {shown}" in sandbox.request("GET", f"/c/pay/{session.id}")[2]
