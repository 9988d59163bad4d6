"""Ctrl-C for us alone, and not for the `make` above us, which would call it an error."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def own_foreground() -> Iterator[None]:
    """While inside, this process is the terminal's foreground group by itself.

    Without a terminal, or when we lead a group already, nothing changes. On leaving, the group that
    had the terminal gets it back.
    """
    try:
        terminal = sys.stdin.fileno()
        before = os.tcgetpgrp(terminal)
    except (OSError, ValueError, AttributeError):
        yield
        return
    if before != os.getpgrp() or os.getpid() == os.getpgrp():
        yield
        return
    stops = (signal.SIGTTOU, signal.SIGTSTP)  # Ctrl-Z would stop us behind make's back
    handlers = [signal.signal(number, signal.SIG_IGN) for number in stops]
    os.setpgid(0, 0)
    os.tcsetpgrp(terminal, os.getpgrp())
    try:
        yield
    finally:
        with suppress(OSError):
            os.tcsetpgrp(terminal, before)
        for number, handler in zip(stops, handlers, strict=True):
            signal.signal(number, handler)
