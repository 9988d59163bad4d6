"""A small business of its own to tell of: events whose facts need no tables, and actions that are quick or go wrong."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms

from plans.event_types import PLATFORM, TENANT, EventType, Facts, Payload, Timed
from plans.registry import registry
from saas.core.events import emit
from tenants.models import Tenant
from workflows.actions.base import ActionKind, Case, find_kind, register
from workflows.models import Message, Occurrence, Workflow

NOW = datetime.fromisoformat("2026-11-02T09:00:00+00:00")
EATEN_AT = NOW + timedelta(days=2)
eaten_at: dict[int, datetime] = {}
"""When each cake is eaten, for the event in time; a test fills it."""
just_looked: list[Callable[[], object]] = []
"""Called between looking up an instant and answering it."""


def facts(_tenant: Tenant | None, payloads: Sequence[Payload], _now: datetime) -> list[Facts]:
    return [
        Facts(
            fields={"cake.number": str(one["cake_id"])},
            values={"kind": str(one.get("kind", ""))},
            at=eaten_at.get(one["cake_id"]),
            about=f"Cake {one['cake_id']}",
        )
        for one in payloads
    ]


def _at(_tenant: Any, ids: Sequence[int]) -> dict[int, datetime]:
    found = {pk: eaten_at[pk] for pk in ids if pk in eaten_at}
    for wait in just_looked:
        wait()
    return found


def _coming(_tenant: Any, now: datetime) -> list[tuple[int, datetime]]:
    return [(pk, at) for pk, at in eaten_at.items() if at > now]


def _event(key: str, *audiences: str, timed: Timed | None = None) -> EventType:
    return EventType(
        key,
        key,
        {"cake.number": "7"},
        audiences=frozenset(audiences),
        subject="cake_id",
        facts=facts,
        timed=timed,
    )


BAKED = _event("cake.baked", TENANT, PLATFORM)
EATEN = _event(
    "cake.eaten",
    TENANT,
    timed=Timed(at=_at, coming=_coming, follows=frozenset({"cake.moved", "cake.baked"})),
)


def _note(case: Case, settings: dict[str, Any]) -> list[Message]:
    text = f"{case.facts.about} {settings.get('text', '')}".strip()
    return [
        Message(key=f"{case.key}:{n}", channel="email", address=f"{n}@mail.example", text=text)
        for n in range(settings.get("copies", 1))
    ]


def _bake_again(case: Case, _settings: dict[str, Any]) -> str:
    tenant_id = case.tenant.pk if case.tenant else None
    emit("cake.baked", tenant_id=tenant_id, cake_id=case.payload["cake_id"])
    return "Baked again."


def _burn(_case: Case, _settings: dict[str, Any]) -> list[Message]:
    raise ZeroDivisionError


def _form(_event: EventType, _tenant: Tenant | None) -> type[forms.Form]:
    return forms.Form


KINDS = (
    ActionKind("bakery_note", "Note", "cake", _form, draft=_note),
    ActionKind("bakery_bake", "Bake again", "cake", _form, perform=_bake_again),
    ActionKind("bakery_burn", "Burn", "cake", _form, draft=_burn),
)


def open_bakery() -> None:
    """For a process of its own: its events and actions are registered for good."""
    registry.add(BAKED, EATEN)
    register_actions()


def register_actions() -> None:
    if find_kind("bakery_note") is None:
        register(*KINDS)


def listen(tenant: Tenant | None, event: str = "cake.baked", **fields: Any) -> Workflow:
    """A workflow that is on and writes one note, unless `kind` says what it does instead."""
    kinds = fields.pop("kinds", ("bakery_note",))
    settings = fields.pop("settings", {})
    made = Workflow.objects.create(tenant=tenant, name=event, event=event, is_on=True, **fields)
    for order, kind in enumerate(kinds):
        made.actions.create(order=order, kind=kind, settings=settings)
    return made


def bake(tenant: Tenant, *cakes: int, at: datetime = NOW) -> None:
    """As if the event had been recorded for each."""
    Occurrence.objects.bulk_create(
        Occurrence(
            tenant=tenant,
            event="cake.baked",
            payload={"tenant_id": tenant.pk, "cake_id": cake},
            subject_id=cake,
            happened_at=at,
            due_at=at,
        )
        for cake in cakes
    )
