"""What is owed to tenants in messages, and what top-ups have brought in. It only reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Sum
from django.db.models.functions import TruncMonth

from billing.models import Status
from credits.console.rows import channels, label_of
from credits.models import CreditAccount, PackPurchase
from credits.per_credit import per_credit
from saas.core.errors import Sentence
from saas.core.money import to_major
from saas.core.periods import add_months
from tenants import metering

MONTHS = 12
Figures = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Owed:
    """The unused purchased credits of one channel, of all tenants together."""

    channel: str
    unused: int
    debt: int
    """Credits that tenants have spent and that were taken back afterwards."""
    paid: int
    """What purchases of the channel have cost in all, in minor units; those that went back entirely left out."""
    bought: int
    """How many credits that was for."""
    currency: str

    @property
    def label(self) -> Sentence:
        return label_of(self.channel)

    @property
    def average(self) -> str:
        """What a credit was bought for on average; empty as long as nobody has bought one."""
        return per_credit(self.paid, self.bought, self.currency) if self.bought else ""

    @property
    def worth(self) -> int | None:
        """The unused ones at that price, in minor units, rounded half up; None without a price."""
        if not self.bought:
            return None
        return (2 * self.unused * self.paid + self.bought) // (2 * self.bought)

    def file_row(self) -> list[Any]:
        worth = None if self.worth is None else to_major(self.worth, self.currency)
        average = to_major(self.paid, self.currency) / self.bought if self.bought else None
        each = None if average is None else round(average, 6)
        return [self.label, self.unused, self.debt, each, worth, self.currency]


def liability(currency: str) -> list[Owed]:
    """Every channel, in their order. Two queries."""
    held = CreditAccount.objects.values("channel").annotate(
        unused=Sum("purchased_left"), owed=Sum("debt")
    )
    sold = (
        PackPurchase.objects.filter(payment__currency=currency, payment__status=Status.PAID)
        .values("channel")
        .annotate(paid=Sum("payment__amount"), in_all=Sum(F("credits") * F("quantity")))
    )
    accounts: Figures = {row["channel"]: dict(row) for row in held}
    purchases: Figures = {row["channel"]: dict(row) for row in sold}
    found = []
    for channel in channels_of(accounts, purchases):
        has, was = accounts.get(channel, {}), purchases.get(channel, {})
        held_and_paid = (
            has.get("unused", 0),
            has.get("owed", 0),
            was.get("paid", 0),
            was.get("in_all", 0),
        )
        found.append(Owed(channel, *held_and_paid, currency))
    return found


@dataclass(frozen=True)
class Month:
    """What top-ups that were paid in one month (UTC) have brought, less what went back of them since."""

    start: datetime
    by_channel: dict[str, int]
    """In minor units, every channel of the table in its order."""

    @property
    def total(self) -> int:
        return sum(self.by_channel.values())

    def file_row(self, currency: str) -> list[Any]:
        every = [*self.by_channel.values(), self.total]
        return [f"{self.start:%Y-%m}", *(to_major(one, currency) for one in every), currency]


@dataclass(frozen=True)
class Revenue:
    """The last MONTHS months, the present one last."""

    months: list[Month]
    channels: list[str]
    currency: str

    @property
    def labels(self) -> list[Sentence]:
        return [label_of(channel) for channel in self.channels]

    @property
    def total(self) -> int:
        return sum(month.total for month in self.months)

    @property
    def now(self) -> Month:
        return self.months[-1]

    @property
    def newest_first(self) -> Iterator[Month]:
        return reversed(self.months)

    @property
    def totals(self) -> list[int]:
        """Of each channel."""
        return [sum(month.by_channel[one] for month in self.months) for one in self.channels]


def revenue(currency: str, now: datetime) -> Revenue:
    """One query."""
    this = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    starts = [add_months(this, -back) for back in reversed(range(MONTHS))]
    paid = PackPurchase.objects.filter(
        payment__currency=currency,
        payment__paid_at__gte=starts[0],
        payment__paid_at__lt=add_months(this, 1),
    )
    by_month = paid.annotate(month=TruncMonth("payment__paid_at", tzinfo=UTC))
    summed = by_month.values_list("month", "channel").annotate(
        money=Sum(F("payment__amount") - F("payment__refunded"))
    )
    found = {(month, channel): money for month, channel, money in summed.order_by()}
    channels = channels_of({channel: None for _month, channel in found})
    months = [
        Month(start, {channel: found.get((start, channel), 0) for channel in channels})
        for start in starts
    ]
    return Revenue(months, channels, currency)


def channels_of(*found: dict[str, Any]) -> list[str]:
    """Every channel that there is, and those that there were."""
    gone = {channel for one in found for channel in one} - set(metering.channels)
    return [*(one.key for one in channels()), *sorted(gone)]
