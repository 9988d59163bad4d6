"""Telling somebody who may be slow or away, without waiting for it."""

import logging
import os
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Nudge:
    """Calls `send` soon after each `give`, in a thread of its own: once for all that came within `pause` seconds.

    For a message that says no more than “look, there is something”. When `send` raises, or the process ends, it is
    lost: whoever is told has to look by itself now and then.
    """

    def __init__(self, send: Callable[[], object], *, pause: float = 0.05) -> None:
        self._send, self._pause = send, pause
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pid = 0

    def give(self) -> None:
        """Returns at once."""
        self._wanted.set()
        if self._pid != os.getpid():  # a thread does not live on in a forked process
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._pid == os.getpid():
                return
            self._pid = os.getpid()
            self._thread = threading.Thread(target=self._work, name="nudge", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while self._wanted.wait():
            self._wanted.clear()
            try:
                self._send()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next one is tried
                log.warning("Nobody could be told of new work: %s", error)
            time.sleep(self._pause)
