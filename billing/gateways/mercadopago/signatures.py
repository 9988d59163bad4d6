"""Whether a notification comes from Mercado Pago: its signature on what it is about, and its time.

https://www.mercadopago.com/developers/en/docs/your-integrations/notifications/webhooks. Checked here and not by the
SDK, whose validator takes a time in milliseconds for one in seconds. The body is not signed: only the id of what it is
about, the number of the request, and the time. So that id is all that is taken from it in earnest.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from billing.gateways.base import NotGenuine, Notification
from billing.gateways.signing import header, valid_secrets

AHEAD = timedelta(minutes=5)
"""How far Mercado Pago's clock may be before ours."""
BEHIND = timedelta(days=4)
"""How old a signature may be. An hour would do if each new attempt were signed anew, which is promised nowhere; they
go on for days. What is signed only says where to look, so that one who repeats it gains nothing."""
MILLISECONDS = 100_000_000_000
"""From this figure on a time is in milliseconds: in seconds it would be the year 5138."""
WORD = re.compile(r"[!-~]{1,100}")


def verified(
    body: bytes, headers: Mapping[str, str], secrets: Mapping[str, str], now: datetime
) -> tuple[dict[str, Any], str]:
    """The content of `body`, and the id of what it is about, as it was signed. Raises NotGenuine."""
    stamp, mark = _parts(header(headers, "x-signature"))
    content = _content(body)
    request_id = header(headers, "x-request-id").strip()
    own = valid_secrets(secrets, now)
    for object_id in _ids(content, headers.get(":path", "")):
        for written in dict.fromkeys((object_id, object_id.lower())):
            signed = manifest(written, request_id, stamp)
            if any(hmac.compare_digest(signature(signed, one), mark) for one in own):
                _check_time(int(stamp), now)
                return content, object_id
    raise NotGenuine("bad signature")


def manifest(object_id: str, request_id: str, stamp: str) -> str:
    """What is signed; a request without a number is signed without."""
    number = f"request-id:{request_id};" if request_id else ""
    return f"id:{object_id};{number}ts:{stamp};"


def signature(signed: str, secret: str) -> str:
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()


def _parts(value: str) -> tuple[str, str]:
    """(time, signature) of `ts=…,v1=…`. Raises NotGenuine."""
    found = dict(part.strip().partition("=")[::2] for part in value.split(","))
    stamp, mark = found.get("ts", "").strip(), found.get("v1", "").strip()
    is_time = stamp.isascii() and stamp.isdigit() and len(stamp) <= 15
    if not (is_time and mark and mark.isascii()):
        raise NotGenuine("no signature")
    return stamp, mark


def _check_time(stamp: int, now: datetime) -> None:
    seconds = stamp / 1000 if stamp >= MILLISECONDS else stamp
    age = timedelta(seconds=now.timestamp() - seconds)
    if age > BEHIND:
        raise NotGenuine("too old")
    if age < -AHEAD:
        raise NotGenuine("from the future")


def _content(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise NotGenuine("not json") from None
    if not isinstance(content, dict):
        raise NotGenuine("no event")
    return content


def _ids(content: dict[str, Any], path: str) -> Iterator[str]:
    """What the notification says that it is about: in its body, and in its address."""
    data = content.get("data")
    told = data.get("id") if isinstance(data, dict) else None
    for one in dict.fromkeys([_plain(told), *map(_plain, _asked(path))]):
        if one:
            yield one


def _asked(path: str) -> list[str]:
    try:
        asked = parse_qs(urlsplit(path).query, max_num_fields=50)
    except ValueError:
        return []
    return asked.get("data.id", [])[:1]


def notification(
    content: dict[str, Any], object_id: str, headers: Mapping[str, str], environment: str
) -> Notification:
    """It as the inbox keeps it. A double's is of the double's environment; else `live_mode` decides.

    The id is a part of its name: who repeats a signature about one thing cannot take the name of news about another.
    """
    name = _plain(content.get("id")) or _plain(header(headers, "x-request-id"))
    kind, action = _plain(content.get("type")), _plain(content.get("action"))
    if environment != "sandbox":
        environment = "live" if content.get("live_mode") is True else "test"
    return Notification(
        event_id=f"{name}:{object_id}",
        kind=(action if action.startswith(f"{kind}.") else kind)[:80],
        object_id=object_id,
        environment=environment,
        payload=content,
        occurred_at=_moment(content.get("date_created")),
    )


def _plain(value: Any) -> str:
    """A name or a number; empty for anything that is no word of plain letters, digits and signs."""
    text = str(value) if type(value) in {str, int} else ""
    return text if WORD.fullmatch(text) else ""


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else None
