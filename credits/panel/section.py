"""“Message credits” on the Billing page: one card for each channel of the plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from credits.forecast import Forecast, Pace, Supply, forecast
from credits.models import AutoRecharge
from credits.panel import words
from credits.panel.pace import paces_of
from credits.panel.standing import Standing
from credits.services.accounts import Left
from credits.services.recharge_wishes import wishes_of
from tenants.metering import MeteredChannel
from tenants.models import Tenant


@dataclass(frozen=True)
class ChannelCard:
    """One channel as the tenant reads it."""

    standing: Standing
    note: str
    renews: str
    lasts: str
    recharge: AutoRecharge | None
    """What is bought by itself, where that is switched on."""

    @property
    def channel(self) -> MeteredChannel:
        return self.standing.channel

    @property
    def left(self) -> Left:
        return self.standing.left


def cards_of(these: list[Standing], tenant: Tenant, now: datetime) -> list[ChannelCard]:
    """Two queries: how fast it goes, and what is bought by itself."""
    paces, wishes = paces_of(tenant, now), wishes_of(tenant)
    return [
        ChannelCard(
            one,
            words.follows(one),
            words.renews_words(one, tenant, now),
            words.lasts_words(one, _forecast(one, paces, tenant, now), tenant, now),
            wishes.get(one.key),
        )
        for one in these
    ]


def _forecast(
    one: Standing, paces: Mapping[str, Pace | None], tenant: Tenant, now: datetime
) -> Forecast | None:
    if one.left.month_left is None:
        return None
    supply = Supply(one.left.month_left, one.left.ceiling, one.left.purchased)
    return forecast(supply, paces.get(one.key), tenant.plan_started_at, now)
