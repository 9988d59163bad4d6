"""How much was sent lately, by workflow and by channel. Numbers only; nothing is changed here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from plans.entitlements import UsageLine
from saas.core.errors import Sentence
from tenants import metering
from tenants.models import Tenant
from workflows.models import Message, State, Workflow

LATELY = timedelta(days=30)
LEFT_US = (State.SENT, State.DELIVERED)


def sent_lately(tenant: Tenant | None, now: datetime) -> dict[int, int]:
    """{workflow id: messages sent in the last 30 days}, in one query."""
    found = (
        Message.objects.filter(
            tenant=tenant,
            workflow__isnull=False,
            created_at__gte=now - LATELY,
            state__in=LEFT_US,
        )
        .values_list("workflow_id")
        .annotate(sent=Count("pk"))
        .order_by()
    )
    return dict(found)


@dataclass(frozen=True)
class Pace:
    """What one workflow did over a channel in the last 30 days, and what is left of the month's allowance.

    `line` is None where nothing is counted: for the platform's own messages, and for a channel without a limit.
    """

    channel: str
    label: Sentence
    sent: int
    delivered: int
    held: int
    line: UsageLine | None = None


def paces(workflow: Workflow, channels: list[str], now: datetime) -> list[Pace]:
    """By channel, for `channels` and those that were used. One query, and one more for each counted channel."""
    found: dict[str, dict[str, Any]] = {
        row["channel"]: dict(row)
        for row in Message.objects.filter(
            workflow=workflow, created_at__gte=now - LATELY, channel__in=metering.channels
        )
        .values("channel")
        .annotate(
            sent=Count("pk", filter=Q(state__in=LEFT_US)),
            delivered=Count("pk", filter=Q(state=State.DELIVERED)),
            held=Count("pk", filter=Q(state=State.HELD)),
        )
        .order_by()
    }
    wanted = [key for key in metering.channels if key in channels or key in found]
    return [_pace(workflow.tenant, key, found.get(key, {})) for key in wanted]


def _pace(tenant: Tenant | None, key: str, row: dict[str, Any]) -> Pace:
    channel = metering.channels[key]
    counted = tenant is not None and tenant.entitlements.can(channel.capability)
    return Pace(
        channel=key,
        label=channel.label,
        sent=row.get("sent", 0),
        delivered=row.get("delivered", 0),
        held=row.get("held", 0),
        line=tenant.entitlements.usage_of(channel.limit) if tenant and counted else None,
    )
