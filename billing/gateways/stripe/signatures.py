"""Whether a notification comes from Stripe: its signature on the raw body, and its time.

https://docs.stripe.com/webhooks#verify-manually. Checked here and not by the SDK, which takes a time that is far ahead.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from billing.gateways.base import NotGenuine, Notification
from billing.gateways.signing import header, valid_secrets

HEADER = "stripe-signature"
TOLERANCE = 300
"""Seconds that our clock and Stripe's may be apart, in both directions."""
MOST_MARKS = 10
"""Signatures that are looked at: Stripe sends one for each secret that is valid, so one or two."""


def verified(
    body: bytes, headers: Mapping[str, str], secrets: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """The event in `body`. Raises NotGenuine."""
    check_signature(body, header(headers, HEADER), valid_secrets(secrets, now), now)
    return _event(body)


def check_signature(body: bytes, signature: str, secrets: Iterable[str], now: datetime) -> None:
    """Return when one of `secrets` signed `body` a moment ago. Raises NotGenuine."""
    stamp, marks = _parts(signature)
    signed = f"{stamp}.".encode() + body
    own = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    if not any(hmac.compare_digest(ours, theirs) for ours in own for theirs in marks):
        raise NotGenuine("bad signature")
    age = now.timestamp() - int(stamp)
    if age > TOLERANCE:
        raise NotGenuine("too old")
    if age < -TOLERANCE:
        raise NotGenuine("from the future")


def _parts(signature: str) -> tuple[str, list[str]]:
    """(time, signatures) of `t=…,v1=…,v1=…`; other schemes are left out. Raises NotGenuine."""
    stamp, marks = "", []
    for part in signature.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            stamp = value
        elif name == "v1" and value.isascii():
            marks.append(value)
    if not marks or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise NotGenuine("no signature")
    return stamp, marks[:MOST_MARKS]


def _event(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise NotGenuine("not json") from None
    if not isinstance(event, dict) or event.get("object") != "event":
        raise NotGenuine("no event")
    if not isinstance(event.get("id"), str) or not 0 < len(event["id"]) <= 255:
        raise NotGenuine("no event")
    return event


def notification(event: dict[str, Any], environment: str) -> Notification:
    """`event` as the inbox keeps it. A double's is of the double's environment; else `livemode` decides."""
    data = event.get("data")
    about = data.get("object") if isinstance(data, dict) else None
    object_id = about.get("id") if isinstance(about, dict) else ""
    created: Any = event.get("created")
    if environment != "sandbox":
        environment = "live" if event.get("livemode") is True else "test"
    return Notification(
        event_id=event["id"],
        kind=str(event.get("type") or "")[:80],
        object_id=str(object_id or "")[:255],
        environment=environment,
        payload=event,
        occurred_at=datetime.fromtimestamp(created, UTC) if _is_time(created) else None,
    )


def _is_time(created: object) -> bool:
    return type(created) is int and 0 < created < 32_503_680_000  # the year 3000
