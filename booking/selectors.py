"""What booking's pages show. Everything here reads the tenant's schema and writes nothing."""

from dataclasses import dataclass, field
from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Count, Expression, F, Model, OrderBy, Q, QuerySet
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from booking.models import (
    IN_USE,
    PAUSED,
    SWITCHED_OFF,
    Counted,
    Customer,
    Location,
    Pausable,
    Service,
    ServiceCategory,
    Staff,
)
from plans.entitlements import UsageLine
from plans.registry import registry
from saas.core.errors import NotHere
from tenants.models import Tenant

PER_PAGE = 50
SHOWN = {"": Q(), "active": IN_USE, "off": SWITCHED_OFF, "paused": PAUSED}
"""The filters of a list: all, or the rows in one state."""
SORTS: dict[str, Expression | F] = {
    "name": Lower("name"),
    "price": F("price"),
    "minutes": F("minutes"),
    "age": F("created_at"),
}

HEADING = "heading"
"""The order of services by their categories."""
OFFER_ORDER = (
    Coalesce("category__parent__order_number", "category__order_number").asc(nulls_last=True),
    Lower(Coalesce("category__parent__name", "category__name")),
    F("category__parent").asc(nulls_first=True),
    "category__order_number",
    Lower("category__name"),
    Lower("name"),
    "pk",
)
"""Services as their headings stand, and by name; a heading comes before those within it."""

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Question:
    """What a list is asked for: rows with `text` in one of `fields`.

    `sort` is HEADING, or a key of SORTS with a minus in front for descending.
    """

    text: str = ""
    fields: tuple[str, ...] = ("name",)
    show: str = ""
    sort: str = "name"
    page: str = "1"

    @property
    def matching(self) -> Q:
        return having(self.text, self.fields) & SHOWN[self.show]

    @property
    def order(self) -> tuple[Expression | F | str, ...]:
        if self.sort == HEADING:
            return OFFER_ORDER
        key = SORTS[self.sort.removeprefix("-")]
        return OrderBy(key, descending=self.sort.startswith("-")), "pk"


@dataclass(frozen=True)
class Listing:
    """One page of rows, how many there are in each state, and how much room the plan leaves."""

    page: Page
    counts: dict[str, int]
    usage: UsageLine

    @property
    def left(self) -> int | None:
        """How many more may be in use; None without a ceiling."""
        return None if self.usage.unlimited else max(self.usage.ceiling - self.usage.used, 0)

    @property
    def is_empty(self) -> bool:
        """There is nothing that could be looked through."""
        return not self.counts["all"]


def having(text: str, fields: tuple[str, ...]) -> Q:
    """Rows with `text` in one of `fields`; every row when there is no text."""
    where = Q()
    for name in fields if text else ():
        where |= Q(**{f"{name}__icontains": text})
    return where


def list_rows(tenant: Tenant, rows: QuerySet[Counted], question: Question) -> Listing:
    """Those of `rows` that `question` asks for. Two queries, whatever their number."""
    shown = SHOWN if issubclass(rows.model, Pausable) else {"": Q()}
    states = {state or "all": Count("pk", filter=where) for state, where in shown.items()}
    counts = rows.aggregate(**states, matching=Count("pk", filter=question.matching))
    found = rows.filter(question.matching).order_by(*question.order)
    paginator = Paginator(found, PER_PAGE)
    paginator.count = counts["matching"]  # counted above already: saves a query
    module = rows.model.module
    ceiling = tenant.entitlements.ceiling(module)
    usage = UsageLine(registry.limit(module), counts.get("active", counts["all"]), ceiling)
    return Listing(paginator.get_page(question.page), counts, usage)


def find_row(model: type[M], pk: int) -> M:
    """The row `pk` of the present tenant. Raises NotHere, for another tenant's row too."""
    row = model._default_manager.filter(pk=pk).first()
    if row is None:
        raise NotHere(_("This entry is not here. It may have been deleted."))
    return row


def list_categories() -> list[ServiceCategory]:
    """Every heading in its order with `service_count`, followed by those that stand within it. One query."""
    counted = ServiceCategory.objects.annotate(service_count=Count("services"))
    # Said again here: a query that counts does not take the model's own order.
    rows = list(counted.order_by("order_number", Lower("name"), "pk"))
    within: dict[int | None, list[ServiceCategory]] = {}
    for row in rows:
        within.setdefault(row.parent_id, []).append(row)
    tops = within.get(None, [])
    return [row for top in tops for row in (top, *within.get(top.pk, []))]


@dataclass
class Group:
    """The services under a heading, and the headings that stand within it; `category` None: under no heading."""

    category: ServiceCategory | None
    services: list[Service] = field(default_factory=list)
    within: dict[ServiceCategory, "Group"] = field(default_factory=dict)

    def of(self, category: ServiceCategory) -> "Group":
        return self.within.setdefault(category, Group(category))


def offer(*, headings: bool) -> list[Group]:
    """The services in use under their headings, as the public page shows them. One query.

    What stands under a heading itself comes before what stands in others within it. Those without a heading come
    last, under None; without `headings` all of them do.
    """
    rows = Service.objects.in_use().select_related("category__parent", "picture")
    rows = rows.defer("picture__content").order_by(*OFFER_ORDER)
    top, rest = Group(None), Group(None)
    for service in rows:
        category = service.category if headings else None
        group = rest
        if category is not None:
            group = top.of(category.parent).of(category) if category.parent else top.of(category)
        group.services.append(service)
    return [*top.within.values(), *([rest] if rest.services else [])]


def team() -> list[Staff]:
    """The staff in use by name: what strangers may see of them is name and title. One query."""
    return list(Staff.objects.in_use().only("name", "title").order_by(Lower("name"), "pk"))


def places() -> list[Location]:
    """The locations in use by name, as strangers see them. One query."""
    return list(Location.objects.in_use().order_by(Lower("name"), "pk"))


def find_customers(text: str, limit: int) -> list[Customer]:
    """The first `limit` customers by name who have `text` in name, e-mail or phone. One query."""
    found = Customer.objects.listed().found_by(text).defer("search", "phone_key")
    return list(found.order_by(Lower("name"), "pk")[:limit])
