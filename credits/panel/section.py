"""“Message credits” on the Billing page: one card for each channel of the plan."""

from dataclasses import dataclass
from datetime import datetime

from credits.forecast import Forecast, Supply, forecast
from credits.models import AutoRecharge
from credits.panel import words
from credits.panel.standing import Standing
from credits.services.accounts import Left
from tenants.metering import MeteredChannel
from tenants.models import Tenant


@dataclass(frozen=True)
class ChannelCard:
    """One channel as the tenant reads it."""

    standing: Standing
    note: str
    renews: str
    lasts: str

    @property
    def channel(self) -> MeteredChannel:
        return self.standing.channel

    @property
    def recharge(self) -> AutoRecharge | None:
        """What is bought by itself, where that is switched on."""
        return self.standing.recharge

    @property
    def left(self) -> Left:
        return self.standing.left


def cards_of(these: list[Standing], tenant: Tenant, now: datetime) -> list[ChannelCard]:
    """`these` know the pace. No query."""
    return [
        ChannelCard(
            one,
            words.follows(one),
            words.renews_words(one, tenant, now),
            words.lasts_words(one, _forecast(one, tenant, now), tenant, now),
        )
        for one in these
    ]


def _forecast(one: Standing, tenant: Tenant, now: datetime) -> Forecast | None:
    if one.left.month_left is None:
        return None
    supply = Supply(one.left.month_left, one.left.ceiling, one.left.purchased)
    return forecast(supply, one.pace, tenant.plan_started_at, now)
