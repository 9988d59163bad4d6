"""What a tenant may do now. Pure code over the plan and the overrides that came with the tenant: asking costs no query.

Only counting what is used reads the database, once for all limits.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from plans.registry import Capability, Limit, UnknownKey, registry
from saas.core import clock
from saas.core.access import OWNERS
from saas.core.errors import DomainError, NotHere

if TYPE_CHECKING:
    from plans.models import Plan

UNLIMITED = -1
Kind = Literal["limits", "capabilities"]
Source = Literal["plan", "override"]


class Holder(Protocol):
    """Whoever has a plan: a tenant. It may have `overrides`, and for limits per month a `usage_window(now)`."""

    plan: "Plan"


class CapabilityMissing(NotHere):
    """The plan does not have the feature: for its tenant the module is not there at all (404)."""

    def __init__(self, capability: Capability) -> None:
        super().__init__(_("This feature isn’t included in your current plan."))
        self.capability = capability


class LimitReached(DomainError):
    """No room for one more: `used` of `ceiling` are taken (409). Only owners may go and see the plans."""

    action_roles = OWNERS

    def __init__(self, limit: Limit, used: int, ceiling: int) -> None:
        super().__init__(
            _(
                "%(label)s: %(used)s / %(ceiling)s. "
                "You’ve reached your plan’s limit — upgrade to a plan with more headroom."
            )
            % {"label": limit.label, "used": used, "ceiling": ceiling},
            action_url=str(reverse_lazy("billing:billing", urlconf="saas.urls")),
            action_label=_("See plans"),
        )
        self.limit, self.used, self.ceiling = limit, used, ceiling


@dataclass(frozen=True)
class UsageLine:
    """One line of the Current plan dialog; `ceiling` may be UNLIMITED.

    `override` says that the ceiling is not the plan's own; `window` is the month that is counted, for limits per month.
    """

    limit: Limit
    used: int
    ceiling: int
    override: bool = False
    window: tuple[datetime, datetime] | None = None

    @property
    def unlimited(self) -> bool:
        return self.ceiling == UNLIMITED

    @property
    def has_room(self) -> bool:
        return self.unlimited or self.used < self.ceiling

    @property
    def text(self) -> str:
        """`3 / 5` or `1284 / Unlimited`."""
        ceiling = pgettext("limit", "Unlimited") if self.unlimited else str(self.ceiling)
        return f"{self.used} / {ceiling}"


class Entitlements:
    """The answer for one tenant at the instant `now`, by its present plan and what is overridden on top of it."""

    def __init__(self, holder: Holder, now: datetime | None = None) -> None:
        self._holder = holder
        self.now = now or clock.now()

    def can(self, key: str) -> bool:
        """Whether the feature `key` and its parent are on. Raises UnknownKey for a key nobody registered."""
        parent = registry.capability(key).parent
        return self._is_on(key) and (not parent or self._is_on(parent))

    def _is_on(self, key: str) -> bool:
        override = self._override("capabilities", key)
        return (self._holder.plan.capabilities.get(key) if override is None else override) is True

    def _override(self, kind: Kind, key: str) -> Any:
        """The value that is in force in place of the plan's; None when there is none, or it has ended."""
        overrides = getattr(self._holder, "overrides", None)
        entry = overrides.get(kind, {}).get(key) if overrides else None
        if entry is None:
            return None
        until = entry["until"]
        return None if until and datetime.fromisoformat(until) <= self.now else entry["value"]

    def source(self, key: str, kind: Kind | None = None) -> Source:
        """Where the value of `key` comes from. Without `kind`, whichever of limit and capability has that key.

        One key may name both (`staff`): then it is “override” when either is. Raises UnknownKey.
        """
        kinds = {"limits": key in registry.limits, "capabilities": key in registry.capabilities}
        asked: list[Kind] = [kind] if kind else ["limits", "capabilities"]
        if not any(kinds[one] for one in asked):
            raise UnknownKey(f"No installed app registers “{key}”.")
        found = any(self._override(one, key) is not None for one in asked)
        return "override" if found else "plan"

    def require(self, key: str) -> None:
        """Return when the feature is on; raises CapabilityMissing otherwise."""
        if not self.can(key):
            raise CapabilityMissing(registry.capability(key))

    def ceiling(self, key: str) -> int:
        """The limit `key`: UNLIMITED, or how many at most. A plan that does not mention it allows none."""
        registry.limit(key)
        override = self._override("limits", key)
        return int(self._holder.plan.limits.get(key, 0) if override is None else override)

    def require_room(self, key: str) -> None:
        """Return when one more fits. Raises LimitReached. Call it under `tenant.lock()`, in the tenant's scope.

        One query; none where there is no ceiling.
        """
        if self.ceiling(key) == UNLIMITED:
            return
        line = self.usage_of(key)
        if not line.has_room:
            raise LimitReached(line.limit, line.used, line.ceiling)

    def usage_of(self, key: str) -> UsageLine:
        """How much of one limit is used (one query). Call it in the tenant's scope."""
        limit = registry.limit(key)
        return self._line(limit, _count_all([limit], self._holder, self.now).get(key, 0))

    def usage(self) -> list[UsageLine]:
        """Every limit whose feature is on, in one query. Call it in the tenant's scope."""
        limits = [x for x in registry.limits.values() if not x.capability or self.can(x.capability)]
        counts = _count_all(limits, self._holder, self.now)
        return [self._line(limit, counts.get(limit.key, 0)) for limit in limits]

    def _line(self, limit: Limit, used: int) -> UsageLine:
        return UsageLine(
            limit,
            used,
            self.ceiling(limit.key),
            override=self.source(limit.key, "limits") == "override",
            window=self._window() if limit.per else None,
        )

    def _window(self) -> tuple[datetime, datetime] | None:
        window = getattr(self._holder, "usage_window", None)
        return window(self.now) if window else None


def _count_all(limits: list[Limit], holder: Holder, now: datetime) -> dict[str, int]:
    """How much of each of `limits` is used, by its key; one that nothing can count against is absent. One query.

    Django only writes which rows are meant. To have it group and unite them would take several times as long as the
    answer, on every page.
    """
    parts, values = [], list[Any]()
    for limit in limits:
        rows = limit.usage(holder, now).order_by().values(limit.sums or "pk")
        with suppress(EmptyResultSet):
            selected, given = rows.query.sql_with_params()
            total = "coalesce(sum(value), 0)::bigint" if limit.sums else "count(*)"
            parts.append(f"SELECT %s, {total} FROM ({selected}) AS counted (value)")  # noqa: S608
            values += [limit.key, *given]
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return dict(cursor.fetchall())
