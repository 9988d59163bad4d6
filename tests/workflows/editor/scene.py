"""What the tests of the editor say again and again: two events, a stored rule, what the form posts."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from plans.event_types import (
    PLATFORM,
    TENANT,
    Condition,
    EventType,
    Facts,
    Payload,
    Person,
    Recipient,
    Timed,
)
from tenants.models import Tenant
from workflows.models import Workflow
from workflows.services import rules

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
CAKES = [("apple", "Apple cake"), ("lemon", "Lemon cake")]
SHOPS = [("north", "North"), ("south", "South")]


def _facts(_tenant: object, payloads: Sequence[Payload], _now: datetime) -> list[Facts | None]:
    somebody = Person(name="Clara Nunes", email="clara@example.com", phone="+351912345678")
    return [Facts({"guest.name": "Clara"}, people={"guest": [somebody]}) for _one in payloads]


BAKED = EventType(
    "cake.baked",
    "A cake was baked",
    {"guest.name": "Clara", "cake.name": "Apple <cake>"},
    group="Cakes",
    audiences=frozenset({TENANT, PLATFORM}),
    subject="cake_id",
    conditions=(
        Condition("cake", "Cake", lambda _tenant: CAKES),
        Condition("shop", "Shop", lambda _tenant: SHOPS),
    ),
    recipients=(Recipient("guest", "The guest"),),
    facts=_facts,
)
SERVED = EventType(
    "cake.served",
    "A cake is served",
    {"guest.name": "Clara"},
    group="Cakes",
    audiences=frozenset({TENANT}),
    subject="cake_id",
    conditions=(Condition("cake", "Cake", lambda _tenant: CAKES),),
    recipients=(Recipient("guest", "The guest"),),
    facts=_facts,
    timed=Timed(at=lambda _tenant, _ids: {}, coming=lambda _tenant, _now: (), follows=frozenset()),
)
PLATFORM_ONLY = EventType(
    "cake.counted",
    "Cakes were counted",
    {"guest.name": "Clara"},
    group="Cakes",
    audiences=frozenset({PLATFORM}),
    recipients=(Recipient("guest", "The guest"),),
    facts=_facts,
)
EVENTS = (BAKED, SERVED, PLATFORM_ONLY)
MAIL = {
    "to": "guest",
    "address": "",
    "subject": "For {{ guest.name }}",
    "body": "<p>Dear {{ guest.name }}, your {{ cake.name }}</p>",
    "attach_calendar": False,
}


def rule(name: str = "Cake is ready", **changes: Any) -> rules.Rule:
    start: dict[str, Any] = {
        "name": name,
        "event": "cake.baked",
        "conditions": [{"field": "cake", "is_not": False, "values": ["apple"]}],
        "actions": [("email", MAIL)],
    }
    return rules.Rule(**(start | changes))


def stored(tenant: Tenant | None, name: str = "Cake is ready", **changes: Any) -> Workflow:
    is_on = changes.pop("is_on", False)
    return rules.create(tenant, rule(name, **changes), NOW, is_on=is_on)


def posted(do: str = "save", **changes: Any) -> dict[str, Any]:
    """What the editor posts for `rule()`. A change to None leaves the input out."""
    data: dict[str, Any] = {
        "do": do,
        "name": "Cake is ready",
        "event": "cake.baked",
        "changed_at": NOW.isoformat(),
        "condition": ["1"],
        "condition-1-field": "cake",
        "condition-1-is_not": "",
        "condition-1-values": ["apple"],
        "action": ["1:email"],
        **{f"action-1-{name}": value for name, value in MAIL.items() if value},
    }
    data |= {name.replace("__", "-"): value for name, value in changes.items()}
    return {name: value for name, value in data.items() if value is not None}


def kinds(workflow: Workflow) -> Iterator[str]:
    return (action.kind for action in workflow.actions.all())
