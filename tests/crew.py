"""Workers in processes of their own, on the database of the test, that can be killed midway."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parents[1]


@dataclass
class Crew:
    """Up to `size` processes of `python -c script`."""

    script: str
    size: int
    env: dict[str, str]
    working: "list[subprocess.Popen[str]]" = field(default_factory=list)

    def hire(self, *arguments: str) -> "subprocess.Popen[str]":
        """One worker more, which prints what it has to say."""
        new = subprocess.Popen(
            [sys.executable, "-c", self.script, *arguments],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.working.append(new)
        return new

    def fill(self, *arguments: str) -> None:
        """As many as there are to be."""
        while len(self.working) < self.size:
            self.hire(*arguments)

    def tell(self, one: "subprocess.Popen[str]", line: str) -> None:
        """What it reads from its standard input."""
        assert one.stdin
        one.stdin.write(f"{line}\n")
        one.stdin.flush()

    def hear(self, one: "subprocess.Popen[str]") -> str:
        """The next line that it prints."""
        assert one.stdout
        return one.stdout.readline().rstrip("\n")

    def kill_all(self) -> None:
        """`kill -9` for each, whether it is still at work or not."""
        for one in self.working:
            one.send_signal(signal.SIGKILL)
            one.communicate(timeout=20)
        self.working.clear()

    def kill(self, one: "subprocess.Popen[str]") -> None:
        """`kill -9`. Raises AssertionError for a worker that has ended by itself."""
        assert one.poll() is None, "A worker has failed by itself."
        one.send_signal(signal.SIGKILL)
        one.communicate(timeout=20)
        self.working.remove(one)

    def said(self, seconds: float = 120) -> Sequence[str]:
        """What each printed, when all have ended by themselves."""
        answers = [one.communicate(timeout=seconds)[0] for one in self.working]
        assert [one.returncode for one in self.working] == [0] * len(self.working)
        return answers


@contextmanager
def crew(script: str, size: int, env: Mapping[str, str] | None = None) -> Iterator[Crew]:
    """Nobody works any more when it is over."""
    address = urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}")
    known = {
        **os.environ,
        "DATABASE_URL": urlunsplit(address),
        "DJANGO_SETTINGS_MODULE": "saas.settings",
        "TENANTRY_LOG_LEVEL": "CRITICAL",
        **(env or {}),
    }
    team = Crew(script, size, known)
    try:
        yield team
    finally:
        team.kill_all()
