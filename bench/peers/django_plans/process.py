"""django-plans in a virtual environment and a process of its own: its package is called `plans`, like ours."""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from bench.progress import say

ROOT = Path(__file__).resolve().parents[3]
WANTED = Path(__file__).with_name("requirements.txt")


class NotInstalled(RuntimeError):
    """The peer's environment cannot be made here: no package index, or it has not what is wanted."""


class Peer:
    """The running peer; one question at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, name: str, times: int) -> dict[str, Any]:
        """Seconds and queries for one of `times` questions."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{name} {times}\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))


@contextmanager
def running(database_url: str, *, staff: int) -> Iterator[Peer]:
    """The peer on its own empty database, while the block runs. Raises NotInstalled."""
    command = [str(python()), "-P", "-m", "bench.peers.django_plans.ask", str(staff)]
    env = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "PYTHONPATH": str(shadowless()),
    }
    with subprocess.Popen(
        command, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout
            if process.stdout.readline().strip() != "ready":
                raise RuntimeError("django-plans does not start; its own words are above.")
            yield Peer(process)
        finally:
            process.terminate()


def shadowless() -> Path:
    """A folder in which `bench` can be imported and our own `plans`, beside it in the tree, cannot."""
    folder = home() / "path"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "bench"
    if not link.is_symlink():
        link.symlink_to(ROOT / "bench", target_is_directory=True)
    return folder


def home() -> Path:
    return Path(settings.VAR_DIR, "bench", "django-plans")


def python() -> Path:
    """The interpreter of an environment that holds exactly what is wanted; made at the first use."""
    found, stamp = home() / "venv" / "bin" / "python", home() / "installed.txt"
    if not stamp.exists() or stamp.read_text() != WANTED.read_text():
        say("installing django-plans into an environment of its own")
        venv.create(home() / "venv", with_pip=True, clear=True)
        install = [str(found), "-m", "pip", "install", "--quiet", "-r", str(WANTED)]
        done = subprocess.run(install, stdout=sys.stderr, check=False)
        if done.returncode:
            raise NotInstalled("django-plans could not be installed.")
        stamp.write_text(WANTED.read_text())
    return found
