"""The ledger of one channel, page by page, newest first: every page costs the same, however long the ledger is."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict

from credits.models import CreditAccount, CreditEntry
from tenants.tenant_table import parse_id

PER_PAGE = 50
AT_A_TIME = 2_000
"""How many entries are read at once for a file."""
Kind = CreditEntry.Kind


@dataclass(frozen=True)
class _Found:
    rows: list[CreditEntry]
    has_older: bool
    has_newer: bool


class LedgerPage:
    """The entries of `account` that `params` (the address's query) is about. At most two queries.

    `kind` filters; `before` and `after` are numbers of entries that the page ends short of: `before` for the
    older ones, `after` for the newer ones. Whatever makes no sense counts as not said. An account that is not
    saved yet has no entries.
    """

    kinds = Kind.choices

    def __init__(self, account: CreditAccount, params: QueryDict, size: int = PER_PAGE) -> None:
        self.account, self.size = account, size
        self.kind = params.get("kind", "") if params.get("kind") in Kind.values else ""
        self._before = parse_id(params.get("before", ""))
        self._after = parse_id(params.get("after", ""))

    @property
    def rows(self) -> list[CreditEntry]:
        """Newest first, each with its purchase, that one's payment, and whoever did it by hand."""
        return self._found.rows

    @property
    def older(self) -> str:
        """The parameters of the page of older entries; empty where there are none."""
        return self._address(before=self.rows[-1].seq) if self._found.has_older else ""

    @property
    def newer(self) -> str:
        """The parameters of the page of newer entries; empty where there are none."""
        return self._address(after=self.rows[0].seq) if self._found.has_newer else ""

    @property
    def query(self) -> str:
        """The filter as it stands in an address, which is the newest page; empty for everything."""
        return self._address()

    @property
    def is_filtered(self) -> bool:
        return bool(self.kind)

    def entries(self) -> QuerySet[CreditEntry]:
        """Everything that fits the filter, newest first. Never to be counted, and never to be skipped through."""
        if self.account.pk is None:
            return CreditEntry.objects.none()
        found = CreditEntry.objects.filter(account=self.account)
        if self.kind:
            found = found.filter(kind=self.kind)
        return found.select_related("purchase__payment", "by").order_by("-seq")

    def every_entry(self) -> Iterator[CreditEntry]:
        """The same for a file, without holding it all: one query for AT_A_TIME of them."""
        found = list(self.entries()[:AT_A_TIME])
        while found:
            yield from found
            found = list(self.entries().filter(seq__lt=found[-1].seq)[:AT_A_TIME])

    @cached_property
    def _found(self) -> _Found:
        """The page that was asked for; the newest one where there is nothing (any more) to turn to."""
        turned = None
        if self._before is not None:
            turned = self._older_than(self._before)
        elif self._after is not None:
            turned = self._newer_than(self._after)
        return turned or self._newest()

    def _newest(self) -> _Found:
        rows, more = self._cut(self.entries())
        return _Found(rows, has_older=more, has_newer=False)

    def _older_than(self, seq: int) -> _Found | None:
        rows, more = self._cut(self.entries().filter(seq__lt=seq))
        if not rows:
            return None
        has_newer = self._is_one(self.entries().filter(seq__gt=rows[0].seq).order_by("seq"))
        return _Found(rows, has_older=more, has_newer=has_newer)

    def _newer_than(self, seq: int) -> _Found | None:
        """None where these would be the newest ones: that page is then shown in full."""
        rows, more = self._cut(self.entries().filter(seq__gt=seq).order_by("seq"))
        if not more:
            return None
        has_older = self._is_one(self.entries().filter(seq__lt=rows[0].seq))
        return _Found(rows[::-1], has_older=has_older, has_newer=True)

    def _cut(self, found: QuerySet[CreditEntry]) -> tuple[list[CreditEntry], bool]:
        """One page of `found`, and whether there is more of it."""
        rows = list(found[: self.size + 1])
        return rows[: self.size], len(rows) > self.size

    @staticmethod
    def _is_one(found: QuerySet[CreditEntry]) -> bool:
        """Whether there is any. `exists()` drops the order, and may then go through the table for it."""
        return bool(found.values_list("seq")[:1])

    def _address(self, **turn: int) -> str:
        given = {"kind": self.kind} if self.kind else {}
        return urlencode(given | {name: str(seq) for name, seq in turn.items()})
