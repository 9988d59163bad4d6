"""What the page Payment events is asked for, and what it answers."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Environment, Outcome, WebhookEvent
from billing.services.gateways import gateway_names
from saas.core.errors import Sentence
from saas.core.paging import Pages

PER_PAGE = 50
LONGEST_SEARCH = 120
LATEST = 2000
"""Among how many of the newest the kinds to filter by are looked for."""
MOST_SHOWN = 100_000
LEVELS = {Outcome.WAITING: "info", Outcome.DONE: "ok", Outcome.IGNORED: "", Outcome.FAILED: "bad"}
FIELDS = (
    "pk", "gateway", "environment", "event_id", "kind", "object_id", "received_at", "outcome",
    "detail", "attempts", "due_at",
)  # fmt: skip


@dataclass(frozen=True)
class EventRow:
    """One notification as it is shown."""

    event: WebhookEvent

    @property
    def gateway(self) -> Sentence:
        """Its name; the bare key of a gateway that is not here any more."""
        return gateway_names().get(self.event.gateway, self.event.gateway)

    @property
    def where(self) -> Sentence:
        """“Test” or “Sandbox”; empty where it is real money."""
        environment = Environment(self.event.environment)
        return "" if environment == Environment.LIVE else environment.label

    @property
    def kind_parts(self) -> list[str]:
        """Its kind, to be broken at its dots where there is little room."""
        return self.event.kind.split(".")

    @property
    def level(self) -> str:
        return LEVELS[Outcome(self.event.outcome)]

    @property
    def outcome(self) -> Sentence:
        is_tried = (
            self.event.outcome == Outcome.WAITING and self.event.attempts and self.event.detail
        )
        return _("Tried again later") if is_tried else Outcome(self.event.outcome).label

    @property
    def attempts(self) -> str:
        """“Tried 3 times”; empty for what came to its end at once."""
        count = self.event.attempts
        text = ngettext("Tried %(count)s time", "Tried %(count)s times", count)
        return text % {"count": count} if count > 1 else ""

    @property
    def next_look(self) -> datetime | None:
        """When a worker looks at it again, where one has looked before."""
        return self.event.due_at if self.event.attempts else None

    @property
    def payload(self) -> str:
        """As it came, put in order for reading."""
        return json.dumps(self.event.payload, indent=2, ensure_ascii=False)[:MOST_SHOWN]


class EventTable:
    """The notifications that `asked` (the address's query) is about, newest first."""

    def __init__(self, asked: QueryDict) -> None:
        self.search = asked.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
        self.gateway = _one_of(gateway_names(), asked.get("gateway", ""))
        self.outcome = _one_of(Outcome.values, asked.get("outcome", ""))
        self.kind = asked.get("kind", "").replace("\x00", "")[:80]
        self._page = asked.get("page", "1")

    def matching(self) -> QuerySet[WebhookEvent]:
        exact = {"gateway": self.gateway, "outcome": self.outcome, "kind": self.kind}
        found = WebhookEvent.objects.filter(**{key: value for key, value in exact.items() if value})
        if self.search:
            says = Q(event_id__icontains=self.search) | Q(object_id__icontains=self.search)
            found = found.filter(says)
        return found

    @cached_property
    def page(self) -> Page[Any]:
        """One page of rows, without their payloads; one query, and one for how many there are."""
        newest = self.matching().only(*FIELDS).order_by("-received_at", "-pk")
        page: Page[Any] = Pages(newest, PER_PAGE).get_page(self._page)
        page.object_list = [EventRow(event) for event in page.object_list]
        return page

    @cached_property
    def kinds(self) -> list[str]:
        """The gateways' own words in the newest notifications, for the filter. One query."""
        newest = WebhookEvent.objects.order_by("-received_at").values_list("kind", flat=True)
        found = {*newest[:LATEST], self.kind} - {""}
        return sorted(found)

    @property
    def gateways(self) -> list[tuple[str, Sentence]]:
        return list(gateway_names().items())

    @property
    def outcomes(self) -> list[tuple[str, Sentence]]:
        return list(Outcome.choices)

    @property
    def filters(self) -> dict[str, str]:
        """The search and filters that are set, as they stand in an address."""
        given = {
            "q": self.search, "gateway": self.gateway, "outcome": self.outcome, "kind": self.kind
        }  # fmt: skip
        return {key: value for key, value in given.items() if value}

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters)

    @property
    def page_query(self) -> str:
        """The address's query of this very page."""
        return urlencode({**self.filters, "page": self._page})


def _one_of(known: Any, value: str) -> str:
    return value if value in known else ""
