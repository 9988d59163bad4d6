"""Messages that wait because nothing is left to pay for them. Whoever sends registers here, whoever sells asks here.

Without one, nothing waits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tenants.models import Tenant


@dataclass(frozen=True)
class Waiting:
    """Of one channel: how many messages, and the units that the smallest of them needs."""

    count: int = 0
    least: int = 0


NOTHING = Waiting()
Count = Callable[[Tenant], Mapping[str, Waiting]]
"""(tenant) → by channel, what waits. One query."""
Address = Callable[[str], str]
"""(channel) → a path below the tenant's host."""


@dataclass(frozen=True)
class _Place:
    count: Count
    url: Address
    send_url: Address


_places: list[_Place] = []


def register(*, count: Count, url: Address, send_url: Address) -> None:
    """Make them known: how many wait, the page where they stand, and where a POST sends them (the oldest first)."""
    _places.append(_Place(count, url, send_url))


def waiting_of(tenant: Tenant) -> Mapping[str, Waiting]:
    """By channel; a channel on which nothing waits is left out. One query."""
    return _places[-1].count(tenant) if _places else {}


def url_of(channel: str) -> str:
    """The page where they stand; empty where there is none."""
    return _places[-1].url(channel) if _places else ""


def send_url_of(channel: str) -> str:
    """Where a POST sends them; empty where there is none."""
    return _places[-1].send_url(channel) if _places else ""
