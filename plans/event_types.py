"""What an event is to workflows: its name, what can be said of it, whom it concerns, and when it falls.

An app declares its events in `addon.py`; the workflow editor is drawn from them. An event is emitted by
`saas.core.events.emit(key, tenant_id=…, …)`, and what it says is asked for later, so that a message tells how things
stand when it is written.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from saas.core.errors import Sentence

TENANT, PLATFORM = "tenant", "platform"
"""Audiences: whose workflows may listen, the tenants' own or the platform's."""
ADDRESSED = frozenset({"email", "sms", "whatsapp"})
Payload = Mapping[str, Any]
"""What `emit` was given, as JSON: ids and plain words."""


@dataclass(frozen=True)
class Condition:
    """Something to compare: `choices(tenant)` are (value, label), read in the tenant's scope; None is the platform."""

    key: str
    label: Sentence
    choices: Callable[[Any], Sequence[tuple[str, Sentence]]]


@dataclass(frozen=True)
class Recipient:
    """Somebody who can be written to, over which channels."""

    key: str
    label: Sentence
    channels: frozenset[str] = ADDRESSED
    audiences: frozenset[str] = frozenset({TENANT, PLATFORM})


@dataclass(frozen=True)
class Person:
    """A recipient as found. `ref` says who it is, “customer:17”, for the record of what was sent."""

    name: str
    email: str = ""
    phone: str = ""
    ref: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known of one event at the moment of asking.

    `fields` are the texts of the merge fields, `values` what conditions compare, `people` who the recipients are.
    `at` is the instant that a timed event counts from. `calendar` makes an .ics of the appointment.
    `channel` is one that must not be used to tell of it, because it is what has run out. `about` says in a few words
    whom or what it is about, for the log.
    """

    fields: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, Sequence[Person]] = field(default_factory=dict)
    at: datetime | None = None
    calendar: Callable[[], bytes] | None = None
    channel: str = ""
    about: str = ""


AskFacts = Callable[[Any, Sequence[Payload], datetime], Sequence[Facts | None]]
"""(tenant, payloads, now) → facts in the same order, None for what is gone. A fixed number of queries for all of them.

Called in the scope of the tenant; `tenant` is None for an event of nobody's."""


@dataclass(frozen=True)
class Timed:
    """An event that falls at an instant of its subject, and may be told before or after it.

    `at(tenant, subject_ids)` answers {id: instant} for those that are still to be told of, others are left out.
    `coming(tenant, now)` answers (id, instant) of all that lie after `now`, for a workflow that is switched on.
    `follows` are the events after which an instant may have moved.
    """

    at: Callable[[Any, Sequence[int]], Mapping[int, datetime]]
    coming: Callable[[Any, datetime], Iterable[tuple[int, datetime]]]
    follows: frozenset[str]
    sides: tuple[str, ...] = ("before", "after")
    suggested_minutes: int = 24 * 60


@dataclass(frozen=True)
class EventType:
    """A past-tense fact that workflows may react to; `fields` maps merge fields to sample values.

    Without `facts` no workflow can listen. `subject` names the payload's entry that holds the id of what it is about.
    """

    key: str
    label: Sentence
    fields: dict[str, str] = field(default_factory=dict, hash=False)
    group: Sentence = ""
    audiences: frozenset[str] = frozenset()
    capability: str = ""
    subject: str = ""
    conditions: tuple[Condition, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    facts: AskFacts | None = None
    timed: Timed | None = None
    has_calendar: bool = False
