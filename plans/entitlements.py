"""What a tenant may do now. Pure code over the plan that came with the tenant: asking costs no query.

Only counting what is used reads the database, once for all limits.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from django.db.models import Count, Value
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from plans.registry import Capability, Limit, registry
from saas.core.errors import DomainError, NotHere

if TYPE_CHECKING:
    from plans.models import Plan

UNLIMITED = -1


class Holder(Protocol):
    """Whoever has a plan: a tenant."""

    plan: "Plan"


class CapabilityMissing(NotHere):
    """The plan does not have the feature: for its tenant the module is not there at all (404)."""

    def __init__(self, capability: Capability) -> None:
        super().__init__(_("This feature isn’t included in your current plan."))
        self.capability = capability


class LimitReached(DomainError):
    """No room for one more: `used` of `ceiling` are taken (409)."""

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
    """One line of the Current plan dialog; `ceiling` may be UNLIMITED."""

    limit: Limit
    used: int
    ceiling: int

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
    """The answer for one tenant on its present plan."""

    def __init__(self, holder: Holder) -> None:
        self._holder = holder

    def can(self, key: str) -> bool:
        """Whether the feature `key` and its parent are on. Raises UnknownKey for a key nobody registered."""
        parent = registry.capability(key).parent
        switches = self._holder.plan.capabilities
        return switches.get(key) is True and (not parent or switches.get(parent) is True)

    def require(self, key: str) -> None:
        """Return when the feature is on; raises CapabilityMissing otherwise."""
        if not self.can(key):
            raise CapabilityMissing(registry.capability(key))

    def ceiling(self, key: str) -> int:
        """The limit `key`: UNLIMITED, or how many at most. A plan that does not mention it allows none."""
        registry.limit(key)
        return int(self._holder.plan.limits.get(key, 0))

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
        return UsageLine(limit, limit.usage(self._holder).count(), self.ceiling(key))

    def usage(self) -> list[UsageLine]:
        """Every limit whose feature the plan has, in one query. Call it in the tenant's scope."""
        limits = [x for x in registry.limits.values() if not x.capability or self.can(x.capability)]
        counts = _count_all(limits, self._holder)
        return [
            UsageLine(limit, counts.get(limit.key, 0), self.ceiling(limit.key)) for limit in limits
        ]


def _count_all(limits: list[Limit], holder: Holder) -> dict[str, int]:
    """Rows that count against each of `limits`: one UNION ALL, where a limit without rows is absent."""
    parts = [
        limit.usage(holder).order_by().annotate(limit_key=Value(limit.key)).values("limit_key")
        .annotate(used=Count("pk")).values_list("limit_key", "used")
        for limit in limits
    ]  # fmt: skip
    if not parts:
        return {}
    return dict(parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0])
