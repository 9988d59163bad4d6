"""Tenants with a monthly limit of SMS, charged in a fixed month."""

from collections.abc import Sequence
from datetime import UTC, datetime

from plans.entitlements import Entitlements
from tenants.metering import Charge, Item, meter
from tenants.models import Tenant

BEGAN = datetime(2026, 11, 1, 8, tzinfo=UTC)
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
NEXT = datetime(2026, 12, 1, 8, tzinfo=UTC)
"""The first instant of the next month."""


def with_limit(tenant: Tenant, sms: int, *, now: datetime = NOW) -> Tenant:
    """The tenant as the next request has it."""
    tenant.plan.limits["sms_per_month"] = sms
    tenant.plan.save()
    found = Tenant.objects.select_related("plan").get(pk=tenant.pk)
    found.entitlements = Entitlements(found, now)
    return found


def charge(
    tenant: Tenant, *units: int, since: int = 0, now: datetime = NOW, channel: str = "sms"
) -> Sequence[Charge | None]:
    items = [Item(f"key{since + n}", size) for n, size in enumerate(units)]
    return meter().charge(tenant, channel, items, now)


def used(tenant: Tenant, now: datetime = NOW) -> int:
    rows = meter().used(tenant, "sms", now)
    return int(rows[0].used) if rows else 0
