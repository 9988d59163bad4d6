"""The list of customers: a page costs the same with a hundred and with a hundred thousand of them.

It goes on after a row instead of counting those before it, and nothing is counted that nobody needs to the last one.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import CharField, Expression, F, OrderBy, Q
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from booking.customer_search import found_soon
from booking.models import NO_CONTACT, Customer, CustomerQuerySet
from plans.entitlements import UNLIMITED, Entitlements, UsageLine
from plans.registry import registry
from tenants.models import Tenant
from tenants.scope import tenant_scope

PER_PAGE = 50
AT_ONCE = 2000
COUNTED_TO = 1000
"""Without a limit they are counted up to here; more are “more than 1,000”."""
SHOWN = {
    "": (_("All"), Q()),
    "news": (_("Want news"), Q(wants_news=True)),
    "no_contact": (_("No phone, no e-mail"), NO_CONTACT),
}
SORTS = {"name": _("By name"), "-age": _("Newest first"), "age": _("Oldest first")}
KEYS: dict[str, Expression | F] = {
    "name": Lower("name", output_field=CharField()),
    "age": F("created_at"),
}


@dataclass(frozen=True)
class CustomerQuestion:
    """What the list is asked for: after the row of the mark `after`, or before that of `before`."""

    text: str = ""
    show: str = ""
    sort: str = "name"
    after: str = ""
    before: str = ""

    @classmethod
    def read(cls, asked: QueryDict) -> "CustomerQuestion":
        """Whatever the address asks wrongly is as if it had not been asked."""
        show, sort = asked.get("show", ""), asked.get("sort", "name")
        return cls(
            text=asked.get("q", "").replace("\0", "").strip()[:80],
            show=show if show in SHOWN else "",
            sort=sort if sort in SORTS else "name",
            after=asked.get("after", ""),
            before=asked.get("before", ""),
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or self.show)

    def query(self, **more: str) -> str:
        """The question as it stands in an address, from its first page unless `more` says otherwise."""
        given = {"q": self.text, "show": self.show, "sort": self.sort, **more}
        return urlencode({key: value for key, value in given.items() if value})

    def page(self) -> CustomerQuerySet:
        """From the mark on, in the order of the list, or backwards from it."""
        return self._from_mark().found_by(self.text).order_by(*self.order)

    def rows(self, most: int) -> list[Customer]:
        """The first `most` of `page`. One query."""
        if not self.text:
            return list(self.page()[:most])
        return found_soon(self._from_mark(), self.order, self.text, most)

    @property
    def order(self) -> tuple[OrderBy, OrderBy]:
        down = self._descending != bool(self.before)
        return OrderBy(F("place"), descending=down), OrderBy(F("pk"), descending=down)

    def _from_mark(self) -> CustomerQuerySet:
        """Whoever is shown from the mark on, whatever is searched for."""
        turned = bool(self.before)
        found = Customer.objects.listed().filter(SHOWN[self.show][1]).defer("phone_key")
        found = found.annotate(place=self._key)
        mark = _read_mark(self.before or self.after, is_by_age=self._is_by_age)
        if mark:
            value, pk = mark
            beyond = "lt" if self._descending != turned else "gt"
            found = found.filter(
                Q(**{f"place__{beyond}": value}) | Q(place=value, **{f"pk__{beyond}": pk}),
                # The same once more, as a range that an index knows.
                **{f"place__{beyond}e": value},
            )
        return found

    @property
    def _descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def _is_by_age(self) -> bool:
        return self.sort.endswith("age")

    @property
    def _key(self) -> Expression | F:
        return KEYS[self.sort.removeprefix("-")]


@dataclass(frozen=True)
class CustomerListing:
    """One page. `previous` and `next` are what their addresses ask for; empty at the ends."""

    page: list[Customer]
    usage: UsageLine
    previous: str
    next: str

    @property
    def left(self) -> int | None:
        """How many more there may be; None without a ceiling."""
        return None if self.usage.unlimited else max(self.usage.ceiling - self.usage.used, 0)

    @property
    def is_empty(self) -> bool:
        """There is nobody yet."""
        return not self.usage.used

    @property
    def is_many(self) -> bool:
        """More than were counted."""
        return self.usage.unlimited and self.usage.used > COUNTED_TO


def list_customers(tenant: Tenant, question: CustomerQuestion) -> CustomerListing:
    """Two queries, whatever their number."""
    found = question.rows(PER_PAGE + 1)
    more, rows = len(found) > PER_PAGE, found[:PER_PAGE]
    if question.before:
        rows.reverse()
    back = bool(question.after) or bool(question.before and more)
    on = bool(question.before) or more
    return CustomerListing(
        rows,
        usage(tenant),
        question.query(before=_mark(rows[0])) if rows and back else "",
        question.query(after=_mark(rows[-1])) if rows and on else "",
    )


def usage(tenant: Tenant, entitlements: Entitlements | None = None) -> UsageLine:
    """How many customers there are, counted no further than anybody needs. One query."""
    ceiling = (entitlements or tenant.entitlements).ceiling("customers")
    most = COUNTED_TO if ceiling == UNLIMITED else ceiling
    found = Customer.objects.listed().order_by().values("pk")[: most + 1]
    return UsageLine(registry.limit("customers"), found.count(), ceiling)


def file_rows(tenant: Tenant, question: CustomerQuestion) -> Iterator[Customer]:
    """All that `question` asks for, in order, never more than AT_ONCE in memory.

    They are read while they are sent, when the request is over: so each part enters the tenant's schema by itself.
    """
    part = replace(question, after="", before="")
    while True:
        with tenant_scope(tenant):
            rows = list(part.page()[:AT_ONCE])
        yield from rows
        if len(rows) < AT_ONCE:
            return
        part = replace(part, after=_mark(rows[-1]))


def _mark(row: Customer) -> str:
    place = row.place  # type: ignore[attr-defined]
    value = place.isoformat() if isinstance(place, datetime) else place
    return urlsafe_b64encode(json.dumps([value, row.pk]).encode()).decode()


def _read_mark(text: str, *, is_by_age: bool) -> tuple[Any, int] | None:
    """Where a page begins; whatever cannot be read is the first page."""
    try:
        value, pk = json.loads(urlsafe_b64decode(text))
        place = parse_datetime(value) if is_by_age else value
    except (ValueError, TypeError):
        return None
    is_whole = isinstance(pk, int) and 0 <= pk < 2**63 and isinstance(value, str)
    if not is_whole or place is None or "\0" in value:
        return None
    return (place, pk) if not is_by_age or place.tzinfo else None
