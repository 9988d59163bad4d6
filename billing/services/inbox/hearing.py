"""Whether a notification is genuine, in as little time as it takes.

The secrets of a gateway are kept in this process for a few seconds, so that a burst of notifications asks for them
once. That is correct while secrets are changed: an old one stays valid for a while by itself, and one that is not
known yet makes the stored ones be read again, before anything is refused. What was taken away, a secret or the whole
gateway, is honoured for those few seconds more.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from billing.gateways.base import HostedGateway, NotGenuine, Notification
from billing.services.gateways import Listening, listen_to

FRESH = 5.0
"""Seconds for which what was read is used without another look."""
NOT_AGAIN_FOR = 1.0
"""Seconds within which bad signatures do not make it be read again: a flood of them must not become one of queries."""
BAD_SIGNATURE = "bad signature"


@dataclass(frozen=True)
class Known:
    listening: Listening
    read_at: float

    @property
    def age(self) -> float:
        return time.monotonic() - self.read_at


@dataclass(frozen=True)
class Heard:
    """A genuine notification. `environment` is the one that its gateway is set to at present.

    `has_keys` says whether the environment that it was sent from has keys here, and signed it with its own secret.
    """

    notification: Notification
    environment: str
    has_keys: bool


_known: dict[str, Known] = {}


def hear(gateway: str, body: bytes, headers: Mapping[str, str], signed_at: datetime) -> Heard:
    """The notification in `body`. Raises NotGenuine, and NotConnected where nobody can verify it."""
    known = _known.get(gateway)
    if known is None or known.age > FRESH:
        known = _read(gateway)
    try:
        return _verify(known.listening, body, headers, signed_at)
    except NotGenuine as error:
        if error.reason != BAD_SIGNATURE or known.age < NOT_AGAIN_FOR:
            raise
    return _verify(_read(gateway).listening, body, headers, signed_at)


def forget() -> None:
    """The next notification has the stored secrets read."""
    _known.clear()


def _read(gateway: str) -> Known:
    _known.pop(gateway, None)  # where reading raises, nothing is kept
    known = Known(listen_to(gateway), time.monotonic())
    _known[gateway] = known
    return known


def _verify(
    listening: Listening, body: bytes, headers: Mapping[str, str], signed_at: datetime
) -> Heard:
    """By the gateway as it is set up now, else as it is for its other environment: that one's end may still send."""
    try:
        found = listening.present.verify(body, headers, signed_at)
    except NotGenuine as error:
        if error.reason != BAD_SIGNATURE:
            raise
        others = (_verify_other(one, body, headers, signed_at) for one in listening.others)
        other = next(filter(None, others), None)
        if other is None:
            raise
        return Heard(other, listening.present.environment, has_keys=True)
    present = listening.present.environment
    return Heard(found, present, has_keys=found.environment == present)


def _verify_other(
    gateway: HostedGateway, body: bytes, headers: Mapping[str, str], signed_at: datetime
) -> Notification | None:
    """What `gateway` takes for genuine, of its own environment alone."""
    try:
        found = gateway.verify(body, headers, signed_at)
    except NotGenuine:
        return None
    return found if found.environment == gateway.environment else None
