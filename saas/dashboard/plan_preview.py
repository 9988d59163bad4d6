"""What saving a plan would do to the tenants on it: who, which rows by name, which menu entries. It only reads.

What is paused and resumed comes from `tenants.services.fitting`, the code that the save itself sets to work.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256

from django.db.models import Count

from plans.drafts import Difference, difference
from plans.models import Plan
from tenants.models import Tenant
from tenants.services.fitting import LimitFit, MenuDifference, menu_difference, preview_fit

LOOKED_INTO = 50
"""So many tenants' schemas are opened; of the others it is only said how many they are."""


@dataclass(frozen=True)
class TenantPreview:
    """One tenant of whose rows some would be paused or resumed."""

    tenant: Tenant
    fits: list[LimitFit]


@dataclass(frozen=True)
class PlanPreview:
    """What a save would do. `tenants` are on the plan; `active` of them have rows, and `looked` were looked into."""

    before: Plan
    after: Plan
    difference: Difference
    tenants: int
    active: int
    looked: list[Tenant]
    affected: list[TenantPreview]

    @cached_property
    def paused(self) -> "Counter[str]":
        """How many rows, by the key of their limit."""
        return _sum((fit.limit.key, len(fit.pause)) for fit in self._fits)

    @cached_property
    def resumed(self) -> "Counter[str]":
        return _sum((fit.limit.key, len(fit.resume)) for fit in self._fits)

    @property
    def _fits(self) -> list[LimitFit]:
        return [fit for one in self.affected for fit in one.fits]

    @property
    def appears(self) -> list[str]:
        """Entries of the tenants' menu."""
        return self._menu.appear

    @property
    def vanishes(self) -> list[str]:
        return self._menu.vanish

    @cached_property
    def _menu(self) -> MenuDifference:
        return menu_difference(self.before, self.after)

    @cached_property
    def overridden(self) -> list[Tenant]:
        """Who, of those looked into, has an override of a capability that changes, which then decides."""
        keys = {*self.difference.switched_on, *self.difference.switched_off}
        return [one for one in self.looked if keys & set(one.overrides.get("capabilities", {}))]

    @property
    def unaffected(self) -> int:
        """Tenants of whom it is known that nothing is paused or resumed."""
        return self.tenants - self.unseen - len(self.affected)

    @property
    def unseen(self) -> int:
        """Tenants that have rows and were not looked into."""
        return self.active - len(self.looked)

    @cached_property
    def token(self) -> str:
        """Differs whenever something else would be shown, or saved."""
        rows = [
            (one.tenant.pk, [(fit.limit.key, fit.pause, fit.resume) for fit in one.fits])
            for one in self.affected
        ]
        ceilings = [(one.limit.key, one.before, one.after) for one in self.difference.ceilings]
        switches = (self.difference.switched_on, self.difference.switched_off)
        who = (self.tenants, self.active, [one.pk for one in self.overridden])
        facts = (self.before.version, ceilings, switches, who, rows)
        return sha256(repr(facts).encode()).hexdigest()[:32]


def preview_save(before: Plan, after: Plan, now: datetime) -> PlanPreview | None:
    """What putting `after` in the place of `before` would do at `now`; None when no tenant would notice.

    One query in the public schema counts, one reads the tenants that are looked into; each of these costs a few.
    """
    changes = difference(before, after)
    if not changes:
        return None
    on_plan = Tenant.objects.filter(plan=before)
    count = on_plan.aggregate(tenants=Count("pk"), active=Count("activated_at"))
    if not count["tenants"]:
        return None
    active = on_plan.filter(activated_at__isnull=False).select_related("plan").order_by("pk")
    looked = list(active[:LOOKED_INTO])
    fits = [TenantPreview(tenant, preview_fit(tenant, after, now)) for tenant in looked]
    affected = [one for one in fits if one.fits]
    return PlanPreview(before, after, changes, **count, looked=looked, affected=affected)


def _sum(pairs: Iterable[tuple[str, int]]) -> "Counter[str]":
    total: Counter[str] = Counter()
    for key, number in pairs:
        total[key] += number
    return +total
