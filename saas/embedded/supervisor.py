"""Starts children in order, shows their lines, restarts what dies, and stops all of them in order.

One thread and one loop: children are tied to the life of the thread that started them, and an idle
supervisor costs neither time nor memory.
"""

import os
import selectors
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from saas.embedded.child import Child, Running, start
from saas.embedded.console import Stop, log_line, notice
from saas.embedded.lifeline import Undertaker

QUICK_DEATH = 10.0  # seconds: a child that lives longer has started properly
GIVE_UP_AFTER = 5  # quick deaths in a row
LONGEST_PAUSE = 30.0  # seconds between two restarts


class Interrupted(Exception):
    """Someone asked us to stop (Ctrl-C, SIGTERM, the terminal was closed)."""


class Supervisor:
    """Owns the children. Use as a context manager: on the way out everything is stopped."""

    def __init__(self, *, first_pause: float = 0.5) -> None:
        self.running: list[Running] = []
        self.asked_to_stop = 0  # how often
        self.last_signal = signal.SIGTERM
        self._first_pause = first_pause
        self._quick_deaths: dict[str, int] = {}
        self._due: list[tuple[float, Child]] = []  # restarts that wait for their moment
        self._undertaker = Undertaker()
        self._selector = selectors.DefaultSelector()
        self._handlers: dict[int, object] = {}

    def __enter__(self) -> "Supervisor":
        # A signal ends the wait in select() by a byte in this pipe; no polling.
        self._wake, self._wake_writer = os.pipe()
        for end in (self._wake, self._wake_writer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            self._handlers[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *error: object) -> None:
        self.stop_all()
        self._undertaker.close()
        signal.set_wakeup_fd(-1)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._selector.close()
        os.close(self._wake)
        os.close(self._wake_writer)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self.asked_to_stop += 1
            self.last_signal = signal.Signals(number)

    def start(self, *children: Child) -> list[Running]:
        """Starts the children at once, without waiting for them."""
        new = []
        for child in children:
            running = start(child)
            self.running.append(running)
            self._undertaker.watch(running.process.pid, child.death_signal, group=child.tidy)
            if running.process.stdout is not None:
                self._selector.register(running.process.stdout, selectors.EVENT_READ, running)
            new.append(running)
        return new

    def start_and_wait(self, *children: Child, seconds: float = 60) -> None:
        """Starts the children; on return all of them are ready. Raises Stop, Interrupted."""
        waiting = self.start(*children)
        deadline = time.monotonic() + seconds
        while waiting:
            self.pump(0.02)
            for running in waiting:
                if not running.alive:
                    raise Stop(f"{running.name} did not start:\n{running.last_lines()}")
                ready = running.child.ready
                if ready is None or ready(running.process.pid):
                    self.pump(0)  # what was said on the way is not for the terminal
                    running.is_ready = True
            waiting = [running for running in waiting if not running.is_ready]
            if self.asked_to_stop:
                raise Interrupted
            if waiting and time.monotonic() > deadline:
                slow = waiting[0]
                raise Stop(f"{slow.name} was not ready in {seconds:.0f} s:\n{slow.last_lines()}")

    def run(self, child: Child) -> tuple[int, str]:
        """Runs a command to its end; returns its exit code and last lines. Raises Interrupted."""
        (running,) = self.start(child)
        while running.alive:
            self.pump(None)
            if self.asked_to_stop:
                raise Interrupted
        self._bury(running)
        return running.process.returncode, running.last_lines()

    def watch(self) -> None:
        """Keeps the children alive until someone asks us to stop. Raises Stop if one cannot live."""
        while not self.asked_to_stop:
            for running in [r for r in self.running if not r.alive]:
                self._bury(running)
                self._plan_restart(running)
            for moment, child in [due for due in self._due if due[0] <= time.monotonic()]:
                self._due.remove((moment, child))
                for running in self.start(child):
                    running.is_ready = True
            # Last, and after every look at who is alive: a death since then has left a byte to read.
            pause = min((moment for moment, _ in self._due), default=None)
            self.pump(None if pause is None else max(0.0, pause - time.monotonic()))

    def _plan_restart(self, running: Running) -> None:
        name, lived = running.name, running.lived()
        deaths = self._quick_deaths.get(name, 0) + 1 if lived < QUICK_DEATH else 1
        self._quick_deaths[name] = deaths
        if deaths >= GIVE_UP_AFTER:
            raise Stop(
                f"{name} ended {deaths} times in a row, so everything stops. "
                f"Its last lines:\n{running.last_lines()}"
            )
        pause = min(self._first_pause * 2 ** (deaths - 1), LONGEST_PAUSE)
        log_line(name, f"ended unexpectedly ({_outcome(running)}); starts again in {pause:g} s")
        self._due.append((time.monotonic() + pause, running.child))

    def pump(self, seconds: float | None) -> None:
        """Waits for lines or signals, at most `seconds`, and shows the lines."""
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                with suppress(BlockingIOError):
                    os.read(self._wake, 4096)
            elif not key.data.read():
                self._selector.unregister(key.fileobj)

    def _bury(self, running: Running) -> None:
        """Shows the last lines of an ended child and forgets it."""
        out = running.process.stdout
        if out is not None:
            if out in self._selector.get_map():
                running.read()
                self._selector.unregister(out)
            out.close()
        running.signal(signal.SIGKILL, group=True)  # what it may have left in its process group
        self._undertaker.forget(running.process.pid)
        self.running.remove(running)

    def stop_all(self) -> None:
        """Stops the children, the highest stage first. On return none is left."""
        self._due.clear()
        for stage in sorted({r.child.stage for r in self.running}, reverse=True):
            self._stop([r for r in self.running if r.child.stage == stage])

    def _stop(self, leaving: list[Running]) -> None:
        asked = self.asked_to_stop
        for running in leaving:
            running.is_ready = False  # a quiet one is quiet again
            running.signal(running.child.stop_signal)
        deadline = time.monotonic() + max(r.child.stop_seconds for r in leaving)
        self._wait(leaving, lambda: time.monotonic() > deadline or self.asked_to_stop > asked)
        for running in [r for r in leaving if r.alive]:
            notice(f"{running.name} did not stop when asked; ending it.")
            running.signal(signal.SIGKILL, group=True)
        self._wait(leaving, lambda: False)
        for running in leaving:
            self._bury(running)

    def _wait(self, leaving: list[Running], enough: Callable[[], bool]) -> None:
        while any(r.alive for r in leaving) and not enough():
            self.pump(0.05)


def _outcome(running: Running) -> str:
    code = running.process.returncode
    return signal.Signals(-code).name if code and code < 0 else f"exit code {code}"
