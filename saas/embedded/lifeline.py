"""Children end when we do, however we end: nobody finds a stray server after a crash.

Two ways, since neither is enough. Linux is asked to send each child a signal at our death (prctl),
which nothing can prevent, but which their own children do not get. An “undertaker”, a small shell,
waits at the other end of a pipe that closes when we are gone; it ends whole process groups, insists
after ten seconds, and works on macOS, too.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None

# Reads lines of “target:signal target:signal …”, where a target -5 is the process group 5. The last
# line is who must go when the pipe closes.
UNDERTAKER = """
trap '' INT TERM HUP QUIT
while read -r line; do last=$line; done
for entry in $last; do kill -"${entry#*:}" "${entry%:*}" 2>/dev/null; done
tries=0
while [ $tries -lt 50 ]; do
  left=
  for entry in $last; do kill -0 "${entry%:*}" 2>/dev/null && left="$left ${entry%:*}"; done
  [ -n "$left" ] || exit 0
  sleep 0.2
  tries=$((tries + 1))
done
for target in $left; do kill -9 "$target" 2>/dev/null; done
"""


def tie(death_signal: signal.Signals) -> Callable[[], None] | None:
    """What the child does between fork and exec so that `death_signal` reaches it at our death.

    To be used as Popen's preexec_fn, which runs after the change of user: that order matters, since
    the kernel forgets the wish when a process changes its user. Start children from the main thread
    only: the kernel means the death of the *thread* that forked.
    """
    if _libc is None:
        return None
    parent = os.getpid()
    prctl, number = _libc.prctl, int(death_signal)

    def tied() -> None:
        prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # we died before the wish was made
            os.kill(os.getpid(), signal.SIGKILL)

    return tied


class Undertaker:
    """Ends our children and theirs at our death."""

    def __init__(self) -> None:
        self._wards: dict[int, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def watch(self, pid: int, death_signal: signal.Signals, *, group: bool = True) -> None:
        """From now on `pid`, with the group that it leads, gets `death_signal` when we die."""
        self._wards[pid] = f"{'-' if group else ''}{pid}:{int(death_signal)}"
        self._tell()

    def forget(self, pid: int) -> None:
        """`pid` has ended: its number may soon be another program's."""
        if self._wards.pop(pid, None) is not None:
            self._tell()

    def close(self) -> None:
        """On return the undertaker is gone; who is still being watched meets their end."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
            self._process.wait()

    def _tell(self) -> None:
        if self._process is None:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", UNDERTAKER],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):  # somebody ended it; prctl remains
                self._process.stdin.write(" ".join(self._wards.values()).encode() + b"\n")
                self._process.stdin.flush()
