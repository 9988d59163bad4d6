"""What happens with what messages are paid from, for workflows of the business and of the platform."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from plans.event_types import PLATFORM, TENANT, Condition, EventType, Facts, Payload
from saas.core.errors import Sentence
from tenants import event_facts, metering
from tenants.event_facts import OWNERS, PLAN, SUPER_ADMINS, TENANT_FIELDS
from tenants.models import Tenant

FIELDS = {
    **TENANT_FIELDS,
    "channel.name": "SMS",
    "billing.url": "https://salon-aurora.example/panel/billing/",
}


def channel_choices(_tenant: Any) -> list[tuple[str, Sentence]]:
    return [(one.key, one.label) for one in metering.channels.values()]


def exhausted_facts(
    tenant: Tenant, payloads: Sequence[Payload], _now: datetime
) -> list[Facts | None]:
    """Two queries, however many channels they are about."""
    base = event_facts.facts_of(tenant)
    return [_of_channel(base, tenant, one["channel"]) for one in payloads]


def _of_channel(base: Facts, tenant: Tenant, key: str) -> Facts | None:
    channel = metering.channels.get(key)
    if channel is None:
        return None
    return Facts(
        fields={
            **base.fields,
            "channel.name": str(channel.label),
            "billing.url": tenant.url("/panel/billing/"),
        },
        values={**base.values, "channel": key},
        people=base.people,
        channel=key,
        about=f"{tenant.name}, {channel.label}",
    )


EVENTS = (
    EventType(
        "credits.exhausted",
        _("Nothing is left to pay messages from"),
        FIELDS,
        group=_("Message credits"),
        audiences=frozenset({TENANT, PLATFORM}),
        conditions=(Condition("channel", _("Channel"), channel_choices), PLAN),
        recipients=(OWNERS, SUPER_ADMINS),
        facts=exhausted_facts,
    ),
)
