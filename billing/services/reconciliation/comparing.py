"""What the comparisons with gateways have in common: where, from when, and how much time is left."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from billing.models import Environment
from billing.services.reconciliation.findings import Finding
from billing.services.ways import name_of

SECONDS = 200
"""Of all gateways together; a task of the worker has five minutes."""
Tell = Callable[[str], None]


def silent(_words: str) -> None:
    """Nobody wants to know how far it is."""


@dataclass
class Run:
    """One comparison: from when, as of when, and how much time is left."""

    now: datetime
    since: datetime
    tell: Tell = silent
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.until


@dataclass(frozen=True)
class Place:
    """One gateway in one of its environments."""

    gateway: str
    environment: str

    def __str__(self) -> str:
        name = str(name_of(self.gateway))
        if self.environment == Environment.LIVE:
            return name
        return f"{name} ({Environment(self.environment).label})"

    @property
    def own(self) -> dict[str, str]:
        """As filters."""
        return {"gateway": self.gateway, "environment": self.environment}

    def found(self, kind: str, text: str, **about: Any) -> Finding:
        """A difference with this gateway."""
        return Finding(kind, text, gateway=self.gateway, environment=self.environment, **about)
