"""What can be sold, as declared by the installed apps.

Each app adds everything it brings in one file, `addon.py`, found like `admin.py`. The plan editor, the tenant's
menu, the usage dialog and the workflow triggers are drawn from this registry, so an add-on touches no file outside
its folder but the list of installed apps.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import QuerySet

from plans.event_types import EventType as EventType
from saas.core.errors import Sentence

T = TypeVar("T")
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")
"""`services` or `services.add`: a key also names form fields, so it holds nothing that needs escaping."""
Usage = Callable[[Any, datetime], "QuerySet[Any]"]
"""(holder, now) → the rows that count at `now`."""
Pausable = Callable[[Any], "QuerySet[Any]"]
"""(holder) → the rows that the tenant has switched on, paused or not."""


class UnknownKey(LookupError):
    """Something asks for a capability, limit, menu entry or event that no installed app has registered."""


class AlreadyRegistered(ValueError):
    """Two apps, or one app twice, claim the same key."""


@dataclass(frozen=True)
class Capability:
    """A feature that is on or off. `key` of a child is `<parent>.<verb>`; a child is off while its parent is."""

    key: str
    label: Sentence
    parent: str = ""
    help: Sentence = ""
    starts_on: bool = True
    """What the editor proposes for a new plan; a plan that does not mention the key has it off."""


@dataclass(frozen=True)
class Limit:
    """A ceiling. `usage` answers the rows that count against it at an instant, in the tenant's schema.

    `per` is empty for a standing limit and "month" for one that starts again with each usage window: then `usage`
    counts inside `holder.usage_window(now)`. `capability` is the feature that the limit belongs to: without it there
    is nothing to count. `sums` names a number of those rows that is added up, in place of counting them. `pausable`
    answers the rows that a tighter plan pauses: a model with `is_active`, `paused_at` and `created_at`, from which the
    active ones are taken. Without it the limit only blocks adding.
    """

    key: str
    label: Sentence
    usage: Usage
    per: str = ""
    capability: str = ""
    suggested: int = 0
    help: Sentence = ""
    pausable: Pausable | None = None
    sums: str = ""


@dataclass(frozen=True)
class MenuItem:
    """An entry of the tenant's menu, shown only with its capability (empty: always) and to `roles` (empty: all)."""

    label: Sentence
    url: str
    icon: str
    capability: str = ""
    group: int = 1
    order: int = 0
    roles: frozenset[str] = frozenset()


@dataclass
class Registry:
    """Keys in the order of registration. Asking for an unknown key raises; registering twice raises."""

    capabilities: dict[str, Capability] = field(default_factory=dict)
    limits: dict[str, Limit] = field(default_factory=dict)
    menu_items: dict[str, MenuItem] = field(default_factory=dict)
    events: dict[str, EventType] = field(default_factory=dict)

    def add(self, *things: Capability | Limit | MenuItem | EventType) -> None:
        """Register `things`. A child capability must come after its parent.

        Raises AlreadyRegistered, UnknownKey for a parent that is not there, ValueError for a malformed key.
        """
        for thing in things:
            match thing:
                case Capability():
                    self._check_parent(thing)
                    self._put(self.capabilities, thing.key, thing)
                case Limit():
                    if thing.per and thing.pausable:
                        raise ValueError(f"{thing.key}: what is counted per month is not paused.")
                    self._put(self.limits, thing.key, thing)
                case MenuItem():
                    self._put(self.menu_items, thing.url, thing)
                case EventType():
                    self._put(self.events, thing.key, thing)

    def _check_parent(self, capability: Capability) -> None:
        parent = capability.parent
        if parent and self.capability(parent).parent:
            raise ValueError(f"{capability.key}: capabilities nest one level deep.")
        if capability.key.rpartition(".")[0] != parent:
            raise ValueError(f"{capability.key}: a child is called <parent>.<verb>.")

    def check(self) -> None:
        """Return when every limit and menu entry names a registered capability; raises UnknownKey otherwise.

        Asked once, when all apps have been heard: an app may refer to a capability that a later one brings.
        """
        things: list[Limit | MenuItem] = [*self.limits.values(), *self.menu_items.values()]
        for thing in things:
            if thing.capability:
                self.capability(thing.capability)

    @staticmethod
    def _put(shelf: dict[str, T], key: str, thing: T) -> None:
        if not isinstance(thing, MenuItem) and not KEY.fullmatch(key):
            raise ValueError(
                f"“{key}” is no key: small letters, digits and _, with one dot at most."
            )
        if key in shelf:
            raise AlreadyRegistered(f"“{key}” is registered already.")
        shelf[key] = thing

    def capability(self, key: str) -> Capability:
        """The capability `key`; raises UnknownKey."""
        return self._get(self.capabilities, key, "capability")

    def limit(self, key: str) -> Limit:
        """The limit `key`; raises UnknownKey."""
        return self._get(self.limits, key, "limit")

    def event(self, key: str) -> EventType:
        """The event `key`; raises UnknownKey."""
        return self._get(self.events, key, "event")

    @staticmethod
    def _get(shelf: dict[str, T], key: str, kind: str) -> T:
        try:
            return shelf[key]
        except KeyError:
            raise UnknownKey(f"No installed app registers the {kind} “{key}”.") from None

    def tree(self) -> list[tuple[Capability, list[Capability]]]:
        """Top-level capabilities with their children, in the order of registration."""
        every = self.capabilities.values()
        return [(top, [c for c in every if c.parent == top.key]) for top in every if not top.parent]

    def menu(self) -> list[MenuItem]:
        """Menu entries by group and order."""
        return sorted(self.menu_items.values(), key=lambda item: (item.group, item.order))

    @contextmanager
    def temporarily(self, *things: Capability | Limit | MenuItem | EventType) -> Iterator[None]:
        """Register `things` for the duration of a test."""
        shelves: tuple[dict[str, Any], ...] = (
            self.capabilities,
            self.limits,
            self.menu_items,
            self.events,
        )
        before = [dict(shelf) for shelf in shelves]
        try:
            self.add(*things)
            yield
        finally:
            for shelf, content in zip(shelves, before, strict=True):
                shelf.clear()
                shelf.update(content)


registry = Registry()
