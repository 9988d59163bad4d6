"""The kinds of action: each draws its own form, and makes messages, or does something in the tenant's business.

An app above may add its own from its `addon.py`: `register(ActionKind("set_status", …))`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plans.event_types import EventType, Facts, Payload
from saas.core.errors import Sentence
from tenants.models import Tenant
from workflows.models import Message, Workflow

Settings = dict[str, Any]


class NothingToDo(Exception):
    """The action has nobody to write to, or nothing to change: said in the log, and no failure."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))


@dataclass(frozen=True)
class Case:
    """One event that one workflow is asked about. `key` is the same however often it is asked."""

    workflow: Workflow
    tenant: Tenant | None
    event: EventType
    payload: Payload
    facts: Facts
    now: datetime
    key: str
    useless_at: datetime | None = None


@dataclass(frozen=True)
class ActionKind:
    """One kind. Exactly one of `draft` and `perform` is given.

    `draft(case, settings)` answers unsaved messages, or raises NothingToDo; no query of its own for each case.
    `perform(case, settings)` changes something through its own service, within the transaction of the run, and
    answers a sentence for the log; it may raise NothingToDo or a DomainError.
    `form(event, tenant)` is the class of its form, whose `cleaned_data` becomes the settings.
    `events` limits it to some; empty is all.
    """

    key: str
    label: Sentence
    icon: str
    form: Callable[[EventType, Tenant | None], Any]
    capability: str = ""
    channel: str = ""
    draft: Callable[[Case, Settings], Sequence[Message]] | None = None
    perform: Callable[[Case, Settings], str] | None = None
    events: frozenset[str] = frozenset()
    is_for_platform: bool = True


_kinds: dict[str, ActionKind] = {}


def register(*kinds: ActionKind) -> None:
    """Raises ValueError for a key that is taken, or one that neither drafts nor performs."""
    for kind in kinds:
        if kind.key in _kinds:
            raise ValueError(f"There is an action {kind.key} already.")
        if (kind.draft is None) == (kind.perform is None):
            raise ValueError(f"{kind.key} must either draft or perform.")
        _kinds[kind.key] = kind


def kinds() -> list[ActionKind]:
    return list(_kinds.values())


def find_kind(key: str) -> ActionKind | None:
    """None for one whose app has been taken out."""
    return _kinds.get(key)


def offered(event: EventType, tenant: Tenant | None) -> list[ActionKind]:
    """What a workflow on `event` can do: of the tenant's plan, or for the platform."""

    def fits(kind: ActionKind) -> bool:
        if kind.events and event.key not in kind.events:
            return False
        if tenant is None:
            return kind.is_for_platform
        return not kind.capability or tenant.entitlements.can(kind.capability)

    return [kind for kind in kinds() if fits(kind)]
