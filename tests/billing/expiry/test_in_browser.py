"""Renewals in a real browser: readable in every look, and nothing that axe or the policy objects to."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from billing.models import ExpiryTrouble
from plans.models import Plan, PlatformSettings
from saas.core import clock
from tests.billing.expiry.due import others, past_due, runs_out, subscribe
from tests.billing.money import give_funds
from tests.browser.fixtures import Visitor
from tests.looks import LOOKS
from tests.tenants.services import rows
from tests.tenants.services.rows import make_plan
from tests.world import World

pytestmark = pytest.mark.browser
URL = "/console/payments/renewals/"


def fill(world: World, expired: Plan | None) -> None:
    """One tenant for each thing that can happen, and some who stayed."""
    at = clock.now()
    month = {"start": at - timedelta(days=30), "period_end": at - timedelta(minutes=5)}
    rows.rows(world.aurora, 9)
    rows.rows(world.aurora, 15, "services")
    subscribe(world.aurora, world.plan, **month)
    subscribe(world.borealis, world.plan, **month)
    give_funds(world.borealis, 4100)
    card, moves, stuck, *left = others(world.plan, 5)
    past_due(card, world.plan, **month)
    subscribe(
        moves, world.plan, next_plan=world.small_plan, next_cycle="monthly", next_amount=0, **month
    )
    runs_out(stuck, world.plan, at - timedelta(hours=2))
    ExpiryTrouble.objects.create(
        tenant=stuck, attempts=3, failed_at=at, error="OperationalError: lock timeout"
    )
    for tenant in left:
        runs_out(tenant, world.plan, at - timedelta(days=3), expiry_check_at=None)
    PlatformSettings.objects.update(expired_plan=expired)


@pytest.mark.parametrize(("theme", "width"), LOOKS)
@pytest.mark.parametrize("chosen", [True, False], ids=["Expired plan", "none"])
def test_renewals_can_be_read_in_every_look(
    visitor: Callable[..., Visitor], committed_world: World, theme: str, width: int, *, chosen: bool
) -> None:
    fill(committed_world, make_plan("Resting", staff=1, services=0) if chosen else None)
    olivia = visitor(theme=theme, width=width)
    olivia.log_in(committed_world.olivia.email)
    for query in ("", "?days=7"):
        page = olivia.open(f"{settings.PLATFORM_URL}{URL}{query}")
        assert page.locator("h1").inner_text() == "Renewals"
        assert olivia.serious_findings() == []
        assert not olivia.scrolls_sideways()
    assert page.locator("tbody tr").count() == 5
    page.get_by_role("link", name="30 days").click()
    page.wait_for_url("**?days=30")
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{theme}-{width}-{chosen}.png", full_page=True)
