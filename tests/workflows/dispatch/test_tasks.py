"""A worker is told at once, finds everything that is due, and what nobody told it of."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from saas.celery import app
from saas.core import clock
from saas.core.events import emit
from tenants.models import Tenant
from tests.workflows.dispatch.bakery import NOW, bake, eaten_at, listen
from tests.workflows.dispatch.rules import ahead
from workflows import tasks
from workflows.models import Message, Occurrence, Workflow
from workflows.services import timing

pytestmark = [
    pytest.mark.usefixtures("cakes"),
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]


def test_worker_is_told_when_there_is_something_and_not_before(
    aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(tasks.nudge, "give", lambda: told.append(Occurrence.objects.count()))
    emit("cake.baked", tenant_id=aurora.pk, cake_id=7)
    assert told == []
    listen(aurora)
    with transaction.atomic():
        emit("cake.baked", tenant_id=aurora.pk, cake_id=7)
        assert told == []
    assert told == [1]


def test_work_goes_on_until_nothing_is_due(aurora: Tenant) -> None:
    """Also what comes of what was just done: three times deep here."""
    listen(aurora, kinds=("bakery_bake",), conditions=_kind("first"))
    notes = listen(aurora)
    bake(aurora, *range(1, 251), at=NOW)
    Occurrence.objects.filter(subject_id=1).update(
        payload={"tenant_id": aurora.pk, "cake_id": 1, "kind": "first"}
    )
    tasks.work()
    assert not Occurrence.objects.exists()
    assert Message.objects.filter(workflow=notes).count() == 251
    assert not Message.objects.filter(state__in=("queued", "sending")).exists()


def _kind(value: str) -> list[dict[str, Any]]:
    return [{"field": "kind", "is_not": False, "values": [value]}]


def test_workflow_that_was_just_switched_on_finds_what_came_at_that_moment(aurora: Tenant) -> None:
    made = listen(aurora, "cake.eaten", amount=1, unit="hours")
    eaten_at[7] = clock.now() + timedelta(days=1)
    tasks.look_ahead()
    assert ahead(made) == [eaten_at[7] - timedelta(hours=1)]
    Workflow.objects.update(changed_at=clock.now() - timedelta(days=1))
    eaten_at[8] = eaten_at[7]
    tasks.look_ahead()
    assert len(ahead(made)) == 1, "What was on before has been told by events."


def test_other_time_zone_is_followed(aurora: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(
        tasks.follow_time_zone, "apply_async", lambda args, **_options: sent.append(args)
    )
    emit("tenant.time_zone_changed", tenant_id=aurora.pk)
    assert sent == [(aurora.pk,)]
    made = listen(aurora, "cake.eaten", amount=1, unit="days")
    eaten_at[7] = clock.now() + timedelta(days=3)
    timing.follow(made, clock.now())
    Occurrence.objects.update(due_at=eaten_at[7])
    tasks.follow_time_zone(*sent[0])
    assert ahead(made) == [eaten_at[7] - timedelta(days=1)]


def test_beat_knows_the_work(aurora: Tenant) -> None:
    planned = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {tasks.work.name, tasks.look_ahead.name, tasks.forget_old.name} <= planned
