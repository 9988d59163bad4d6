"""The Capabilities and Limits tabs of the plan editor: what the registry offers, what is stored, what was typed.

Posted are `capabilities` (the keys that are on), and `limit-<key>` and `unlimited-<key>` for each limit.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from django.utils.translation import gettext as _

from plans.entitlements import UNLIMITED
from plans.models import MAX_LIMIT
from plans.registry import Capability, Limit, registry
from saas.core.errors import Sentence

FIGURE = re.compile(r"[0-9]+|[0-9]{1,3}(,[0-9]{3})+")
LIMIT, UNLIMITED_SWITCH = "limit-", "unlimited-"


class Post(Protocol):
    """A QueryDict, as far as it is needed here."""

    def getlist(self, key: str, /) -> list[str]: ...
    def get(self, key: str, /) -> str | None: ...
    def __contains__(self, key: object, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...


@dataclass(frozen=True)
class Node:
    """One switch of the tree."""

    key: str
    label: Sentence
    on: bool
    children: list["Node"] = field(default_factory=list)


class CapabilityTree:
    """The switches: as posted when there is a post, else as stored, else as an app proposes for a new plan."""

    def __init__(self, stored: Mapping[str, bool] | None, post: Post | None) -> None:
        self.stored = stored or {}
        self.posted = None if post is None else post.getlist("capabilities")
        self.values = self._starting(stored) if self.posted is None else self._read(self.posted)

    @property
    def unknown(self) -> list[str]:
        """Posted keys that no installed app has registered."""
        return [key for key in self.posted or [] if key not in registry.capabilities]

    @property
    def nodes(self) -> list[Node]:
        return [
            self._node(top, [self._node(child, []) for child in children])
            for top, children in registry.tree()
        ]

    @property
    def total(self) -> int:
        return len(self.values)

    @property
    def count_on(self) -> int:
        """How many are in force: on, and not below a parent that is off."""
        return sum(
            on and self.values.get(registry.capability(key).parent, True)
            for key, on in self.values.items()
        )

    def _node(self, capability: Capability, children: list[Node]) -> Node:
        return Node(capability.key, capability.label, self.values[capability.key], children)

    @staticmethod
    def _starting(stored: Mapping[str, bool] | None) -> dict[str, bool]:
        return {
            key: capability.starts_on if stored is None else stored.get(key) is True
            for key, capability in registry.capabilities.items()
        }

    def _read(self, posted: list[str]) -> dict[str, bool]:
        values = {key: key in posted for key in registry.capabilities}
        for top, children in registry.tree():
            keys = [child.key for child in children]
            # Below a parent that is off, a browser may not send what is greyed out: then nothing was decided.
            if not values[top.key] and not any(values[key] for key in keys):
                values |= {key: self.stored.get(key) is True for key in keys}
        return values


@dataclass
class LimitRow:
    """One row of the Limits tab; `value` is what stands in the field."""

    limit: Limit
    value: str
    unlimited: bool
    ceiling: int | None = None
    errors: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.limit.key

    @property
    def label(self) -> Sentence:
        return self.limit.label

    @property
    def hint(self) -> str:
        return f"{self.limit.help} {_('0 means none.')}".strip()


class LimitTable:
    """The rows: as posted when there is a post, else as stored, else as an app proposes for a new plan."""

    def __init__(self, stored: Mapping[str, int] | None, post: Post | None) -> None:
        self.post = post
        self.stored = stored
        self.rows = [self._row(limit) for limit in registry.limits.values()]

    @property
    def unknown(self) -> list[str]:
        """Posted keys that no installed app has registered."""
        names = self.post if self.post is not None else ()
        keys = [
            name.removeprefix(prefix)
            for name in names
            for prefix in (LIMIT, UNLIMITED_SWITCH)
            if name.startswith(prefix)
        ]
        return [key for key in keys if key not in registry.limits]

    @property
    def is_valid(self) -> bool:
        return not any(row.errors for row in self.rows)

    @property
    def values(self) -> dict[str, int]:
        """{key: ceiling} of the rows that were on the page."""
        return {row.key: row.ceiling for row in self.rows if row.ceiling is not None}

    @property
    def standing(self) -> list[LimitRow]:
        return [row for row in self.rows if not row.limit.per]

    @property
    def periodic(self) -> list[LimitRow]:
        return [row for row in self.rows if row.limit.per]

    def _row(self, limit: Limit) -> LimitRow:
        if self.post is not None and (row := self._posted_row(limit, self.post)):
            return row
        ceiling = limit.suggested if self.stored is None else self.stored.get(limit.key, 0)
        unlimited = ceiling == UNLIMITED
        return LimitRow(limit, "" if unlimited else str(ceiling), unlimited)

    @staticmethod
    def _posted_row(limit: Limit, post: Post) -> LimitRow | None:
        """The row as it was sent; None when the page did not have it yet."""
        text, switched = post.get(LIMIT + limit.key), UNLIMITED_SWITCH + limit.key in post
        if text is None and not switched:
            return None
        row = LimitRow(limit, (text or "").strip(), switched)
        try:
            row.ceiling = UNLIMITED if switched else parse_ceiling(row.value)
        except ValueError as error:
            row.errors = [str(error)]
        return row


def parse_ceiling(text: str) -> int:
    """What a person typed as a ceiling: 0 or more, or -1 (UNLIMITED). Raises ValueError with one sentence."""
    if not text:
        raise ValueError(_("Enter a number, or switch Unlimited on."))
    if text == str(UNLIMITED):
        return UNLIMITED
    if not FIGURE.fullmatch(text):
        raise ValueError(_("Enter a whole number of 0 or more, or switch Unlimited on."))
    digits = text.replace(",", "").lstrip("0") or "0"
    if len(digits) > len(str(MAX_LIMIT)) or int(digits) > MAX_LIMIT:
        raise ValueError(
            _("Enter at most %(most)s, or switch Unlimited on.") % {"most": f"{MAX_LIMIT:,}"}
        )
    return int(digits)


def new_capabilities(plans: Iterable[Mapping[str, bool]]) -> list[Capability]:
    """Registered capabilities that at least one of `plans` does not mention yet: it has them off undecided."""
    switches = list(plans)
    return [
        capability
        for key, capability in registry.capabilities.items()
        if any(key not in plan for plan in switches)
    ]
