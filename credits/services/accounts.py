"""A tenant's accounts: found, made, locked, and what is left on them."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from credits.models import CreditAccount
from plans.entitlements import UNLIMITED
from saas.core.errors import NotHere
from tenants import metering
from tenants.models import Tenant

WARN_OF_BOUGHT = 20
"""Credits left at which a tenant whose month includes none is told, as long as it has not chosen another number."""


class UnknownChannel(NotHere):
    """No installed app brings this channel."""

    def __init__(self, channel: str) -> None:
        super().__init__(_("There is no channel “%(channel)s”.") % {"channel": channel[:20]})


@dataclass(frozen=True)
class Left:
    """What can still be sent on one channel, in message units. None stands for “without limit”."""

    channel: str
    ceiling: int
    """Of the month: -1 for unlimited."""
    used: int
    purchased: int
    debt: int
    renews_at: datetime

    @property
    def month_left(self) -> int | None:
        return None if self.ceiling == UNLIMITED else max(self.ceiling - self.used, 0)

    @property
    def total(self) -> int | None:
        month = self.month_left
        return None if month is None else month + self.purchased


def check_channel(channel: str) -> metering.MeteredChannel:
    """What is known of `channel`. Raises UnknownChannel."""
    if channel not in metering.channels:
        raise UnknownChannel(channel)
    return metering.channels[channel]


def ceiling_of(tenant: Tenant, channel: str) -> int:
    """The most of `channel` that the tenant's plan, with its overrides, includes in a month; -1 for unlimited."""
    return tenant.entitlements.ceiling(check_channel(channel).limit)


def account_of(tenant: Tenant, channel: str) -> CreditAccount:
    """The account as it stands, for showing; unsaved and empty where there is none yet. One query."""
    check_channel(channel)
    found = CreditAccount.objects.filter(tenant=tenant, channel=channel).first()
    return found or empty_account(tenant, channel)


def accounts_of(tenant: Tenant) -> dict[str, CreditAccount]:
    """As `account_of`, of every channel, in the order of the channels. One query."""
    found = {one.channel: one for one in CreditAccount.objects.filter(tenant=tenant)}
    return {key: found.get(key) or empty_account(tenant, key) for key in metering.channels}


def left(tenant: Tenant, account: CreditAccount, now: datetime) -> Left:
    """What `account` holds at `now`: an account that has not been touched since its month renewed is full. No query."""
    start, end = tenant.usage_window(now)
    is_current = account.window_start >= start
    return Left(
        account.channel,
        ceiling_of(tenant, account.channel),
        account.monthly_used if is_current else 0,
        account.purchased_left,
        account.debt,
        end,
    )


def lock_account(tenant: Tenant, channel: str, now: datetime) -> CreditAccount:
    """The account, made where it is missing, in the month of `now`, locked until the transaction ends.

    Whoever holds the tenant's lock as well takes that first.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An account needs a transaction.")
    check_channel(channel)
    locked = CreditAccount.objects.select_for_update(no_key=True)
    account = locked.filter(tenant=tenant, channel=channel).first()
    if account is None:
        CreditAccount.objects.bulk_create(
            [empty_account(tenant, channel, now)], ignore_conflicts=True
        )
        account = locked.get(tenant=tenant, channel=channel)
    return renew(account, *tenant.usage_window(now))


def renew(account: CreditAccount, start: datetime, end: datetime) -> CreditAccount:
    """The locked account counts the month from `start` to `end`, with nothing used and nothing said, if that is a later

    one than its own. A month never goes back: a worker that read the tenant before an upgrade does not undo it.
    """
    if account.window_start < start:
        account.window_start, account.renews_at, account.monthly_used = start, end, 0
        account.low_ceiling = account.exhausted_ceiling = None
    elif account.window_start == start:
        account.renews_at = end
    return account


def warning_at(ceiling: int, chosen: int | None) -> int:
    """How many are left when a tenant is told: as it has chosen, or a fifth of what its month includes; 0 for never."""
    if chosen is not None:
        return chosen
    return ceiling // 5 if ceiling > 0 else WARN_OF_BOUGHT


@transaction.atomic
def set_warning(
    tenant: Tenant, channel: str, warn_below: int | None, now: datetime
) -> CreditAccount:
    """The tenant is told when `warn_below` credits are left (see `warning_at`), even if it was told before."""
    account = lock_account(tenant, channel, now)
    if account.warn_below != warn_below:
        account.warn_below, account.low_ceiling = warn_below, None
    account.save()
    return account


def empty_account(tenant: Tenant, channel: str, now: datetime | None = None) -> CreditAccount:
    """What stands for an account that is not there yet, unsaved."""
    start, end = tenant.usage_window(now or tenant.entitlements.now)
    return CreditAccount(tenant=tenant, channel=channel, window_start=start, renews_at=end)
