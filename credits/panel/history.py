"""Credit history: every movement of one channel, newest first, each with what was there after it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from credits.ledger_pages import LedgerPage
from credits.models import CreditAccount, CreditEntry
from saas.core.errors import Sentence
from saas.core.templatetags.ui import number
from tenants.models import Tenant

Kind = CreditEntry.Kind
HEAD = (
    gettext_lazy("No."), gettext_lazy("Time"), gettext_lazy("Kind"), gettext_lazy("What"),
    gettext_lazy("From this month’s"), gettext_lazy("From purchased"),
    gettext_lazy("This month used"), gettext_lazy("Purchased left"),
    gettext_lazy("Change of debt"), gettext_lazy("Debt"), gettext_lazy("Payment"),
)  # fmt: skip
LABELS: dict[str, Sentence] = {
    **dict(Kind.choices),
    Kind.TAKEN_BACK: gettext_lazy("Refunded or taken back"),
    Kind.GIVEN_BACK: gettext_lazy("Came back"),
}
"""What a tenant reads: it may have asked for the refund, or its own bank may have taken the money."""
BY_HAND = {Kind.GRANT.value, Kind.CORRECTION.value}


@dataclass(frozen=True)
class HistoryRow:
    """One movement as its tenant reads it."""

    entry: CreditEntry

    @property
    def kind(self) -> Sentence:
        return LABELS[self.entry.kind]

    @property
    def what(self) -> str:
        """What it was about. Why somebody of the platform did it by hand stays with the platform."""
        return "" if self.entry.kind in BY_HAND else self.entry.note

    @property
    def reference(self) -> str:
        """Of the payment that it belongs to; empty for none."""
        purchase = self.entry.purchase
        return purchase.payment.reference if purchase else ""

    @property
    def url(self) -> str:
        """The page of that payment."""
        return reverse("billing:payment", args=[self.reference]) if self.reference else ""

    @property
    def change(self) -> int:
        """Credits more or less, from wherever."""
        return self.entry.monthly + self.entry.purchased

    @property
    def sources(self) -> str:
        """Where they went from or to, where that is not plain: “3 from the month, 2 purchased”."""
        monthly, purchased = abs(self.entry.monthly), abs(self.entry.purchased)
        if not (monthly and purchased):
            return ""
        words = {"monthly": number(monthly), "purchased": number(purchased)}
        return _("%(monthly)s included, %(purchased)s purchased") % words

    @property
    def of_debt(self) -> str:
        """What it did to a debt, as one sentence; empty for nothing."""
        changed = self.entry.debt_amount
        words = {"debt": number(abs(changed))}
        if changed > 0:
            text = ngettext(
                "%(debt)s had been used already. The next credits settle it.",
                "%(debt)s had been used already. The next credits settle them.",
                changed,
            )
            return text % words
        return _("%(debt)s more settled what was owed.") % words if changed < 0 else ""


class History:
    """The movements of `account` that `asked` (the address's query) is about."""

    kinds = list(LABELS.items())

    def __init__(self, tenant: Tenant, account: CreditAccount, asked: QueryDict) -> None:
        self.tenant, self.account = tenant, account
        self.page = LedgerPage(account, asked)

    @property
    def rows(self) -> list[HistoryRow]:
        return [HistoryRow(entry) for entry in self.page.rows]

    @property
    def file_name(self) -> str:
        parts = ["credits", self.tenant.slug, self.account.channel, self.page.kind]
        return "-".join(filter(None, parts)) + ".csv"

    def file_rows(self) -> Iterator[list[Any]]:
        """Everything that fits the filter, for a spreadsheet; read as it is sent."""
        zone = ZoneInfo(self.tenant.time_zone)
        kinds = {key: str(label) for key, label in LABELS.items()}
        for entry in self.page.every_entry():
            row = HistoryRow(entry)
            yield [
                entry.seq, entry.at.astimezone(zone).isoformat(" ", "seconds"), kinds[entry.kind],
                row.what, entry.monthly, entry.purchased, entry.monthly_used_after,
                entry.purchased_after, entry.debt_amount, entry.debt_after, row.reference,
            ]  # fmt: skip
