"""The demo's clock: time goes ahead day by day, and what falls due on the way happens, here and at the doubles."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from plans.models import PlatformSettings
from saas.core import clock
from saas.dashboard import time_travel
from tenants.models import Tenant
from tests.world import World

Clients = Callable[..., Client]


@pytest.fixture(autouse=True)
def _own_clock(settings: object, tmp_path: Path) -> Iterator[None]:
    settings.VAR_DIR = tmp_path  # type: ignore[attr-defined]
    return None


def test_days_pass_at_a_press(world: World, client_for: Clients) -> None:
    before = clock.now()
    olivia = client_for(world.olivia)
    response = olivia.post("/console/clock/", {"days": "35"}, follow=True)
    assert "35 days later. Nothing fell due." in response.content.decode()
    assert timedelta(days=35) <= clock.now() - before < timedelta(days=35, minutes=5)


@pytest.mark.parametrize("days", ["0", "-3", "61", "soon", ""])
def test_nonsense_moves_nothing(world: World, client_for: Clients, days: str) -> None:
    response = client_for(world.olivia).post("/console/clock/", {"days": days})
    assert response.status_code == 422
    assert not clock.offset()


def test_trial_ends_on_the_way(world: World, client_for: Clients) -> None:
    """Whoever is on a trial has landed on the Expired plan when its days are over."""
    PlatformSettings.objects.update(trial_plan=world.plan, expired_plan=world.small_plan)
    end = clock.now() + timedelta(days=9)
    Tenant.objects.filter(pk=world.aurora.pk).update(expires_at=end, expiry_check_at=end)
    response = client_for(world.olivia).post("/console/clock/", {"days": "35"}, follow=True)
    assert "Plans that were not renewed: 1." in response.content.decode()
    world.aurora.refresh_from_db()
    assert world.aurora.plan == world.small_plan


def test_all_of_the_schedule_is_run(world: World) -> None:
    """Every entry is either of the night or of the day; none is forgotten."""
    schedule = [entry["schedule"] for entry in time_travel.app.conf.beat_schedule.values()]
    nightly = [time_travel.is_nightly(one) for one in schedule]
    assert 0 < sum(nightly) < len(schedule)
