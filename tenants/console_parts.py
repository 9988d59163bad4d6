"""What apps above bring to the console's pages about tenants: parts of one tenant's page, columns of the table.

An app registers them in its `addon.py`, so that the pages stay here and know nothing of whoever adds to them.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.db.models.expressions import Combinable

from saas.core.errors import Sentence
from tenants.models import Tenant

TERMS, MAIN = "terms", "main"
"""Places: the rows on the plan's card, which then say until when it runs, and the wide column."""
PLACES = (TERMS, MAIN)


@dataclass(frozen=True)
class Part:
    """`template` is rendered at `place` with what `load` answers as `content`; `load` only reads."""

    place: str
    template: str
    load: Callable[[Tenant, datetime], Any]


@dataclass(frozen=True)
class Shown:
    """A part as the page renders it."""

    template: str
    content: Any


@dataclass(frozen=True)
class TenantColumn:
    """One more column: `value` is what its cells show and it sorts by, as `tenant.<name>` in `template`.

    It must be a part of the table's one statement: a join or a subquery.
    """

    name: str
    label: Sentence
    css: str
    template: str
    value: Callable[[], Combinable | F]


_parts: list[Part] = []
_columns: dict[str, TenantColumn] = {}


def register(*items: Part | TenantColumn) -> None:
    """Make them known, in the order in which they are shown. Raises ValueError for a place or name that cannot be."""
    for item in items:
        if isinstance(item, Part):
            if item.place not in PLACES:
                raise ValueError(f"There is no place {item.place}.")
            _parts.append(item)
        elif item.name in _columns:
            raise ValueError(f"There is a column {item.name} already.")
        else:
            _columns[item.name] = item


def columns() -> list[TenantColumn]:
    return list(_columns.values())


def parts_of(tenant: Tenant, now: datetime) -> dict[str, list[Shown]]:
    """Every part about `tenant`, by place."""
    found: defaultdict[str, list[Shown]] = defaultdict(list)
    for part in _parts:
        found[part.place].append(Shown(part.template, part.load(tenant, now)))
    return dict(found)
