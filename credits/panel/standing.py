"""How things stand on each channel that a tenant's plan has: what is left, what waits, what can be done about it."""

from dataclasses import dataclass
from datetime import datetime

from credits.models import CreditAccount
from credits.services.accounts import Left, accounts_of, left, warning_at
from credits.services.packs import channels_to_top_up
from tenants import metering
from tenants.metering import MeteredChannel
from tenants.models import Tenant
from tenants.waiting import NOTHING, Waiting, waiting_of


@dataclass(frozen=True)
class Standing:
    """Of one channel. Nothing here asks the database."""

    channel: MeteredChannel
    account: CreditAccount
    left: Left
    waiting: Waiting = NOTHING
    can_top_up: bool = False

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


def standings(tenant: Tenant, now: datetime) -> list[Standing]:
    """In the order of the channels. Three queries, whatever there is."""
    return completed(tenant, plain_standings(tenant, now))


def plain_standings(tenant: Tenant, now: datetime) -> list[Standing]:
    """What is left on each channel alone, without what waits and what can be bought. One query."""
    accounts = accounts_of(tenant)
    return [
        Standing(channel, accounts[key], left(tenant, accounts[key], now))
        for key, channel in metering.channels.items()
        if tenant.entitlements.can(channel.capability)
    ]


def completed(tenant: Tenant, plain: list[Standing]) -> list[Standing]:
    """The same with what waits, and what can be bought. Two queries."""
    waiting, offered = waiting_of(tenant), channels_to_top_up(tenant)
    return [
        Standing(
            one.channel,
            one.account,
            one.left,
            waiting.get(one.key, NOTHING),
            can_top_up=one.key in offered,
        )
        for one in plain
    ]
