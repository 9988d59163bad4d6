"""The table of the console's Tenants page: what is searched, filtered and sorted, and what its heads link to."""

from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from plans.models import Plan, PlatformSettings
from saas.core.errors import Sentence
from saas.core.tables import Column, Head, heads
from tenants.console_parts import TenantColumn, columns
from tenants.models import Membership, Role, Tenant, TenantQuerySet, TenantState

PER_PAGE = 50
DEACTIVATED = "deactivated"
"""No state of the plan, but asked for in the same place."""
LONGEST_SEARCH = 120
BIGGEST_ID = 2**63 - 1
LEVELS = {
    TenantState.SUBSCRIBED: "ok",
    TenantState.TRIAL: "info",
    TenantState.EXPIRED: "bad",
    TenantState.NOT_ACTIVATED: "warn",
    TenantState.NOT_SUBSCRIBED: "",
}
ORDERS: dict[str, tuple[Any, ...]] = {
    "created": (F("created_at"),),
    "name": (F("name"),),
    "plan": (F("plan__order_number"), F("plan__name")),
    "state": (F("state_now"),),
    "expires": (F("expires_at"),),
    "members": (F("member_count"),),
}
HEADS: tuple[Column, ...] = (
    ("name", gettext_lazy("Tenant"), ""),
    ("plan", gettext_lazy("Plan"), "hide-phone"),
    ("state", gettext_lazy("Status"), "hide-phone"),
    ("expires", gettext_lazy("Expires"), "num hide-phone"),
)
LAST_HEADS: tuple[Column, ...] = (
    ("members", gettext_lazy("Members"), "num hide-phone"),
    ("created", gettext_lazy("Since"), "num hide-phone"),
)


def orders() -> dict[str, tuple[Any, ...]]:
    """What the table can be sorted by, those columns included that apps above have added."""
    return ORDERS | {column.name: (F(column.name),) for column in columns()}


class TenantTable:
    """The tenants that `asked` (the address's query) is about; newest first unless it says otherwise."""

    def __init__(self, asked: QueryDict, *, now: datetime, platform: PlatformSettings) -> None:
        self.now, self.platform = now, platform
        self.search = asked.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
        self.plan_id = parse_id(asked.get("plan", ""))
        states = {*TenantState.values, DEACTIVATED}
        state = asked.get("state", "")
        self.state = state if state in states else ""
        sort = asked.get("sort", "")
        name = sort.removeprefix("-")
        self.by, self.descending = (
            (name, sort.startswith("-")) if name in orders() else ("created", True)
        )
        self._page = asked.get("page", "1")

    def matching(self) -> TenantQuerySet:
        """Every tenant that fits search and filters, in no order."""
        found: TenantQuerySet = Tenant.objects.with_state(self.now, self.platform)
        if self.search:
            found = found.filter(_says(self.search))
        if self.plan_id:
            found = found.filter(plan_id=self.plan_id)
        if self.state == DEACTIVATED:
            return found.filter(suspended_at__isnull=False)
        return found.filter(state_now=self.state) if self.state else found

    @cached_property
    def page(self) -> Page[Tenant]:
        """One page of tenants with plan, `state_now` and `member_count`; one query, and one for how many there are."""
        first, *rest = orders()[self.by]
        order = first.desc(nulls_last=True) if self.descending else first.asc(nulls_last=True)
        more = {column.name: column.value() for column in self.columns}
        found = self.matching().select_related("plan").annotate(member_count=_members(), **more)
        page = Paginator(found.order_by(order, *rest, "-pk"), PER_PAGE).get_page(self._page)
        page.object_list = [_with_words(tenant) for tenant in page.object_list]
        return page

    @property
    def count(self) -> int:
        """How many match, on all pages."""
        return self.page.paginator.count

    @cached_property
    def plans(self) -> list[Plan]:
        """All plans, for the filter. One query."""
        return list(Plan.objects.in_order())

    @property
    def states(self) -> list[tuple[str, Sentence]]:
        return [*TenantState.choices, (DEACTIVATED, gettext_lazy("Deactivated"))]

    @property
    def is_filtered(self) -> bool:
        return bool(self.search or self.plan_id or self.state)

    @property
    def filters(self) -> dict[str, str]:
        """The search and filters that are set, as they stand in an address."""
        plan = str(self.plan_id or "")
        given = {"q": self.search, "plan": plan, "state": self.state}
        return {key: value for key, value in given.items() if value}

    @property
    def sort(self) -> str:
        """As it stands in the address; empty for newest first."""
        name = f"-{self.by}" if self.descending else self.by
        return "" if name == "-created" else name

    @property
    def query(self) -> str:
        """The address of the table as it is, after the question mark, without its page."""
        return self._query(self.sort)

    @property
    def page_query(self) -> str:
        """The same with the page, for loading what is shown again."""
        number = self.page.number
        return "&".join(filter(None, [self.query, f"page={number}" if number > 1 else ""]))

    @property
    def columns(self) -> list[TenantColumn]:
        """Those that apps above have added."""
        return columns()

    @property
    def heads(self) -> list[Head]:
        added = [(one.name, one.label, one.css) for one in self.columns]
        every = [*HEADS, *added, *LAST_HEADS]
        return heads(every, by=self.by, descending=self.descending, query=self._query)

    def _query(self, sort: str) -> str:
        return urlencode(self.filters | ({"sort": sort} if sort else {}))


def _with_words(tenant: Tenant) -> Tenant:
    """`tenant` with `state_word` and the `level` of its colour. For the console alone."""
    state = TenantState(tenant.state_now)
    tenant.state_word, tenant.level = state.label, LEVELS[state]
    if tenant.suspended_at:
        tenant.state_word, tenant.level = gettext_lazy("Deactivated"), "bad"
    return tenant


def parse_id(text: str) -> int | None:
    """The key that `text` is; None for anything that can be none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(BIGGEST_ID))
    return int(text) if is_number and int(text) <= BIGGEST_ID else None


def _says(text: str) -> Q:
    """Whether name, address or an owner's e-mail contains `text`; a whole host name finds its tenant, too."""
    slug = text.lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    slug = slug.removesuffix(settings.PORT_SUFFIX).removesuffix(f".{settings.BASE_DOMAIN}")
    owners = Membership.objects.filter(
        tenant=OuterRef("pk"), role=Role.OWNER, user__email__icontains=text
    )
    return Q(name__icontains=text) | Q(slug__icontains=slug) | Q(Exists(owners))


def _members() -> Coalesce:
    """How many people work there: counted for the rows of the page alone, not for every tenant."""
    members = Membership.objects.filter(tenant=OuterRef("pk"), is_active=True)
    counted = members.order_by().values("tenant").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)
