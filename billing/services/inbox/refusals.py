"""How many notifications were refused, and why. Counted in the cache by the hour, so that a flood costs no row.

The hours are the machine's: what strangers send does not follow a clock that can be moved. Without Redis each process
counts for itself.
"""

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from billing.gateways.catalogue import KINDS
from saas.core.errors import Sentence

log = logging.getLogger(__name__)
HOURS = 24
KEEP = (HOURS + 2) * 3600
OTHER = "other"
REASONS: dict[str, Sentence] = {
    "no signature": _("without a signature"),
    "bad signature": _("with a wrong signature"),
    "too old": _("too old"),
    "from the future": _("from the future"),
    "not json": _("not readable"),
    "no event": _("without an event"),
    "too large": _("too large"),
    "not a post": _("not a POST"),
    "not connected": _("while not connected"),
    OTHER: _("for another reason"),
}
"""Why a notification is refused, and how that follows a number."""


@dataclass(frozen=True)
class Refusals:
    """How many notifications of one gateway were refused for one reason."""

    gateway: str
    label: Sentence
    reason: str
    words: Sentence
    count: int


def count_refusal(gateway: str, reason: str, *, at: datetime) -> None:
    """One more. Addresses of no gateway are not counted, and a cache that does not answer counts nothing."""
    if gateway not in KINDS:
        return
    key = _key(gateway, reason if reason in REASONS else OTHER, at)
    try:
        if not cache.add(key, 1, KEEP):
            cache.incr(key)
    except ValueError:  # it ran out between the two
        return
    except Exception:
        log.exception("A refused notification was not counted")


def refused_lately(*, at: datetime) -> list[Refusals]:
    """What was refused in the last 24 hours, most first; nothing when the cache does not answer. No query."""
    hours = [at - timedelta(hours=back) for back in range(HOURS)]
    pairs = [
        (gateway, reason) for gateway, kind in KINDS.items() if kind.fields for reason in REASONS
    ]
    keys = {_key(*pair, hour): pair for pair in pairs for hour in hours}
    try:
        found = cache.get_many(keys)
    except Exception:
        log.exception("Refused notifications could not be read")
        return []
    sums: Counter[tuple[str, str]] = Counter()
    for key, value in found.items():
        sums[keys[key]] += value
    return [
        Refusals(gateway, KINDS[gateway].name, reason, REASONS[reason], count)
        for (gateway, reason), count in sums.most_common()
    ]


def _key(gateway: str, reason: str, at: datetime) -> str:
    return f"webhooks:refused:{gateway}:{reason.replace(' ', '-')}:{at:%Y%m%d%H}"
