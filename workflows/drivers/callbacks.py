"""Where carriers call us, and the small things that their drivers share."""

import json
from collections.abc import Sequence

from django.conf import settings


def address(driver_key: str) -> str:
    """What is to be entered at the carrier, and what it signs: the platform’s address as the internet knows it."""
    return f"{settings.PLATFORM_URL}/webhooks/messages/{driver_key}/"


def numbered(texts: Sequence[str]) -> str:
    """{"1": first, …} as JSON: the parameters of a template."""
    return json.dumps({str(number): text for number, text in enumerate(texts, 1)})
