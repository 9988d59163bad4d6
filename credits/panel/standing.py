"""How things stand on each channel that a tenant's plan has: what is left, what waits, what can be done about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credits.forecast import LOOKS_BACK, Pace, pace_of
from credits.models import AutoRecharge, CreditAccount
from credits.panel.standing_sql import COLUMNS, statement
from credits.services.accounts import Left, empty_account, left, warning_at
from credits.services.packs import needs_credits
from saas.core.rows import fetch
from tenants import metering
from tenants.metering import MeteredChannel
from tenants.models import Tenant
from tenants.waiting import NOTHING, Waiting


@dataclass(frozen=True)
class Standing:
    """Of one channel. Nothing here asks the database."""

    channel: MeteredChannel
    account: CreditAccount
    left: Left
    waiting: Waiting = NOTHING
    can_top_up: bool = False
    recharge: AutoRecharge | None = None
    """What is bought by itself, where that is switched on."""
    pace: Pace | None = None
    """How fast it goes, where that was asked for and something was sent lately."""

    @property
    def key(self) -> str:
        return self.channel.key

    @property
    def total(self) -> int:
        """What can still be sent. Ask it of a channel that has a ceiling."""
        return self.left.total or 0

    @property
    def is_unlimited(self) -> bool:
        return self.left.total is None

    @property
    def can_run_out(self) -> bool:
        """Whether there is anything to be warned about, or can be."""
        has_some = self.left.ceiling > 0 or self.left.purchased > 0 or self.can_top_up
        return not self.is_unlimited and has_some

    @property
    def is_used_up(self) -> bool:
        """Whether nothing is left, or less than anything that waits needs.

        Not where nothing was ever there: a plan that includes no messages is no reason for an alarm.
        """
        if self.is_unlimited:
            return False
        if self.waiting.count:
            return self.total < self.waiting.least
        return self.total == 0 and (self.left.ceiling > 0 or self.account.seq > 0)

    @property
    def can_send(self) -> bool:
        """Whether something waits that could go out now."""
        return bool(self.waiting.count) and not self.is_used_up

    @property
    def is_low(self) -> bool:
        return not self.is_unlimited and 0 < self.total <= self.warns_at and not self.is_used_up

    @property
    def warns_at(self) -> int:
        """How many are left when the tenant is told; 0 for never."""
        return warning_at(self.left.ceiling, self.account.warn_below)


def standings(tenant: Tenant, now: datetime, *, with_pace: bool = False) -> list[Standing]:
    """Of each channel of the plan, in their order. One query, which reads the entries of 30 days for the pace."""
    values = {
        "tenant": tenant.pk,
        "channels": list(metering.channels),
        "currency": tenant.platform_settings.currency,
        "since": now - LOOKS_BACK,
    }
    rows = fetch(statement(with_pace=with_pace), values)
    found = {one.key: one for one in (_standing(tenant, now, row) for row in rows)}
    return [
        found[key]
        for key, channel in metering.channels.items()
        if tenant.entitlements.can(channel.capability)
    ]


def _standing(tenant: Tenant, now: datetime, row: tuple[Any, ...]) -> Standing:
    account, recharge, channel, count, least, is_sold, spent, first = COLUMNS.read(row)
    account = account or empty_account(tenant, channel)
    account.tenant = tenant
    return Standing(
        metering.channels[channel],
        account,
        left(tenant, account, now),
        Waiting(count, least) if count else NOTHING,
        can_top_up=is_sold and needs_credits(tenant, channel),
        recharge=recharge,
        pace=pace_of(int(spent or 0), first, now),
    )
