"""The console's table of all payments: what it is searched, filtered and sorted by, and the same as a file."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page
from django.db.models import F, Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.console.desk_rows import DeskRow
from billing.models import Payment, PaymentQuerySet, Status
from billing.services import fulfilment
from billing.services.ways import every_gateway
from saas.core.errors import Conflict, Sentence
from saas.core.money import to_major
from saas.core.paging import Pages
from saas.core.tables import Column, Head, heads
from tenants.models import Tenant
from tenants.tenant_table import parse_id

PER_PAGE = 50
LONGEST_SEARCH = 120
EXPORT_MOST = 50_000
"""How many payments one file may hold: it is made in memory."""
ORDERS: dict[str, tuple[Any, ...]] = {
    "title": (F("title"),),
    "tenant": (F("tenant__name"),),
    "gateway": (F("gateway"), F("paid_with")),
    "status": (F("status"),),
    "created": (F("created_at"),),
    "amount": (F("amount"),),
}
HEADS: tuple[Column, ...] = (
    ("title", gettext_lazy("What"), ""),
    ("tenant", gettext_lazy("Tenant"), "hide-phone"),
    ("gateway", gettext_lazy("Paid with"), "hide-phone"),
    ("status", gettext_lazy("Status"), "hide-phone"),
    ("created", gettext_lazy("When"), "num hide-phone"),
    ("amount", gettext_lazy("Amount"), "num"),
)
FILE_HEAD = (
    gettext_lazy("Begun (UTC)"), gettext_lazy("Paid (UTC)"), gettext_lazy("Tenant"),
    gettext_lazy("Address"), gettext_lazy("What"), gettext_lazy("For"), gettext_lazy("Gateway"),
    gettext_lazy("Mode"), gettext_lazy("Paid with"), gettext_lazy("Status"), gettext_lazy("Amount"),
    gettext_lazy("Refunded"), gettext_lazy("Currency"), gettext_lazy("Invoice"),
    gettext_lazy("Reference"), gettext_lazy("Gateway’s id"), gettext_lazy("Charge"),
    gettext_lazy("Problem"),
)  # fmt: skip


class PaymentDesk:
    """The payments that `asked` (the address's query) is about; newest first unless it says otherwise."""

    def __init__(self, asked: QueryDict) -> None:
        self.search = asked.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
        self.status = _one_of(Status.values, asked.get("status", ""))
        self.gateway = _one_of(dict(every_gateway()), asked.get("gateway", ""))
        self.purpose = _one_of(dict(self.purposes), asked.get("purpose", ""))
        self.to_look_at = asked.get("look", "") == "1"
        self.tenant_id = parse_id(asked.get("tenant", ""))
        sort = asked.get("sort", "")
        name = sort.removeprefix("-")
        self.by, self.descending = (
            (name, sort.startswith("-")) if name in ORDERS else ("created", True)
        )
        self._page = asked.get("page", "1")

    def matching(self) -> PaymentQuerySet:
        """Every payment that fits search and filters, in no order."""
        exact = {"status": self.status, "gateway": self.gateway, "purpose": self.purpose}
        found: PaymentQuerySet = Payment.objects.filter(
            **{key: value for key, value in exact.items() if value}
        )
        if self.to_look_at:
            found = found.to_look_at()
        if self.tenant_id:
            found = found.filter(tenant_id=self.tenant_id)
        return found.filter(_says(self.search)) if self.search else found

    def in_order(self) -> PaymentQuerySet:
        """The same with tenants and invoices, as the table sorts them."""
        first, *rest = ORDERS[self.by]
        order = first.desc() if self.descending else first.asc()  # never empty
        found = self.matching().select_related("tenant", "invoice")
        return found.order_by(order, *rest, "-pk")

    @cached_property
    def page(self) -> Page[Any]:
        """One page of rows; one query, and one for how many there are."""
        page: Page[Any] = Pages(self.in_order(), PER_PAGE).get_page(self._page)
        page.object_list = [DeskRow(payment) for payment in page.object_list]
        return page

    @cached_property
    def tenant(self) -> Tenant | None:
        """Whose payments alone these are. One query, where one is asked for."""
        return Tenant.objects.filter(pk=self.tenant_id).first() if self.tenant_id else None

    statuses = Status.choices

    @property
    def gateways(self) -> list[tuple[str, Sentence]]:
        return every_gateway()

    @property
    def purposes(self) -> list[tuple[str, Sentence]]:
        return [(one.key, one.label) for one in fulfilment.every()]

    @property
    def filters(self) -> dict[str, str]:
        """The search and filters that are set, as they stand in an address."""
        given = {
            "q": self.search, "status": self.status, "gateway": self.gateway, "purpose": self.purpose,
            "look": "1" if self.to_look_at else "", "tenant": str(self.tenant_id or ""),
        }  # fmt: skip
        return {key: value for key, value in given.items() if value}

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters)

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
    def query_of_everybody(self) -> str:
        """The same for all tenants."""
        return urlencode({key: one for key, one in self.filters.items() if key != "tenant"})

    @property
    def page_query(self) -> str:
        """The same with the page, for loading what is shown again."""
        number = self.page.number
        return "&".join(filter(None, [self.query, f"page={number}" if number > 1 else ""]))

    @property
    def heads(self) -> list[Head]:
        return heads(HEADS, by=self.by, descending=self.descending, query=self._query)

    def file_rows(self) -> Iterator[list[Any]]:
        """What matches, for a spreadsheet, amounts as decimals. Raises Conflict when one file cannot hold it."""
        if self.matching()[: EXPORT_MOST + 1].count() > EXPORT_MOST:
            message = _("More than %(most)s payments do not go into one file. Choose a filter.")
            raise Conflict(message % {"most": f"{EXPORT_MOST:,}"})
        return (_file_row(DeskRow(payment)) for payment in self.in_order().iterator(2000))

    def _query(self, sort: str) -> str:
        return urlencode(self.filters | ({"sort": sort} if sort else {}))


def _file_row(row: DeskRow) -> list[Any]:
    payment = row.payment
    return [
        payment.created_at.isoformat(" ", "seconds"),
        payment.paid_at.isoformat(" ", "seconds") if payment.paid_at else "",
        payment.tenant.name,
        payment.tenant.slug,
        payment.title,
        row.purpose,
        row.gateway,
        payment.environment,
        payment.paid_with,
        row.status,
        to_major(payment.amount, payment.currency),
        to_major(payment.refunded, payment.currency),
        payment.currency,
        row.invoice.number if row.invoice else "",
        payment.reference,
        payment.external_id,
        payment.charge_id,
        row.worry,
    ]


def _says(text: str) -> Q:
    """Whether the tenant, what was bought, an invoice or any name that somebody gave the payment contains `text`."""
    names = (
        "tenant__name", "tenant__slug", "title", "reference", "external_id", "charge_id",
        "subscription__external_id", "invoice__number",
    )  # fmt: skip
    found = Q()
    for name in names:
        found |= Q(**{f"{name}__icontains": text})
    return found


def _one_of(known: Any, value: str) -> str:
    return value if value in known else ""
