"""What the console's page of one tenant shows. It only reads: one query for each part, however many rows."""

from datetime import datetime
from functools import cached_property

from django.db.models import F
from django.utils.translation import gettext as _

from plans.entitlements import UNLIMITED, UsageLine
from plans.models import PlatformSettings
from plans.registry import registry
from tenants.console_parts import Shown, parts_of
from tenants.models import Membership, Override, PlanChange, Role, Tenant, TenantState, User
from tenants.scope import tenant_scope
from tenants.tenant_table import LEVELS

SHOWN = 20
"""How many rows of each list; the audit log has the rest."""


class TenantPage:
    """One tenant at the instant `now`."""

    def __init__(self, tenant: Tenant, *, now: datetime, platform: PlatformSettings) -> None:
        self.tenant, self.now, self.platform = tenant, now, platform

    @property
    def state(self) -> TenantState:
        return self.tenant.state(self.now, self.platform)

    @property
    def level(self) -> str:
        """The colour that goes with the state."""
        return LEVELS[self.state]

    @property
    def price(self) -> int:
        """What the plan costs per cycle, in minor units."""
        plan = self.tenant.plan
        return plan.annual_price if self.tenant.cycle == "annual" else plan.monthly_price

    @property
    def is_over(self) -> bool:
        return self.tenant.expires_at is not None and self.tenant.expires_at <= self.now

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The month in which limits per month are counted."""
        return self.tenant.usage_window(self.now)

    @cached_property
    def usage(self) -> list[UsageLine]:
        """One line for each limit whose feature is on; none while there is no schema. One query."""
        if self.tenant.activated_at is None:
            return []
        with tenant_scope(self.tenant):
            return self.tenant.entitlements.usage()

    @cached_property
    def overrides(self) -> list["OverrideLine"]:
        """In force first, then those that have ended, newest first. One query."""
        found = Override.objects.filter(tenant=self.tenant).select_related("by", "ended_by")
        rows = found.order_by(F("ended_at").desc(nulls_first=True), "-pk")[:SHOWN]
        lines = [OverrideLine(row, self.tenant, self.now) for row in rows]
        return sorted(lines, key=lambda line: line.is_over)

    @cached_property
    def history(self) -> list[PlanChange]:
        """The latest moves, newest first. One query."""
        changes = PlanChange.objects.filter(tenant=self.tenant)
        return list(
            changes.select_related("from_plan", "to_plan", "by").order_by("-at", "-pk")[:SHOWN]
        )

    @cached_property
    def members(self) -> list[Membership]:
        """Who works there: owners first, and those who are not active last. One query."""
        members = Membership.objects.filter(tenant=self.tenant).select_related("user")
        ranks = {role: rank for rank, role in enumerate(Role.values)}
        found = members.order_by("pk")[: SHOWN * 5]
        return sorted(found, key=lambda member: (not member.is_active, ranks[member.role]))

    @cached_property
    def parts(self) -> dict[str, list[Shown]]:
        """What apps above tell of the tenant, by place."""
        return parts_of(self.tenant, self.now)

    @property
    def owner(self) -> User | None:
        """As whom the panel can be opened; None when nobody, or nobody may."""
        if not self.tenant.is_open:
            return None
        for member in self.members:
            if member.role == Role.OWNER and member.is_active and member.user.is_active:
                return None if member.user.is_super_admin else member.user
        return None

    @property
    def owner_first_name(self) -> str:
        """How the button calls the owner."""
        name = self.owner.name or self.owner.email if self.owner else ""
        return name.split()[0] if name else ""


class OverrideLine:
    """One override in words."""

    def __init__(self, row: Override, tenant: Tenant, now: datetime) -> None:
        self.row, self.tenant = row, tenant
        self.is_over = row.ended_at is not None or (row.until is not None and row.until <= now)

    @property
    def title(self) -> str:
        """`Staff: 6 instead of 5`, or `Reports: on`."""
        known = registry.limits if self.row.kind == "limits" else registry.capabilities
        thing = known.get(self.row.key)
        label = thing.label if thing else self.row.key
        if self.row.kind == "capabilities":
            return f"{label}: {_('on') if self.row.is_on else _('off')}"
        if self.is_over:
            return f"{label}: {_number(self.row.ceiling)}"
        own = self.tenant.plan.limits.get(self.row.key, 0)
        values = {"value": _number(self.row.ceiling), "own": _number(own)}
        return f"{label}: " + _("%(value)s instead of %(own)s") % values


def _number(ceiling: int | None) -> str:
    return _("unlimited") if ceiling == UNLIMITED else f"{ceiling:,}"
