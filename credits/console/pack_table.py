"""The table of top-up plans of one channel: what is searched, how it is sorted, what its heads link to."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, FloatField, Q
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits.console.rows import channels
from credits.models import CreditPack
from credits.per_credit import per_credit
from plans.models import PlatformSettings
from saas.core.errors import Sentence
from saas.core.tables import Column, Head, heads
from tenants import metering

LONGEST_SEARCH = 60
ORDERS: dict[str, Any] = {
    "name": F("name"),
    "price": F("price"),
    "credits": F("credits"),
    "each": Cast("price", FloatField()) / Cast("credits", FloatField()),
    "sold": F("sold"),
    "status": F("is_active"),
}
HEADS: tuple[Column, ...] = (
    ("name", gettext_lazy("Top-up plan"), ""),
    ("price", gettext_lazy("Price"), "num"),
    ("credits", gettext_lazy("Credits"), "num hide-phone"),
    ("each", gettext_lazy("Per credit"), "num hide-phone"),
    ("sold", gettext_lazy("Sold"), "num hide-phone"),
    ("status", gettext_lazy("Status"), "hide-phone"),
)


@dataclass(frozen=True)
class PackRow:
    """One pack as the super admin reads it."""

    pack: CreditPack
    sold: int
    currency: str

    @property
    def each(self) -> str:
        return per_credit(self.pack.price, self.pack.credits, self.pack.currency)

    @property
    def is_other_currency(self) -> bool:
        """Whether it was made when the platform had another one: then nobody can buy it."""
        return self.pack.currency != self.currency

    @property
    def status(self) -> Sentence:
        if self.is_other_currency:
            return _("Not offered")
        return _("Active") if self.pack.is_active else _("Inactive")

    @property
    def level(self) -> str:
        if self.is_other_currency:
            return "warn"
        return "ok" if self.pack.is_active else ""


class PackTable:
    """The packs that `asked` (the address's query) is about; by price unless it says otherwise. One query."""

    def __init__(self, asked: QueryDict, platform: PlatformSettings) -> None:
        self.platform = platform
        self.channel = channel_of(asked)
        self.search = asked.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
        sort = asked.get("sort", "")
        name = sort.removeprefix("-")
        self.by, self.descending = (
            (name, sort.startswith("-")) if name in ORDERS else ("price", False)
        )

    @cached_property
    def rows(self) -> list[PackRow]:
        found = CreditPack.objects.filter(channel=self.channel)
        if self.search:
            words = Q(name__icontains=self.search) | Q(description__icontains=self.search)
            found = found.filter(words)
        order = ORDERS[self.by]
        by = order.desc() if self.descending else order.asc()
        found = found.annotate(sold=Count("purchases")).order_by(by, "price", "pk")
        return [PackRow(pack, pack.sold, self.platform.currency) for pack in found]

    @property
    def label(self) -> Sentence:
        """How the channel is called."""
        return metering.channels[self.channel].label

    @property
    def tabs(self) -> list[metering.MeteredChannel]:
        return channels()

    @property
    def is_first_day(self) -> bool:
        """Whether the channel has no pack at all yet."""
        return not self.search and not self.rows

    @property
    def query(self) -> str:
        """The address of the table as it is, after the question mark."""
        return self._query(self.sort)

    @property
    def query_of_all(self) -> str:
        """The same without the search."""
        return urlencode({"channel": self.channel})

    @property
    def sort(self) -> str:
        """As it stands in the address; empty for by price."""
        name = f"-{self.by}" if self.descending else self.by
        return "" if name == "price" else name

    @property
    def heads(self) -> list[Head]:
        return heads(HEADS, by=self.by, descending=self.descending, query=self._query)

    def _query(self, sort: str) -> str:
        given = {"channel": self.channel, "q": self.search, "sort": sort}
        return urlencode({key: text for key, text in given.items() if text})


def channel_of(asked: QueryDict) -> str:
    """The channel that an address names; the first one for none, and for one that is not there."""
    known = [one.key for one in channels()]
    return asked.get("channel", "") if asked.get("channel") in known else known[0]
