"""Whether a notification comes from PayPal: its signature on the raw body, by PayPal's own certificate.

https://developer.paypal.com/api/rest/webhooks/rest/. What is signed is “id of the transmission|its time|id of the
webhook|CRC32 of the body”. That is checked here, without asking PayPal; it is asked only where its certificate cannot
be fetched or judged.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from billing.gateways.base import GatewayRefused, GatewayUnavailable, NotGenuine, Notification
from billing.gateways.paypal import certificates
from billing.gateways.paypal.client import Client
from billing.gateways.paypal.reading import object_of

OLDEST, AHEAD = 4 * 24 * 3600, 300
"""Seconds that a transmission may be old, for PayPal tries for three days, and its clock be ahead of ours.

One that is sent again by somebody else is known by its id, and changes nothing.
"""
SIGNED_BY, SIGNED_BEFORE = "webhook_secret", "old_webhook_secret"
"""PayPal has no secret for this: it is the id of the webhook that only we and PayPal sign with."""
ALGORITHM = "SHA256withRSA"
LONGEST = 1000
_questions = certificates.Allowance(30)


@dataclass(frozen=True)
class Mark:
    """What the headers say of a transmission."""

    id: str
    time: str
    signature: str
    certificate: str


def verified(
    body: bytes,
    headers: Mapping[str, str],
    secrets: Mapping[str, str],
    now: datetime,
    *,
    client: Client,
    is_double: bool = False,
) -> dict[str, Any]:
    """The event in `body`. Raises NotGenuine."""
    mark = mark_in(headers)
    _check_time(mark, now)
    try:
        key = certificates.key_at(mark.certificate, now, client.base_url if is_double else "")
    except certificates.NotPayPals:
        raise NotGenuine("bad signature") from None
    except certificates.CannotJudge:
        return _asked(body, headers, mark, valid_ids(secrets, now), client)
    for webhook_id in valid_ids(secrets, now):
        try:
            key.verify(_bytes(mark.signature), signed(mark, webhook_id, body), PKCS1v15(), SHA256())
        except InvalidSignature:
            continue
        return _event(body)
    raise NotGenuine("bad signature")


def signed(mark: Mark, webhook_id: str, body: bytes) -> bytes:
    return f"{mark.id}|{mark.time}|{webhook_id}|{zlib.crc32(body)}".encode()


def mark_in(headers: Mapping[str, str]) -> Mark:
    """Raises NotGenuine where anything is missing."""
    given = {name.lower(): value for name, value in headers.items()}
    begin = "paypal-transmission-"
    mark = Mark(
        given.get(f"{begin}id", ""),
        given.get(f"{begin}time", ""),
        given.get(f"{begin}sig", ""),
        given.get("paypal-cert-url", ""),
    )
    parts = (mark.id, mark.time, mark.signature, mark.certificate)
    is_whole = all(part and part.isascii() and len(part) <= LONGEST for part in parts)
    if not is_whole or given.get("paypal-auth-algo", ALGORITHM).upper() != ALGORITHM.upper():
        raise NotGenuine("no signature")
    return mark


def _bytes(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except ValueError:
        raise NotGenuine("bad signature") from None


def _check_time(mark: Mark, now: datetime) -> None:
    try:
        at = datetime.fromisoformat(mark.time)
    except ValueError:
        raise NotGenuine("no signature") from None
    age = (now - (at if at.tzinfo else at.replace(tzinfo=UTC))).total_seconds()
    if age > OLDEST:
        raise NotGenuine("too old")
    if age < -AHEAD:
        raise NotGenuine("from the future")


def valid_ids(secrets: Mapping[str, str], now: datetime) -> list[str]:
    """The id of the webhook, and the one before it as long as that was said to stay valid."""
    found = [secrets.get(SIGNED_BY, "")]
    try:
        until = datetime.fromisoformat(secrets.get(f"{SIGNED_BEFORE}_until", ""))
    except ValueError:
        until = None
    if until and until.tzinfo and now < until:
        found.append(secrets.get(SIGNED_BEFORE, ""))
    return [one for one in found if one.strip()]


def _asked(
    body: bytes, headers: Mapping[str, str], mark: Mark, webhook_ids: list[str], client: Client
) -> dict[str, Any]:
    """The event in `body`, where PayPal says that it has sent it. Raises NotGenuine."""
    event = _event(body)
    if not _questions.take():
        raise NotGenuine("bad signature")
    for webhook_id in webhook_ids:
        question = {
            "auth_algo": ALGORITHM,
            "cert_url": mark.certificate,
            "transmission_id": mark.id,
            "transmission_sig": mark.signature,
            "transmission_time": mark.time,
            "webhook_id": webhook_id,
        }
        # The body as it came: written anew, it would have another checksum.
        whole = json.dumps(question).encode()[:-1] + b', "webhook_event": ' + body + b"}"
        try:
            answer = client.post("/v1/notifications/verify-webhook-signature", whole)
        except (GatewayRefused, GatewayUnavailable):
            continue
        if answer.get("verification_status") == "SUCCESS":
            return event
    raise NotGenuine("bad signature")


def _event(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise NotGenuine("not json") from None
    if not isinstance(event, dict) or not isinstance(event.get("event_type"), str):
        raise NotGenuine("no event")
    if not isinstance(event.get("id"), str) or not 0 < len(event["id"]) <= 255:
        raise NotGenuine("no event")
    return event


def notification(event: dict[str, Any], environment: str) -> Notification:
    """`event` as the inbox keeps it. Each environment has a webhook of its own, whose id is part of what is signed."""
    resource = event.get("resource")
    kind = event["event_type"]
    name = object_of(kind, resource) if isinstance(resource, dict) else ""
    return Notification(
        event_id=event["id"],
        kind=kind[:80],
        object_id=name[:255],
        environment=environment,
        payload=event,
        occurred_at=_time(event.get("create_time")),
    )


def _time(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None
