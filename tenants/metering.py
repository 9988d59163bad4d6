"""Who says whether, and from what, a message is paid. One meter is in use; an add-on may put its own in place.

Below whoever sends and whoever sells: `workflows` asks, and neither knows of `credits`, which registers itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import QuerySet

from saas.core.errors import Sentence
from tenants.models import Tenant


@dataclass(frozen=True)
class MeteredChannel:
    """A channel whose messages a plan counts: by the limit `limit` per month, behind the feature `capability`.

    `noun` is what one pays for, of many: “SMS”, “e-mails”.
    """

    key: str
    label: Sentence
    capability: str
    limit: str
    icon: str = "messages-square"
    noun: Sentence = ""


@dataclass(frozen=True)
class Item:
    """What is to be paid: `units` of a message, once under its `key`, however often it is asked."""

    key: str
    units: int


@dataclass(frozen=True)
class Charge:
    """What it was paid from, in units. All zero where the plan has no ceiling."""

    from_month: int = 0
    from_purchased: int = 0


@dataclass(frozen=True)
class Stock:
    """What is left of a channel, in units; `total` None for without limit. `ceiling` is the month's, -1 for unlimited.

    `more_url`: the path below the tenant's host where more can be bought; empty where it cannot.
    """

    ceiling: int
    total: int | None
    renews_at: datetime
    more_url: str = ""


class Meter(Protocol):
    """Every method may be called again with the same keys: the first time counts."""

    def charge(
        self, tenant: Tenant, channel: str, items: Sequence[Item], now: datetime
    ) -> Sequence[Charge | None]:
        """What each item was paid from, in order; None for one that nothing is left for, and nothing is taken then.

        Later, smaller items may still be paid. Emits `credits.exhausted` once when nothing is left for an item.
        """

    def give_back(self, tenant: Tenant, channel: str, keys: Sequence[str], now: datetime) -> None:
        """What was taken under `keys` is back where it came from; a month's part only within that month (D14)."""

    def used(self, tenant: Any, channel: str, now: datetime) -> "QuerySet[Any]":
        """The row or none that holds what is used of this month's allowance, as `used`."""

    def stocks(self, tenant: Tenant, now: datetime) -> Mapping[str, Stock]:
        """What is left of every channel, by its key."""


channels: dict[str, MeteredChannel] = {}
_meters: list[Meter] = []


def register_channel(*metered: MeteredChannel) -> None:
    """Raises ValueError for a channel that is there already."""
    for one in metered:
        if one.key in channels:
            raise ValueError(f"The channel {one.key} is metered already.")
        channels[one.key] = one


def register_meter(meter: Meter) -> None:
    """From now on `meter` is asked, in place of the one before."""
    _meters.append(meter)


def meter() -> Meter:
    """The one in use: the last that was registered."""
    return _meters[-1]
