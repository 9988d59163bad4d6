"""The statement: every movement of a tenant's balance, newest first, each with what was left after it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import BalanceEntry
from saas.core.errors import Conflict, Sentence
from saas.core.money import format_money, to_major
from saas.core.paging import Pages
from saas.core.periods import add_months
from tenants.models import Tenant

PER_PAGE = 25
EXPORT_MOST = 50_000
"""How many movements one file may hold: it is made in memory."""
MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
HEAD = (
    gettext_lazy("No."), gettext_lazy("Time"), gettext_lazy("Kind"), gettext_lazy("What"),
    gettext_lazy("Change"), gettext_lazy("Balance"), gettext_lazy("Change of debt"),
    gettext_lazy("Debt"), gettext_lazy("Currency"), gettext_lazy("Payment"),
)  # fmt: skip
Kind = BalanceEntry.Kind
LABELS: dict[str, Sentence] = {
    **dict(Kind.choices),
    Kind.TAKEN_BACK: gettext_lazy("Refunded or taken back"),
    Kind.GIVEN_BACK: gettext_lazy("Came back"),
}
"""What a tenant reads: it may have asked for the refund, or its own bank may have taken the money."""


@dataclass(frozen=True)
class StatementRow:
    """One movement as its tenant reads it."""

    entry: BalanceEntry

    @property
    def kind(self) -> Sentence:
        return LABELS[self.entry.kind]

    @property
    def what(self) -> str:
        """What it was about. Why somebody of the platform adjusted a balance stays with the platform."""
        return "" if self.entry.kind == Kind.ADJUSTMENT else self.entry.note

    @property
    def url(self) -> str:
        """The page of the payment that it belongs to; empty for none."""
        payment = self.entry.payment
        return reverse("billing:payment", args=[payment.reference]) if payment else ""

    @property
    def reference(self) -> str:
        return self.entry.payment.reference if self.entry.payment else ""

    @property
    def is_more(self) -> bool:
        return self.entry.amount > 0

    @property
    def of_debt(self) -> str:
        """What it did to a debt, as one sentence; empty for nothing."""
        entry, changed = self.entry, self.entry.debt_amount
        words = {
            "debt": format_money(abs(changed), entry.currency),
            "all": format_money(entry.amount - changed, entry.currency),
        }
        if changed > 0 and entry.amount:
            return _("%(debt)s more had been spent already. The next funds settle it.") % words
        if changed > 0:
            return _("%(debt)s had been spent already. The next funds settle it.") % words
        if changed < 0:
            return _("%(all)s came in; %(debt)s of it settled what was owed.") % words
        return ""


class Statement:
    """The movements of `tenant` that `asked` (the address's query) is about."""

    kinds = list(LABELS.items())

    def __init__(self, tenant: Tenant, asked: QueryDict) -> None:
        self.tenant, self.zone = tenant, ZoneInfo(tenant.time_zone)
        self.kind = asked.get("kind", "") if asked.get("kind") in Kind.values else ""
        self.month = asked.get("month", "") if MONTH.fullmatch(asked.get("month", "")) else ""
        self._page = asked.get("page", "1")

    def entries(self) -> QuerySet[BalanceEntry]:
        """Everything that fits the filters, newest first."""
        found = BalanceEntry.objects.filter(tenant=self.tenant).select_related("payment")
        if self.kind:
            found = found.filter(kind=self.kind)
        if self.month:
            start, end = self._bounds()
            found = found.filter(at__gte=start, at__lt=end)
        return found.order_by("-seq")

    @cached_property
    def page(self) -> Page[Any]:
        """One page of rows. Two queries."""
        page: Page[Any] = Pages(self.entries(), PER_PAGE).get_page(self._page)
        page.object_list = [StatementRow(entry) for entry in page.object_list]
        return page

    @cached_property
    def months(self) -> list[tuple[str, str]]:
        """The months in which something moved, in the tenant's time zone, and the one that is asked for. One query."""
        every = BalanceEntry.objects.filter(tenant=self.tenant)
        found = {f"{one:%Y-%m}" for one in every.datetimes("at", "month", tzinfo=self.zone)}
        wanted = found | ({self.month} if self.month else set())
        return [(month, _month_name(month)) for month in sorted(wanted, reverse=True)]

    @property
    def is_filtered(self) -> bool:
        return bool(self.kind or self.month)

    @property
    def query(self) -> str:
        """The filters as they stand in an address, without the page."""
        given = {"kind": self.kind, "month": self.month}
        return urlencode({key: value for key, value in given.items() if value})

    @property
    def file_name(self) -> str:
        parts = ["balance", self.tenant.slug, self.month, self.kind]
        return "-".join(filter(None, parts)) + ".csv"

    def file_rows(self) -> Iterator[list[Any]]:
        """The movements for a spreadsheet, amounts as decimals. Raises Conflict when one file cannot hold them."""
        entries = list(self.entries()[: EXPORT_MOST + 1])
        if len(entries) > EXPORT_MOST:
            message = _("More than %(most)s movements do not go into one file. Choose a month.")
            raise Conflict(message % {"most": f"{EXPORT_MOST:,}"})
        return (self._file_row(StatementRow(entry)) for entry in entries)

    def _file_row(self, row: StatementRow) -> list[Any]:
        entry = row.entry
        amounts = (entry.amount, entry.balance_after, entry.debt_amount, entry.debt_after)
        at = entry.at.astimezone(self.zone).isoformat(" ", "seconds")
        decimals = [to_major(amount, entry.currency) for amount in amounts]
        return [entry.seq, at, row.kind, row.what, *decimals, entry.currency, row.reference]

    def _bounds(self) -> tuple[datetime, datetime]:
        """The first instant of the month in the tenant's time zone, and of the next one."""
        year, month = map(int, self.month.split("-"))
        start = datetime(year, month, 1, tzinfo=self.zone)
        return start, add_months(start, 1)


def _month_name(month: str) -> str:
    """“November 2026”."""
    return date_format(date.fromisoformat(f"{month}-01"), "F Y")
