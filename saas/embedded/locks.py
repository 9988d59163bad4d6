"""One holder at a time: a lock that the kernel drops when its holder ends, however it ends."""

import fcntl
import json
import os
from pathlib import Path

from saas.embedded.console import Stop


class Lock:
    """A file that one process holds, with a note about the holder for whoever comes second.

    The file stays when the lock is dropped; only the kernel's lock counts. Mode 0600: the note of a
    running demo has the servers' addresses with a password.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def take(self) -> bool:
        """True when it is ours from now on, False when somebody holds it."""
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError:
            raise Stop(
                f"{self.path} belongs to another user: make was run as someone else before "
                f"(as root?). Remove {self.path.parent}, or run make as that user."
            ) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        self.note({"pid": os.getpid()})
        return True

    def note(self, facts: dict[str, object]) -> None:
        """Leaves a note for whoever comes second. Only the holder does."""
        assert self._file is not None  # noqa: S101
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, json.dumps(facts).encode(), 0)

    def read(self) -> dict[str, object]:
        """The holder's note, or nothing."""
        try:
            facts = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def drop(self) -> None:
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None
