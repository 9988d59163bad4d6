"""The one place that reads the time. Rules take `now`; only views, tasks and commands call this.

In the demo and in tests the time can be moved forward, so that trials end and renewals fall due while one watches.
How far is in the file `clock` below VAR_DIR, for all processes alike. In production the time is the machine's,
whatever lies there.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from saas.core.moved_clock import NOT_MOVED, MovedClock
from saas.core.moved_clock import CannotMove as CannotMove


def now() -> datetime:
    """The present instant, aware, in UTC: for everything that is sold, counted or falls due."""
    return true_now() + offset()


def true_now() -> datetime:
    """The machine's instant, which nobody moves: for what guards, such as the notes of a hand-off.

    What lasts a minute, or an hour, lasts that long in the life of whoever sits there.
    """
    return datetime.now(UTC)  # noqa: TID251 - here, and nowhere else


def offset() -> timedelta:
    """How far `now` is ahead of the machine's time; nothing in production."""
    return _moved_clock(settings.VAR_DIR).offset() if settings.DEMO else NOT_MOVED


def move_to(instant: datetime) -> None:
    """From now on, in all processes, `now` is `instant` or up to a second later.

    Raises CannotMove unless that is ahead of `now`, within 100 years; ImproperlyConfigured in production.
    """
    _changeable().move_to(instant, true_now=true_now())


def reset() -> None:
    """`now` is the machine's time again. Only for data that are made anew: what was stored lies ahead of it.

    Raises ImproperlyConfigured in production.
    """
    _changeable().reset()


def _changeable() -> MovedClock:
    if not settings.DEMO:
        raise ImproperlyConfigured("Only the time of the demo and of tests can be moved.")
    return _moved_clock(settings.VAR_DIR)


@lru_cache(maxsize=8)
def _moved_clock(folder: Path) -> MovedClock:
    return MovedClock(folder / "clock")
