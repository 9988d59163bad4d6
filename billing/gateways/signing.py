"""What checking the signature of a notification needs, whoever sent it."""

from collections.abc import Mapping
from datetime import datetime

SIGNED_BY, SIGNED_BEFORE = "webhook_secret", "old_webhook_secret"


def header(headers: Mapping[str, str], name: str) -> str:
    """The value of the header `name` (lower case); empty where there is none."""
    return next((value for key, value in headers.items() if key.lower() == name), "")


def valid_secrets(secrets: Mapping[str, str], now: datetime) -> list[str]:
    """The secret, and the one before it as long as that was said to stay valid."""
    return [
        secret
        for secret in (secrets.get(SIGNED_BY, ""), _still_valid(secrets, now))
        if secret.strip()
    ]


def _still_valid(secrets: Mapping[str, str], now: datetime) -> str:
    try:
        until = datetime.fromisoformat(secrets.get(f"{SIGNED_BEFORE}_until", ""))
    except ValueError:
        return ""
    is_valid = until.tzinfo is not None and now < until
    return secrets.get(SIGNED_BEFORE, "") if is_valid else ""
