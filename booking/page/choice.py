"""What has been chosen so far. It stands in the address, so every step is a page that can be reloaded and shared."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from booking.models import MOST_OF_ONE, MOST_PEOPLE
from booking.wall_clock import YEARS, read_day

INSTANT = "%Y%m%dT%H%MZ"
LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True)
class Choice:
    """The keys of what was chosen, and when. What an address says wrongly is as if it did not say it."""

    service: int = 0
    extras: tuple[tuple[int, int], ...] = ()
    people: int = 1
    location: int = 0
    staff: int = 0
    day: date | None = None
    at: datetime | None = None

    @classmethod
    def read(cls, data: Mapping[str, str]) -> "Choice":
        extras = {
            _number(name.removeprefix("extra_")): _number(data[name], MOST_OF_ONE)
            for name in data
            if name.startswith("extra_")
        }
        return cls(
            service=_number(data.get("service", "")),
            extras=tuple(sorted((pk, times) for pk, times in extras.items() if pk and times)),
            people=_number(data.get("people", ""), MOST_PEOPLE) or 1,
            location=_number(data.get("location", "")),
            staff=_number(data.get("staff", "")),
            day=read_day(data.get("day", "")),
            at=_instant(data.get("at", "")),
        )

    def pairs(self, *without: str) -> list[tuple[str, str]]:
        """Names and values, for an address or for hidden fields. Nothing for what was not chosen."""
        told: dict[str, Any] = {
            "service": self.service,
            **{f"extra_{pk}": times for pk, times in self.extras},
            "people": self.people if self.people > 1 else 0,
            "location": self.location,
            "staff": self.staff,
            "day": self.day.isoformat() if self.day else "",
            "at": self.at.astimezone(UTC).strftime(INSTANT) if self.at else "",
        }
        return [(name, str(value)) for name, value in told.items() if value and name not in without]

    def query(self, **changes: Any) -> str:
        """The same with `changes`, as an address says it: `?service=3&staff=4`."""
        return "?" + urlencode(replace(self, **changes).pairs())

    @property
    def quantities(self) -> dict[int, int]:
        return dict(self.extras)


def _number(text: str, most: int = LARGEST_KEY) -> int:
    """A whole number from 1 to `most`; 0 for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        return 0
    return int(text) if int(text) <= most else 0


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.strptime(text, INSTANT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return instant if instant.year in YEARS else None
