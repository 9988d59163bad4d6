"""The table of the console's Plans page: what is searched, how it is sorted, what its heads link to."""

from functools import cached_property
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plans.entitlements import UNLIMITED
from plans.models import Plan
from plans.registry import registry
from saas.core.tables import Column, Head, heads

ORDERS: dict[str, tuple[str, ...]] = {
    "order": ("order_number", "pk"),
    "name": ("name", "pk"),
    "monthly": ("monthly_price", "order_number", "pk"),
    "annual": ("annual_price", "order_number", "pk"),
    "tenants": ("tenant_count", "order_number", "pk"),
}
HEADS: tuple[Column, ...] = (
    ("name", gettext_lazy("Plan"), ""),
    ("monthly", gettext_lazy("Monthly"), "num"),
    ("annual", gettext_lazy("Annual"), "num hide-phone"),
    ("tenants", gettext_lazy("Tenants"), "num hide-phone"),
    ("order", gettext_lazy("Order"), "num hide-phone"),
)


class PlanTable:
    """All plans that match `search`, by `sort`: a name of ORDERS, with a minus before it for descending."""

    def __init__(self, search: str, sort: str) -> None:
        self.search = search.replace("\x00", "").strip()[:60]
        self.descending, name = sort.startswith("-"), sort.removeprefix("-")
        self.by = name if name in ORDERS else "order"
        self.descending = self.descending and name in ORDERS

    @cached_property
    def plans(self) -> list[Plan]:
        first, *rest = ORDERS[self.by]
        order = [f"-{first}" if self.descending else first, *rest]
        found = Plan.objects.search(self.search).with_tenant_count().order_by(*order)
        return [_with_summary(plan) for plan in found]

    @property
    def is_first_day(self) -> bool:
        """Whether there is no plan at all yet."""
        return not self.search and not self.plans

    @property
    def default(self) -> Plan | None:
        """The default plan, where it is among those shown."""
        return next((plan for plan in self.plans if plan.is_default), None)

    @property
    def sort(self) -> str:
        """As it stands in the address; empty for the order of the cards."""
        name = f"-{self.by}" if self.descending else self.by
        return "" if name == "order" else name

    @property
    def query(self) -> str:
        """The address of the table as it is, after the question mark."""
        return self._query(self.sort)

    @property
    def heads(self) -> list[Head]:
        return heads(HEADS, by=self.by, descending=self.descending, query=self._query)

    def _query(self, sort: str) -> str:
        return urlencode({key: text for key, text in (("q", self.search), ("sort", sort)) if text})


def _with_summary(plan: Plan) -> Plan:
    """`plan` with `summary`, its first limits in a few words: “Staff 5 · Services unlimited”."""
    shown = [limit for limit in registry.limits.values() if _has(plan, limit.capability)]
    plan.summary = " · ".join(f"{limit.label} {_ceiling(plan, limit.key)}" for limit in shown[:3])  # type: ignore[attr-defined]
    return plan


def _has(plan: Plan, capability: str) -> bool:
    return not capability or plan.capabilities.get(capability) is True


def _ceiling(plan: Plan, key: str) -> str:
    ceiling = plan.limits.get(key, 0)
    return _("unlimited") if ceiling == UNLIMITED else f"{ceiling:,}"
