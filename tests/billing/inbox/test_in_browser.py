"""The console's Payment events in a real browser: light and dark, phone and desktop, with and without JavaScript."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from billing.models import Outcome, WebhookEvent
from billing.services.inbox.refusals import count_refusal
from saas.core import clock
from tests.billing.inbox.shop import store
from tests.browser.fixtures import Visitor
from tests.looks import in_every_look
from tests.world import World

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("TENANTRY_SHOTS", "")
PAGE = f"{settings.PLATFORM_URL}/console/payments/events/"


@pytest.fixture
def heard(committed_world: World) -> WebhookEvent:
    """A day at the inbox; the event that failed."""
    now = clock.now()
    store("evt_1Q8aKfLm2Nt0XyZ3", now=now - timedelta(minutes=2), kind="checkout.session.completed",
          object_id="cs_test_a1yFcXUu1iJvJ4J5PzZt1x3", outcome=Outcome.DONE, due_at=None,
          attempts=1, detail="Paid and carried out.", finished_at=now)  # fmt: skip
    store("evt_2", now=now - timedelta(minutes=40), kind="customer.subscription.updated", attempts=3,
          detail="Stripe: no answer", object_id="sub_1Q8aKfLm2Nt0", due_at=now + timedelta(hours=1))  # fmt: skip
    store("evt_3", now=now - timedelta(hours=3), kind="product.created", outcome=Outcome.IGNORED,
          due_at=None, attempts=1, detail="Nothing of ours.", object_id="prod_Qx8")  # fmt: skip
    store("evt_4", now=now - timedelta(seconds=3), kind="invoice.finalized")
    for _ in range(3):
        count_refusal("stripe", "bad signature", at=clock.true_now())
    count_refusal("stripe", "too large", at=clock.true_now())
    long = {"id": "evt_5", "url": "https://stripe.example/" + "x" * 300, "lines": list(range(60))}
    return store("evt_5", now=now - timedelta(hours=20), kind="invoice.paid", payload=long,
                 outcome=Outcome.FAILED, due_at=None, attempts=12, object_id="in_1Q8aKfLm2Nt0XyZ3",
                 detail="Stripe: no answer", finished_at=now)  # fmt: skip


def shoot(visitor: Visitor, name: str) -> None:
    if SHOTS:
        visitor.page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@in_every_look
def test_page_and_dialog(
    visitor: Callable[..., Visitor], heard: WebhookEvent, theme: str, width: int
) -> None:
    olivia = visitor(theme=theme, width=width)
    olivia.log_in("olivia@tenantry.example")
    page = olivia.open(PAGE)
    assert "3 with a wrong signature" in page.inner_text("main")
    assert olivia.serious_findings() == []
    assert not olivia.scrolls_sideways()
    shoot(olivia, f"events-{theme}-{width}")
    page.click("#events a:has-text('invoice.paid')")
    page.wait_for_selector("dialog[open] .payload")
    assert olivia.serious_findings() == []
    assert not olivia.scrolls_sideways()
    shoot(olivia, f"event-{theme}-{width}")
    page.click("dialog[open] button:has-text('Replay')")
    page.wait_for_selector(".toast:has-text('is being worked on once more')")
    page.wait_for_selector("#events tr:has-text('invoice.paid') .status:has-text('Waiting')")
    heard.refresh_from_db()
    assert (heard.outcome, heard.attempts) == (Outcome.WAITING, 0)


def test_filters_change_the_table_and_the_address(
    visitor: Callable[..., Visitor], heard: WebhookEvent
) -> None:
    olivia = visitor()
    olivia.log_in("olivia@tenantry.example")
    page = olivia.open(PAGE)
    page.select_option("select[name=outcome]", "failed")
    page.wait_for_selector("#events nav:has-text('1 to 1 of 1')")
    assert "outcome=failed" in page.url
    page.fill("input[name=q]", "nothing like it")
    page.wait_for_selector("text=No event is like that")
    assert olivia.serious_findings() == []
    shoot(olivia, "events-none-like-that")


def test_first_day(visitor: Callable[..., Visitor], committed_world: World) -> None:
    olivia = visitor()
    olivia.log_in("olivia@tenantry.example")
    olivia.open(PAGE)
    assert olivia.serious_findings() == []
    shoot(olivia, "events-first-day")


def test_without_javascript(visitor: Callable[..., Visitor], heard: WebhookEvent) -> None:
    olivia = visitor(javascript=False)
    olivia.log_in("olivia@tenantry.example")
    page = olivia.open(f"{PAGE}?outcome=failed")
    page.click("#events a:has-text('invoice.paid')")
    page.wait_for_selector(".payload")
    shoot(olivia, "event-page")
    page.click("button:has-text('Replay')")
    page.wait_for_url(PAGE)
    assert "is being worked on once more" in page.inner_text("body")
