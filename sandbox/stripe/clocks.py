"""Where the sandbox takes the time from."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime: ...


class MovableClock:
    """Stands still until it is moved; for tests."""

    def __init__(self, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError("The clock must give aware datetimes.")
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move_to(self, now: datetime) -> None:
        """Never backwards: what was due then has been carried out."""
        if now < self._now:
            raise ValueError(f"The clock is at {self._now} and does not go back to {now}.")
        self._now = now

    def advance(self, by: timedelta) -> None:
        self.move_to(self._now + by)


class FileClock:
    """The real time plus the number of seconds that a text file holds; no file, no shift.

    The file is read again when it is another or has changed. A file that cannot be read as a number keeps the
    last shift: whoever writes it may be in the middle of it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._mark: tuple[int, int, int] | None = None
        self._shift = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self.shift(), UTC)

    def shift(self) -> float:
        if self._path is None:
            return 0.0
        try:
            found = self._path.stat()
            mark = (found.st_mtime_ns, found.st_size, found.st_ino)
            if mark != self._mark:
                self._shift, self._mark = float(self._path.read_text().strip() or 0), mark
        except FileNotFoundError:
            self._shift, self._mark = 0.0, None
        except ValueError:
            pass
        return self._shift
