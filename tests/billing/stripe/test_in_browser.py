"""The Plans page with Stripe in it, in a real browser."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as project
from playwright.sync_api import expect
from pytest_django import Settings

from billing.models import PlanSync, Subscription
from billing.services import plan_sync
from plans.models import Plan
from saas.core.clock import now
from sandbox.stripe.testing import StripeSandbox
from tests.billing.stripe.shop import PLACE
from tests.browser.fixtures import Visitor
from tests.looks import LOOKS
from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, available_apps=project.INSTALLED_APPS),
]
PLANS = f"{project.PLATFORM_URL}/console/plans/"


@pytest.fixture
def double(settings: Settings, committed_world: World) -> Iterator[StripeSandbox]:
    with StripeSandbox() as running:
        settings.STRIPE_SANDBOX_URL = running.url
        yield running


@pytest.fixture
def desk(visitor: Callable[..., Visitor], double: StripeSandbox) -> Callable[..., Visitor]:
    """Olivia on the Plans page, with one plan in each state."""

    def sit_down(**look: object) -> Visitor:
        olivia = visitor(**look)
        olivia.log_in("olivia@tenantry.example")
        olivia.open(PLANS)
        return olivia

    return sit_down


@pytest.fixture
def states(committed_world: World, double: StripeSandbox) -> World:
    """Team is sent, Solo waits for its turn, Crew could not be sent, Free is free; two pay an old price of Team."""
    world = committed_world
    solo = Plan.objects.create(name="Solo", monthly_price=900, order_number=30)
    crew = Plan.objects.create(name="Crew", monthly_price=4900, order_number=40)
    plan_sync.sync(world.plan.pk, now())
    PlanSync.objects.create(plan=solo, **PLACE, due_at=now() + timedelta(minutes=5))
    PlanSync.objects.create(
        plan=crew, **PLACE, state="failed", due_at=now() + timedelta(hours=1),
        reason="Invalid currency: xyz. Stripe currently supports these currencies: usd, eur (req_1234567)",
    )  # fmt: skip
    for tenant in (world.aurora, world.borealis):
        Subscription.objects.create(
            tenant=tenant, plan=world.plan, plan_name="Team", cycle="monthly", amount=1900, currency="USD",
            gateway="balance", environment="live", period_start=now(), period_end=now() + timedelta(days=30),
        )  # fmt: skip
    return world


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_plans_page_tells_of_every_state(
    desk: Callable[..., Visitor], states: World, theme: str, width: int
) -> None:
    olivia = desk(theme=theme, width=width)
    for text in ("Sent to Stripe (sandbox)", "Being sent to Stripe", "Not sent to Stripe: Invalid",
                 "Free: not sent to Stripe"):  # fmt: skip
        expect(olivia.page.locator("table")).to_contain_text(text)
    assert olivia.serious_findings() == []
    assert not olivia.scrolls_sideways()
    picture(olivia, f"plans-{theme}-{width}")


def test_retry_sends_the_plan_and_the_row_says_so_by_itself(
    desk: Callable[..., Visitor], states: World
) -> None:
    page = desk().page
    row = page.locator("tr", has_text="Crew")
    row.get_by_role("button", name="Retry").click()
    expect(page.locator(".toast")).to_contain_text("Crew is being sent again.")
    expect(row).to_contain_text("Being sent to Stripe")
    plan_sync.sync(Plan.objects.get(name="Crew").pk, now())  # what a worker does
    expect(row).to_contain_text("Sent to Stripe (sandbox)")


def test_subscriptions_are_moved_after_a_look_at_what_that_does(
    desk: Callable[..., Visitor], states: World
) -> None:
    olivia = desk()
    page = olivia.page
    row = page.locator("tr", has_text="Team")
    row.get_by_role("button", name="Actions for Team").click()
    page.get_by_text("Move 2 subscriptions to the new price").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("2 pay $19.00 a month, and $29.00 from their next month on.")
    picture(olivia, "plans-move-light-1360")
    assert olivia.serious_findings() == []
    dialog.get_by_role("button", name="Move 2 subscriptions").click()
    expect(page.locator(".toast")).to_contain_text(
        "2 subscriptions are moved to the new price of Team."
    )


def test_retry_works_without_a_script(desk: Callable[..., Visitor], states: World) -> None:
    page = desk(javascript=False).page
    page.locator("tr", has_text="Crew").get_by_role("button", name="Retry").click()
    expect(page.locator("body")).to_contain_text("Crew is being sent again.")


def picture(visitor: Visitor, name: str) -> None:
    """For a person to look at, where TENANTRY_PICTURES names a folder."""
    if folder := os.environ.get("TENANTRY_PICTURES"):
        visitor.page.screenshot(path=str(Path(folder) / f"{name}.png"))
