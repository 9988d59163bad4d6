"""What happens with what messages are paid from, for workflows of the business and of the platform."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from credits.models import CreditAccount, PackPurchase
from credits.services.accounts import accounts_of, left
from credits.services.purchases import title_of
from plans.event_types import PLATFORM, TENANT, Condition, EventType, Facts, Payload
from saas.core.errors import Sentence
from saas.core.money import format_money
from tenants import event_facts, metering
from tenants.event_facts import OWNERS, PLAN, SUPER_ADMINS, TENANT_FIELDS
from tenants.models import Tenant

FIELDS = {
    **TENANT_FIELDS,
    "channel.name": "SMS",
    "credits.left": "12",
    "billing.url": "https://salon-aurora.example/panel/billing/",
}
PURCHASE_FIELDS = {
    **FIELDS,
    "purchase.title": "500 SMS",
    "purchase.credits": "500",
    "purchase.amount": "$19.00",
}
GROUP = _("Message credits")


def channel_choices(_tenant: Any) -> list[tuple[str, Sentence]]:
    return [(one.key, one.label) for one in metering.channels.values()]


def stand_facts(tenant: Tenant, payloads: Sequence[Payload], now: datetime) -> list[Facts | None]:
    """How channels stand. Three queries, however many there are.

    What is few or used up is not told of over the channel itself.
    """
    base, accounts = event_facts.facts_of(tenant), accounts_of(tenant)
    return [_of_channel(base, tenant, one["channel"], accounts, now) for one in payloads]


def purchase_facts(
    tenant: Tenant, payloads: Sequence[Payload], now: datetime
) -> list[Facts | None]:
    """What was bought. Four queries, however many there are."""
    base, accounts = event_facts.facts_of(tenant), accounts_of(tenant)
    bought = PackPurchase.objects.filter(tenant=tenant).select_related("payment")
    found = bought.in_bulk([one["purchase_id"] for one in payloads])
    return [
        _of_purchase(_of_channel(base, tenant, one["channel"], accounts, now), found, one)
        for one in payloads
    ]


def _of_channel(
    base: Facts, tenant: Tenant, key: str, accounts: Mapping[str, CreditAccount], now: datetime
) -> Facts | None:
    channel = metering.channels.get(key)
    if channel is None:
        return None
    total = left(tenant, accounts[key], now).total
    return Facts(
        fields={
            **base.fields,
            "channel.name": str(channel.label),
            "credits.left": str(_("Unlimited")) if total is None else str(total),
            "billing.url": tenant.url("/panel/billing/"),
        },
        values={**base.values, "channel": key},
        people=base.people,
        channel=key,
        about=f"{tenant.name}, {channel.label}",
    )


def _of_purchase(
    facts: Facts | None, found: Mapping[int, PackPurchase], payload: Payload
) -> Facts | None:
    purchase = found.get(payload["purchase_id"])
    if facts is None or purchase is None:
        return None
    paid = purchase.payment
    title = title_of(purchase.name, purchase.quantity)
    fields = {
        "purchase.title": title,
        "purchase.credits": str(purchase.bought),
        "purchase.amount": format_money(paid.amount, paid.currency),
    }
    return Facts(
        fields={**facts.fields, **fields},
        values=facts.values,
        people=facts.people,
        about=f"{facts.about}, {title}",
    )


def _event(key: str, label: Sentence, fields: dict[str, str], facts: Any) -> EventType:
    return EventType(
        key,
        label,
        fields,
        group=GROUP,
        audiences=frozenset({TENANT, PLATFORM}),
        conditions=(Condition("channel", _("Channel"), channel_choices), PLAN),
        recipients=(OWNERS, SUPER_ADMINS),
        facts=facts,
    )


EVENTS = (
    _event("credits.purchased", _("Credits have been bought"), PURCHASE_FIELDS, purchase_facts),
    _event("credits.low", _("Few credits are left"), FIELDS, stand_facts),
    _event("credits.exhausted", _("Nothing is left to pay messages from"), FIELDS, stand_facts),
)
