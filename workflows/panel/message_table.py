"""What a tenant has sent: newest first, by channel, state, workflow and name; page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from saas.core.errors import Conflict, Sentence
from tenants.models import Tenant
from workflows.channels import phones
from workflows.channels.catalogue import BY_PHONE, CHANNELS
from workflows.models import Message, State, Workflow
from workflows.pages.log import STATES
from workflows.pages.marks import mark, read_mark

PER_PAGE = 50
EXPORT_MOST = 50_000
LONGEST_SEARCH = 80
HEAD = (
    gettext_lazy("Time"), gettext_lazy("Name"), gettext_lazy("Address"), gettext_lazy("Channel"),
    gettext_lazy("State"), gettext_lazy("Units"), gettext_lazy("From this month"),
    gettext_lazy("From purchased"), gettext_lazy("Workflow"), gettext_lazy("Why"), gettext_lazy("Text"),
)  # fmt: skip


@dataclass(frozen=True)
class MessageRow:
    """One message as its tenant reads it."""

    message: Message

    @property
    def channel(self) -> Sentence:
        return channel_label(self.message.channel)

    @property
    def icon(self) -> str:
        known = CHANNELS.get(self.message.channel)
        return known.icon if known else "send"

    @property
    def address(self) -> str:
        """As people read it."""
        is_phone = self.message.channel in BY_PHONE
        return phones.readable(self.message.address) if is_phone else self.message.address

    @property
    def name(self) -> str:
        return self.message.name or self.address

    @property
    def state(self) -> Sentence:
        return State(self.message.state).label

    @property
    def level(self) -> str:
        return STATES[State(self.message.state)]

    @property
    def is_held(self) -> bool:
        return self.message.state == State.HELD

    @property
    def is_metered(self) -> bool:
        known = CHANNELS.get(self.message.channel)
        return bool(known and known.limit)

    @property
    def subject(self) -> str:
        return str(self.message.content.get("subject", ""))


class MessageTable:
    """The messages of `tenant` that `asked` (the address's query) is about."""

    channels = [(one.key, one.label) for one in CHANNELS.values()]
    states = State.choices

    def __init__(self, tenant: Tenant, asked: QueryDict) -> None:
        self.tenant = tenant
        self.channel = asked.get("channel", "") if asked.get("channel") in CHANNELS else ""
        self.state = asked.get("state", "") if asked.get("state") in State.values else ""
        self.search = asked.get("q", "").strip()[:LONGEST_SEARCH].replace("\0", "")
        self.workflow = asked.get("workflow", "")
        self.after = read_mark(asked.get("after", ""))

    @cached_property
    def workflows(self) -> list[tuple[str, str]]:
        """Those of the tenant, for the filter. One query."""
        found = Workflow.objects.filter(tenant=self.tenant).order_by("name")
        return [(str(pk), name) for pk, name in found.values_list("pk", "name")]

    def messages(self) -> QuerySet[Message]:
        """Everything that fits the filters, newest first."""
        found = Message.objects.filter(tenant=self.tenant).select_related("workflow")
        if self.channel:
            found = found.filter(channel=self.channel)
        if self.state:
            found = found.filter(state=self.state)
        if self.workflow and self.workflow in dict(self.workflows):
            found = found.filter(workflow=int(self.workflow))
        if self.search:
            digits = "".join(one for one in self.search if one.isdigit())
            wanted = Q(name__icontains=self.search) | Q(address__icontains=self.search)
            found = found.filter(wanted | Q(address__contains=digits) if digits else wanted)
        return found.order_by("-created_at", "-pk")

    @cached_property
    def rows(self) -> list[MessageRow]:
        return [MessageRow(one) for one in self._found[:PER_PAGE]]

    @cached_property
    def _found(self) -> list[Message]:
        """One page and one more. One query, which costs the same on every page."""
        found = self.messages()
        if self.after:
            at, pk = self.after
            found = found.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk))
        return list(found[: PER_PAGE + 1])

    @property
    def older(self) -> str:
        """The address of the next page; empty on the last one."""
        if len(self._found) <= PER_PAGE:
            return ""
        last = self._found[PER_PAGE - 1]
        return self._address(after=mark(last.created_at, last.pk))

    @property
    def newest(self) -> str:
        return self._address()

    @property
    def is_first(self) -> bool:
        return self.after is None

    @property
    def is_filtered(self) -> bool:
        return bool(self.channel or self.state or self.search or self.workflow)

    @property
    def query(self) -> str:
        """The filters as they stand in an address."""
        return self._address()

    def _address(self, **more: str) -> str:
        given = {
            "q": self.search,
            "channel": self.channel,
            "state": self.state,
            "workflow": self.workflow,
            **more,
        }
        return urlencode({key: value for key, value in given.items() if value})

    @property
    def file_name(self) -> str:
        parts = ["messages", self.tenant.slug, self.channel, self.state]
        return "-".join(filter(None, parts)) + ".csv"

    def file_rows(self) -> Iterator[list[Any]]:
        """The messages for a spreadsheet. Raises Conflict when one file cannot hold them."""
        found = list(self.messages()[: EXPORT_MOST + 1])
        if len(found) > EXPORT_MOST:
            message = _("More than %(most)s messages do not go into one file. Choose a channel.")
            raise Conflict(message % {"most": f"{EXPORT_MOST:,}"})
        return (_file_row(MessageRow(one)) for one in found)


def channel_label(key: str) -> Sentence:
    known = CHANNELS.get(key)
    return known.label if known else key


def _file_row(row: MessageRow) -> list[Any]:
    one = row.message
    return [
        f"{one.created_at:%Y-%m-%d %H:%M:%S}",
        one.name,
        one.address,
        row.channel,
        row.state,
        one.units,
        one.from_month,
        one.from_purchased,
        one.workflow.name if one.workflow else "",
        one.detail,
        one.text,
    ]
