"""A sandbox per test, Stripe's client on it, and the things that most tests sell."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext
from stripe import StripeClient

from sandbox.stripe.testing import StripeSandbox
from tests.browser.fixtures import Visitor
from tests.sandbox.shop import START, Shop


@pytest.fixture
def sandbox() -> Iterator[StripeSandbox]:
    """At noon of 31 January, the date that tells whether months are counted from their anchor."""
    with StripeSandbox(START) as running:
        yield running


@pytest.fixture
def client(sandbox: StripeSandbox) -> StripeClient:
    return sandbox.client()


@pytest.fixture
def shop(sandbox: StripeSandbox, client: StripeClient) -> Shop:
    return Shop(sandbox, client)


@pytest.fixture
def visitor(chromium: Browser, sandbox: StripeSandbox) -> Iterator[Callable[..., Visitor]]:
    """As in tests/browser, without Tenantry's server: fails at its end if a page broke its policy.

    It leaves before the double does: what a browser asks for late must still find somebody.
    """
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def make(*, theme: str = "light", width: int = 1360, javascript: bool = True) -> Visitor:
        context = chromium.new_context(
            color_scheme=theme,
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
        )  # type: ignore[arg-type]
        contexts.append(context)
        visitors.append(Visitor(context.new_page()).watch())
        return visitors[-1]

    yield make
    for context in contexts:
        context.close()
    assert [complaint for one in visitors for complaint in one.complaints] == []
