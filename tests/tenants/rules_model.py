"""The rules of limits, pausing, overrides and keep-lists in plain Python: what the product is held against."""

from dataclasses import dataclass, field
from datetime import datetime

KINDS = ("staff", "services")


@dataclass
class Row:
    key: int
    born: datetime
    active: bool = True
    paused: bool = False

    @property
    def running(self) -> bool:
        return self.active and not self.paused

    @property
    def age(self) -> tuple[datetime, int]:
        return self.born, self.key


@dataclass
class Terms:
    """A plan."""

    limits: dict[str, int]
    features: dict[str, bool]


@dataclass
class Business:
    """A tenant: its plan, what is overridden, what it wants to keep, its rows by kind."""

    terms: Terms
    overrides: dict[tuple[str, str], tuple[int | bool, datetime | None]] = field(
        default_factory=dict
    )
    keep: dict[str, set[int]] = field(default_factory=dict)
    rows: dict[str, dict[int, Row]] = field(default_factory=lambda: {kind: {} for kind in KINDS})

    def _value(self, where: str, kind: str, now: datetime) -> int | bool:
        value, until = self.overrides.get((where, kind), (None, None))
        if value is None or (until is not None and until <= now):
            return getattr(self.terms, where)[kind]
        return value

    def ceiling(self, kind: str, now: datetime) -> int:
        return int(self._value("limits", kind, now))

    def can(self, kind: str, now: datetime) -> bool:
        return bool(self._value("features", kind, now))

    def running(self, kind: str) -> list[Row]:
        return [row for row in self.rows[kind].values() if row.running]

    def has_room(self, kind: str, now: datetime) -> bool:
        ceiling = self.ceiling(kind, now)
        return ceiling == -1 or len(self.running(kind)) < ceiling

    def fit(self, now: datetime) -> dict[str, tuple[set[int], set[int]]]:
        """Pause and resume; by kind, the keys of whom."""
        done = {}
        for kind in KINDS:
            if self.can(kind, now) and any(change := self._fit(kind, self.ceiling(kind, now))):
                done[kind] = change
        return done

    def _fit(self, kind: str, ceiling: int) -> tuple[set[int], set[int]]:
        running = self.running(kind)
        if ceiling != -1 and len(running) > ceiling:
            keep = self.keep.pop(kind, set())
            running.sort(key=lambda row: (row.key not in keep, row.age))
            for row in running[ceiling:]:
                row.paused = True
            return {row.key for row in running[ceiling:]}, set()
        waiting = [row for row in self.rows[kind].values() if row.active and row.paused]
        waiting.sort(key=lambda row: row.age)
        back = waiting if ceiling == -1 else waiting[: ceiling - len(running)]
        for row in back:
            row.paused = False
        return set(), {row.key for row in back}
