"""What apps above bring to the Billing page: a section, a banner above everything, the words beside a meter.

An app registers them in its `addon.py`, so that the page stays here and knows nothing of whoever adds to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from billing.models import Payment
from saas.core.errors import Sentence
from tenants.models import Tenant


@dataclass(frozen=True)
class Shown:
    """`template` is rendered with `content`."""

    template: str
    content: Any


@dataclass(frozen=True)
class Brought:
    """What one app has to show to a tenant at an instant.

    `is_urgent`: the banner has the page's primary button, as long as nothing of the page's own is more urgent.
    """

    banner: Shown | None = None
    section: Shown | None = None
    is_urgent: bool = False


@dataclass(frozen=True)
class AtHome:
    """What one app has to say on the panel's first page. `notes`: by limit, what is said beside its meter."""

    banner: Shown | None = None
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NextStep:
    """What may be done right after a payment: a POST to `url` by a button that says `label`."""

    label: Sentence
    url: str


@dataclass(frozen=True)
class PurposeWords:
    """How a purpose speaks about its payments, on the page that one comes back to from the gateway.

    `thanks(payment)` is what it did, in one sentence; `then(payment)` what to do next, if anything; `again(payment)`
    the address where it is tried anew. They only read.
    """

    thanks: Callable[[Payment], str]
    again: Callable[[Payment], str]
    then: Callable[[Payment], NextStep | None] = field(default=lambda _payment: None)


Load = Callable[[Tenant, datetime], Brought]
"""(tenant, now) → what it shows. As many queries whatever there is to show."""
Notes = Callable[[Tenant, datetime], Mapping[str, str]]
"""(tenant, now) → by limit, what is said beside its meter in place of how many are left."""

Home = Callable[[Tenant, datetime, bool], AtHome]
"""(tenant, now, whether an owner looks) → what it says on the panel's first page."""

_loads: list[Load] = []
_homes: list[Home] = []
_notes: list[Notes] = []
_words: dict[str, PurposeWords] = {}


def register_part(load: Load) -> None:
    """`load` is asked whenever the Billing page is shown."""
    _loads.append(load)


def register_home(home: Home) -> None:
    """`home` is asked whenever the panel's first page is shown."""
    _homes.append(home)


def register_notes(notes: Notes) -> None:
    """`notes` is asked whenever all meters of a tenant are shown."""
    _notes.append(notes)


def register_words(purpose: str, words: PurposeWords) -> None:
    """Raises ValueError for a purpose that speaks for itself already."""
    if purpose in _words:
        raise ValueError(f"The purpose {purpose} has its words already.")
    _words[purpose] = words


def brought_to(tenant: Tenant, now: datetime) -> list[Brought]:
    """By every app, in the order of registration."""
    return [load(tenant, now) for load in _loads]


def at_home(tenant: Tenant, now: datetime, *, is_owner: bool) -> list[AtHome]:
    """By every app, in the order of registration."""
    return [home(tenant, now, is_owner) for home in _homes]


def notes_of(tenant: Tenant, now: datetime) -> dict[str, str]:
    """By limit, what apps above say beside its meter."""
    return {key: note for notes in _notes for key, note in notes(tenant, now).items()}


def words_of_purpose(purpose: str) -> PurposeWords | None:
    return _words.get(purpose)
