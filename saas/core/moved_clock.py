"""How far the demo's time is ahead of the machine's: a number of seconds in a file that its processes share."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from saas.core.errors import Conflict

log = logging.getLogger(__name__)
NOT_MOVED, SECOND = timedelta(0), timedelta(seconds=1)
MOST = timedelta(days=100 * 365)
"""As far as the time goes: well inside the calendar."""
LONGEST = 40
"""Characters that are read of the file."""
Mark = tuple[int, int, int] | str
"""What tells one state of the file from another; where it cannot even be looked at, why."""


class CannotMove(Conflict):
    """The time goes forward only, and not for ever."""


class MovedClock:
    """The file at `path`: absent, the time is the machine's. Read again whenever it has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._name = str(path)
        self._seen: tuple[Mark | None, timedelta] = (None, NOT_MOVED)

    def offset(self) -> timedelta:
        """What to add to the machine's time, never negative. Costs one `stat` while nothing changes.

        A file that says no such number counts as none, and is logged once.
        """
        try:
            mark = _mark(os.stat(self._name))  # noqa: PTH116 - at every look at the clock; Path.stat is slower
        except FileNotFoundError:
            return NOT_MOVED
        except OSError as error:
            mark = str(error)
        seen, offset = self._seen  # both at once: another thread may be reading the file
        return offset if seen == mark else self._read(mark)

    def move_to(self, instant: datetime, *, true_now: datetime) -> None:
        """From now on the time is `instant`, or up to a second later. `true_now` is the machine's time.

        Raises CannotMove for an instant that is over, and for one a hundred years ahead.
        """
        with self._alone():
            if instant < true_now + self.offset():
                raise CannotMove(_("The time only moves forward. Choose a later moment."))
            if instant - true_now > MOST:
                raise CannotMove(_("That is too far ahead. Choose a moment within 100 years."))
            self._write(-((true_now - instant) // SECOND))  # rounded up

    def reset(self) -> None:
        """The time is the machine's again."""
        with self._alone():
            self.path.unlink(missing_ok=True)

    def _read(self, mark: Mark) -> timedelta:
        try:
            with self.path.open() as file:
                # Of the very file that is read: it may have been replaced since `mark` was taken.
                mark = _mark(os.fstat(file.fileno()))
                offset = _parse(file.read(LONGEST))
        except FileNotFoundError:
            return NOT_MOVED
        except (OSError, ValueError) as error:
            log.error("The time is not moved: %s is not readable as seconds. %s", self.path, error)  # noqa: TRY400
            offset = NOT_MOVED
        self._seen = mark, offset
        return offset

    def _write(self, seconds: int) -> None:
        """In one step: nobody reads half a number."""
        unfinished = self.path.with_name(f"{self.path.name}.part")
        unfinished.write_text(f"{seconds}\n")
        unfinished.replace(self.path)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time in all processes. The lock is on the folder and ends with its holder."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _mark(found: os.stat_result) -> Mark:
    """The inode too: a file put in place within one tick of the file system's clock may be as long as the last."""
    return found.st_mtime_ns, found.st_size, found.st_ino


def _parse(text: str) -> timedelta:
    seconds = float(text)
    if not 0 <= seconds <= MOST.total_seconds():
        raise ValueError(f"{seconds} is not from 0 to a hundred years.")
    return timedelta(seconds=seconds)
