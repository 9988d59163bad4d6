"""A place of its own for each test, and eyes on the processes that are started there."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from saas.embedded.paths import ROOT
from saas.embedded.redis import free_port

OURS = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "TENANTRY_ENV", "TENANTRY_SECRET_KEY")


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether `condition` came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def alive(pid: int) -> bool:
    """A zombie counts as gone: it only waits for somebody to read its exit code."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # gone before or while it was read
        return False
    return status != "Z"


def family(pid: int) -> set[int]:
    """`pid` and all that descend from it."""
    found = {pid}
    for _ in range(6):
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError, IndexError):
                if int(stat.read_text().rsplit(")", 1)[1].split()[1]) in found:
                    found.add(int(stat.parent.name))
    return found


class Command:
    """A started `python -m …`, whose output goes to a file."""

    def __init__(self, arguments: list[str], env: dict[str, str], output: Path) -> None:
        self.output = output
        with output.open("wb") as out:
            self.process = subprocess.Popen(
                arguments, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def text(self) -> str:
        return self.output.read_text()

    def says(self, words: str, seconds: float = 20) -> bool:
        return wait_for(
            lambda: words in self.text or self.process.poll() is not None, seconds
        ) and (words in self.text)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ends(self, seconds: float = 15) -> int:
        """The exit code."""
        return self.process.wait(seconds)


class Place:
    """A folder of its own as TENANTRY_VAR, and a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.var = folder / "var"
        self.port = free_port()
        self.commands: list[Command] = []
        self.env = {key: value for key, value in os.environ.items() if key not in OURS}
        self.env |= {"TENANTRY_VAR": str(self.var), "PORT": str(self.port)}

    def start(self, *arguments: str, **env: str) -> Command:
        """Starts `python -m arguments`."""
        output = self.var.parent / f"output-{len(self.commands)}"
        command = [sys.executable, "-m", *arguments]
        self.commands.append(Command(command, self.env | env, output))
        return self.commands[-1]


@pytest.fixture
def place() -> Iterator[Place]:
    # Not pytest's own: as root the servers' user must be able to enter it.
    folder = Path(tempfile.mkdtemp(prefix="tenantry-"))
    folder.chmod(0o755)
    place = Place(folder)
    yield place
    for command in place.commands:
        if command.process.poll() is None:
            command.signal(signal.SIGTERM)
            command.ends()
    shutil.rmtree(folder)
