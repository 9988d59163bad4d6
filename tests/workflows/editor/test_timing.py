"""What lies ahead follows the rule: switched on and off, moved with its offset, untouched by a new name."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from plans.event_types import Timed
from plans.registry import registry
from tenants.models import Tenant
from tests.workflows.editor.scene import NOW, SERVED, rule
from workflows.models import Occurrence, Workflow
from workflows.services import rules

CAKE = 7
SERVED_AT = NOW + timedelta(days=5)


def _at(_tenant: object, ids: Any) -> dict[int, datetime]:
    return {pk: SERVED_AT for pk in ids if pk == CAKE}


@pytest.fixture(autouse=True)
def _one_cake_is_coming(_events: None) -> Iterator[None]:
    coming = Timed(
        at=_at, coming=lambda _tenant, _now: [(CAKE, SERVED_AT)], follows=frozenset({"cake.baked"})
    )
    with registry.temporarily(replace(SERVED, key="cake.eaten", timed=coming)):
        yield


def make(tenant: Tenant, *, is_on: bool = True) -> Workflow:
    mail = {"to": "guest", "address": "", "subject": "Cake", "body": "<p>Come</p>"}
    eaten = rule(event="cake.eaten", amount=24, actions=[("email", mail)])
    return rules.create(tenant, eaten, NOW, is_on=is_on)


def due() -> list[datetime]:
    return list(Occurrence.objects.filter(workflow__isnull=False).values_list("due_at", flat=True))


def test_on_is_followed_and_off_is_forgotten(aurora: Tenant) -> None:
    workflow = make(aurora, is_on=False)
    assert due() == []
    rules.switch(aurora, workflow.pk, NOW, on=True)
    assert due() == [SERVED_AT - timedelta(hours=24)]
    rules.switch(aurora, workflow.pk, NOW, on=False)
    assert due() == []


def test_offset_moves_it_and_a_name_does_not_touch_it(aurora: Tenant) -> None:
    workflow = make(aurora)
    before = Occurrence.objects.get()
    stored = rules.rule_of(workflow)
    named = replace(stored, name="Another name")
    seen = workflow.changed_at.isoformat()
    workflow = rules.save(aurora, workflow.pk, named, NOW + timedelta(hours=1), seen=seen)
    assert Occurrence.objects.get().pk == before.pk
    moved = replace(stored, amount=2)
    rules.save(aurora, workflow.pk, moved, NOW, seen=workflow.changed_at.isoformat())
    assert due() == [SERVED_AT - timedelta(hours=2)]


def test_deleted_one_leaves_nothing_ahead(owner: Client, aurora: Tenant) -> None:
    workflow = make(aurora)
    page = owner.get(f"/panel/workflows/{workflow.pk}/delete/").content.decode()
    assert "1 reminder that lies ahead is dropped." in page
    owner.post(f"/panel/workflows/{workflow.pk}/delete/")
    assert not Occurrence.objects.exists()
