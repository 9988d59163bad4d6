"""Messages that wait because nothing is left to pay for them. Whoever sends registers here, whoever sells asks here.

Without one, nothing waits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from saas.core.rows import fetch
from tenants.models import Tenant

NONE = "SELECT NULL::text AS channel, 0 AS count, 0 AS least WHERE false"


@dataclass(frozen=True)
class Waiting:
    """Of one channel: how many messages, and the units that the smallest of them needs."""

    count: int = 0
    least: int = 0


NOTHING = Waiting()
Address = Callable[[str], str]
"""(channel) → a path below the tenant's host."""


@dataclass(frozen=True)
class _Place:
    statement: str
    url: Address
    send_url: Address


_places: list[_Place] = []


def register(*, statement: str, url: Address, send_url: Address) -> None:
    """Make them known: how many wait, the page where they stand, and where a POST sends them (the oldest first).

    `statement`, of %(tenant)s: by channel, their `count` and the units that the `least` of them needs.
    """
    _places.append(_Place(statement, url, send_url))


def statement() -> str:
    """Rows of channel, count, least for %(tenant)s, to be asked beside something else; none where nothing waits."""
    return _places[-1].statement if _places else NONE


def waiting_of(tenant: Tenant) -> Mapping[str, Waiting]:
    """By channel; a channel on which nothing waits is left out. One query."""
    rows = fetch(statement(), {"tenant": tenant.pk})
    return {channel: Waiting(count, least) for channel, count, least in rows}


def url_of(channel: str) -> str:
    """The page where they stand; empty where there is none."""
    return _places[-1].url(channel) if _places else ""


def send_url_of(channel: str) -> str:
    """Where a POST sends them; empty where there is none."""
    return _places[-1].send_url(channel) if _places else ""
