"""Where carriers call us, and the small things that their drivers share."""

import json
from collections.abc import Sequence
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings

KEY = "key"
"""Name in the query."""


def address(driver_key: str) -> str:
    """What is to be entered at the carrier, and what it signs: the platform’s address as the internet knows it."""
    return f"{settings.PLATFORM_URL}/webhooks/messages/{driver_key}/"


def address_about(driver_key: str, message_key: str) -> str:
    """The same for news of one message: where there is nothing else to carry its key."""
    return f"{address(driver_key)}?{urlencode({KEY: message_key})}"


def key_in(url: str) -> str:
    """The message's key in an address of `address_about`; empty in any other."""
    return next(iter(parse_qs(urlsplit(url).query).get(KEY, [])), "")


def numbered(texts: Sequence[str]) -> str:
    """{"1": first, …} as JSON: the parameters of a template."""
    return json.dumps({str(number): text for number, text in enumerate(texts, 1)})
