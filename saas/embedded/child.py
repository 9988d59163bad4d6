"""One program that the supervisor runs: what it is, and its process while it lives."""

import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from saas.embedded import lifeline
from saas.embedded.console import log_line
from saas.embedded.paths import ROOT, Account


@dataclass(frozen=True)
class Child:
    """How to start a program, see that it is ready, and end it.

    `stage`: programs of a higher stage start later and stop earlier.
    `death_signal`: what it gets when the supervisor dies without stopping it.
    `quiet`: its lines before it is ready are shown only if it fails to start.
    `tidy`: False hands on our terminal and process group, as for a person's own command.
    """

    name: str
    command: list[str]
    env: Mapping[str, str] | None = None
    cwd: Path = ROOT
    account: Account | None = None
    stage: int = 1
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 4
    ready: Callable[[int], bool] | None = None  # asked with the process id
    stdin: bytes = b""
    quiet: bool = False
    log_file: Path | None = None
    tidy: bool = True


@dataclass(eq=False)
class Running:
    """A started child. `tail` holds its last lines, for the message when it fails."""

    child: Child
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=15))
    is_ready: bool = False
    _rest: bytes = b""

    @property
    def name(self) -> str:
        return self.child.name

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def lived(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def read(self) -> bool:
        """Takes over what the child has written. False when nothing more will come."""
        out = self.process.stdout
        if out is None:
            return False
        try:
            data = os.read(out.fileno(), 65536)
        except BlockingIOError:
            return True
        *lines, self._rest = (self._rest + data).split(b"\n")
        if not data and self._rest:
            lines, self._rest = [self._rest], b""
        for line in lines:
            self._take(line.decode(errors="replace").rstrip())
        return bool(data)

    def _take(self, line: str) -> None:
        self.tail.append(line)
        if self.is_ready or not self.child.quiet:
            log_line(self.name, line)

    def last_lines(self) -> str:
        lines = list(self.tail)
        if self.child.log_file is not None:
            with suppress(OSError):
                lines = self.child.log_file.read_text(errors="replace").splitlines()[-15:]
        return "\n".join(f"  {line}" for line in lines)

    def signal(self, number: signal.Signals, *, group: bool = False) -> None:
        """Sends a signal; a child that is already gone is no error."""
        with suppress(ProcessLookupError, PermissionError):
            if group and self.child.tidy:
                os.killpg(self.process.pid, number)
            elif self.alive:
                os.kill(self.process.pid, number)


def start(child: Child) -> Running:
    """Starts `child` in a session of its own (Ctrl-C reaches us alone), tied to our life."""
    options: dict[str, object] = {}
    if child.account:
        options |= {"user": child.account.uid, "group": child.account.gid, "extra_groups": []}
    if child.tidy:
        options |= {"stdin": subprocess.PIPE, "start_new_session": True}
        options |= {"stderr": subprocess.STDOUT, "stdout": subprocess.PIPE}
    if child.log_file is not None:
        options["stdout"] = child.log_file.open("wb")
    process: subprocess.Popen[bytes] = subprocess.Popen(  # type: ignore[call-overload]
        child.command,
        cwd=child.cwd,
        env=child.env,
        preexec_fn=lifeline.tie(child.death_signal),
        **options,
    )
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.write(child.stdin)
            process.stdin.close()
    if process.stdout is not None:
        os.set_blocking(process.stdout.fileno(), False)
    return Running(child, process)
