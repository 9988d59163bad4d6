"""The meter that comes with the product: a plan's messages per month, and nothing else.

What is used stands on one row for each tenant, channel and month; what was taken for which message, beside it. Both
change in one statement or transaction, so no message is paid twice, and no month is overdrawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet

from plans.entitlements import UNLIMITED
from saas.core.events import emit
from tenants import metering
from tenants.metering import Charge, Item, Stock
from tenants.models import Tenant, UsageCharge, UsageCounter

TAKE = """
WITH fresh AS (
    SELECT item.key, item.units FROM unnest(%(keys)s::text[], %(units)s::int[]) AS item(key, units)
    WHERE NOT EXISTS (
        SELECT FROM tenants_usagecharge AS known WHERE known.tenant_id = %(tenant)s AND known.key = item.key
    )
), room AS (
    INSERT INTO tenants_usagecounter AS counter (tenant_id, channel, window_start, used)
    SELECT %(tenant)s, %(channel)s, %(window)s, sum(units) FROM fresh
    HAVING count(*) > 0 AND (%(ceiling)s = -1 OR sum(units) <= %(ceiling)s)
    ON CONFLICT (tenant_id, channel, window_start) DO UPDATE SET used = counter.used + excluded.used
    WHERE %(ceiling)s = -1 OR counter.used + excluded.used <= %(ceiling)s
    RETURNING 1
)
INSERT INTO tenants_usagecharge (tenant_id, key, channel, units, is_counted, window_start, charged_at)
SELECT %(tenant)s, key, %(channel)s, units, %(ceiling)s <> -1, %(window)s, %(now)s FROM fresh, room
ORDER BY key
"""
"""Everything that was not charged before, or nothing. Never ON CONFLICT DO NOTHING for the charges: what is used would
then go up without them."""
MOST_TRIES = 5


@dataclass(frozen=True)
class Month:
    """What a tenant may use of one channel, in the window that began at `start`."""

    tenant: Tenant
    channel: str
    start: datetime
    ceiling: int

    @staticmethod
    def of(tenant: Tenant, channel: str, now: datetime) -> "Month":
        ceiling = tenant.entitlements.ceiling(metering.channels[channel].limit)
        return Month(tenant, channel, tenant.usage_window(now)[0], ceiling)

    @property
    def rows(self) -> "QuerySet[UsageCounter]":
        return UsageCounter.objects.filter(
            tenant_id=self.tenant.pk, channel=self.channel, window_start=self.start
        )

    def lock(self) -> UsageCounter:
        """Its row, which is there from now on, locked until the transaction ends."""
        UsageCounter.objects.bulk_create(
            [UsageCounter(tenant=self.tenant, channel=self.channel, window_start=self.start)],
            ignore_conflicts=True,
        )
        return self.rows.select_for_update().get()

    def paid(self, units: int) -> Charge:
        return Charge(0 if self.ceiling == UNLIMITED else units)


class MonthlyMeter:
    """Counts against the plan's limit per month. Where there is none, it counts for display alone."""

    def charge(
        self, tenant: Tenant, channel: str, items: Sequence[Item], now: datetime
    ) -> Sequence[Charge | None]:
        """See `metering.Meter`. One statement where everything is new and fits, whatever the number of items."""
        if not items:
            return []
        month = Month.of(tenant, channel, now)
        for _try in range(MOST_TRIES):
            try:
                with transaction.atomic():
                    if _take(month, items, now) == len(items):
                        return [month.paid(one.units) for one in items]
                    return _charge_what_fits(month, items, now)
            except IntegrityError:  # another worker has charged one of them at the same instant
                continue
        raise RuntimeError(f"{tenant.pk}: {channel} is charged by too many at once.")

    @transaction.atomic
    def give_back(self, tenant: Tenant, channel: str, keys: Sequence[str], now: datetime) -> None:
        """See `metering.Meter`. Nothing for a key that was never charged."""
        charges = UsageCharge.objects.select_for_update().filter(
            tenant=tenant, channel=channel, key__in=keys, returned_at__isnull=True
        )
        found = list(charges.order_by("pk"))
        if not found:
            return
        UsageCharge.objects.filter(pk__in=[one.pk for one in found]).update(returned_at=now)
        window = tenant.usage_window(now)[0]
        if units := sum(one.units for one in found if one.window_start == window):
            self.used(tenant, channel, now).update(used=F("used") - units)

    def used(self, tenant: Tenant, channel: str, now: datetime) -> "QuerySet[UsageCounter]":
        """See `metering.Meter`."""
        window = tenant.usage_window(now)[0]
        return UsageCounter.objects.filter(
            tenant_id=tenant.pk, channel=channel, window_start=window
        )

    def stocks(self, tenant: Tenant, now: datetime) -> Mapping[str, Stock]:
        """See `metering.Meter`. One query."""
        start, end = tenant.usage_window(now)
        rows = UsageCounter.objects.filter(tenant=tenant, window_start=start)
        used = dict(rows.values_list("channel", "used"))
        ceilings = {
            key: tenant.entitlements.ceiling(one.limit) for key, one in metering.channels.items()
        }
        return {
            key: Stock(
                ceiling,
                None if ceiling == UNLIMITED else max(ceiling - used.get(key, 0), 0),
                end,
            )
            for key, ceiling in ceilings.items()
        }


def _take(month: Month, items: Sequence[Item], now: datetime) -> int:
    """How many were charged: all that are new, or none. Raises IntegrityError where another worker was faster."""
    with connection.cursor() as cursor:
        cursor.execute(
            TAKE,
            {
                "tenant": month.tenant.pk,
                "channel": month.channel,
                "window": month.start,
                "ceiling": month.ceiling,
                "keys": [one.key for one in items],
                "units": [one.units for one in items],
                "now": now,
            },
        )
        return int(cursor.rowcount)


def _charge_what_fits(month: Month, items: Sequence[Item], now: datetime) -> list[Charge | None]:
    """In their order; a smaller one may fit where a larger did not. What was charged before is answered as it was."""
    row = month.lock()
    charges = UsageCharge.objects.filter(tenant=month.tenant, key__in=[one.key for one in items])
    paid: dict[str, Charge] = {
        one.key: Charge(one.units if one.is_counted else 0) for one in charges
    }
    fresh = [one for one in items if one.key not in paid]
    fitting = _fitting(fresh, month.ceiling, row.used)
    if fitting:
        _take(month, fitting, now)
        paid |= {one.key: month.paid(one.units) for one in fitting}
    if len(fitting) < len(fresh):
        _say_exhausted(month)
    return [paid.get(one.key) for one in items]


def _fitting(items: Sequence[Item], ceiling: int, used: int) -> list[Item]:
    if ceiling == UNLIMITED:
        return list(items)
    found, left = [], ceiling - used
    for item in items:
        if item.units <= left:
            found.append(item)
            left -= item.units
    return found


def _say_exhausted(month: Month) -> None:
    """Once for each month and limit. The row is locked."""
    told = month.rows.filter(exhausted_ceiling=month.ceiling).exists()
    if not told and month.rows.update(exhausted_ceiling=month.ceiling):
        emit("credits.exhausted", tenant_id=month.tenant.pk, channel=month.channel)
