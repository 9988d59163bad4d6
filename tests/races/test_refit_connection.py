"""A plan with many businesses is worked off in slices, and no connection goes through all of them."""

from datetime import datetime

import pytest
from django.conf import settings
from django.db import connection

from saas.core import clock
from tenants import plan_tasks
from tenants.services.refits import start_refit
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)


def backend() -> tuple[int, datetime]:
    """The process of the server that answers us."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        )
        found: tuple[int, datetime] = cursor.fetchone()
    return found


def test_worker_lets_go_of_its_connection_after_a_slice(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[int] = []
    monkeypatch.setattr(plan_tasks, "SLICE", 1)
    monkeypatch.setattr(plan_tasks.refit_plan, "delay", again.append)
    work = start_refit(committed_world.plan.pk, clock.now())
    assert work is not None
    before = backend()
    plan_tasks.refit_plan(work.pk)
    assert again == [work.pk]
    assert backend() != before
