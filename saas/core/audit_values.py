"""What the audit log keeps of a value: JSON that a person can read, and never a secret."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

SECRET = re.compile(
    r"password|passwd|secret|token|credential|(api|private|access|signing)_?key", re.IGNORECASE
)
"""Names whose values are hidden. Wide on purpose: a word too many only hides a value."""
HIDDEN = "•••"
Snapshot = dict[str, Any]


@dataclass(frozen=True)
class Hidden:
    """A secret: comparable, so that a change of it is seen, and neither printed nor written as JSON."""

    value: Any = field(repr=False)


def flat(path: str, value: Any, secret: Collection[str] = ()) -> Snapshot:
    """`value` as {path: plain value}, one entry for each leaf of an object or of a list that holds objects."""
    if isinstance(value, list | tuple) and any(
        isinstance(v, Mapping | list | tuple) for v in value
    ):
        value = dict(enumerate(value))
    if isinstance(value, Mapping):
        leaves = (flat(f"{path}.{key}", item, secret) for key, item in value.items())
        return {name: leaf for found in leaves for name, leaf in found.items()}
    return {path: Hidden(value) if _is_secret(path, value, secret) else plain(value)}


def _is_secret(path: str, value: Any, secret: Collection[str]) -> bool:
    """On, off and nothing give nothing away; bytes are encrypted or unreadable."""
    if value is None or isinstance(value, bool) or value in ("", b""):
        return False
    if isinstance(value, bytes | memoryview):
        return True
    return path in secret or path.split(".", 1)[0] in secret or bool(SECRET.search(path))


def plain(value: Any) -> Any:
    """`value` as JSON has it: dates in ISO 8601, decimals without trailing zeros, a row by its name."""
    match value:
        case None | bool() | int():
            return value
        case float() if math.isfinite(value):
            return value
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
    return _text(value).replace("\x00", "")


def _text(value: Any) -> str:
    match value:
        case Decimal() if value.is_finite():
            return f"{value.normalize():f}"
        case datetime() if value.tzinfo:
            return value.astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
    return str(value)


def shown(value: Any) -> Any:
    """What is written down: the value, or a mark in the place of a secret."""
    return HIDDEN if isinstance(value, Hidden) else value
