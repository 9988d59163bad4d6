"""dj-stripe in a virtual environment of its own: it wants another version of Stripe's package than we do."""

import os
import subprocess
import sys
import venv
from pathlib import Path

from django.conf import settings

from bench.progress import say

WANTED = Path(__file__).with_name("requirements.txt")


class NotInstalled(RuntimeError):
    """The peer's environment cannot be made here: no package index, or it has not what is wanted."""


def environment(database_url: str) -> dict[str, str]:
    """What the peer's programs need to know."""
    known = {key: os.environ[key] for key in ("PATH", "REDIS_URL")}
    return {**known, "DATABASE_URL": database_url}


def python() -> str:
    """The interpreter of an environment that holds exactly what is wanted; made at the first use."""
    home = Path(settings.VAR_DIR, "bench", "dj-stripe")
    found, stamp = home / "venv" / "bin" / "python", home / "installed.txt"
    if not stamp.exists() or stamp.read_text() != WANTED.read_text():
        say("installing dj-stripe into an environment of its own")
        venv.create(home / "venv", with_pip=True, clear=True)
        install = [str(found), "-m", "pip", "install", "--quiet", "-r", str(WANTED)]
        done = subprocess.run(install, stdout=sys.stderr, check=False)
        if done.returncode:
            raise NotInstalled("dj-stripe could not be installed.")
        stamp.write_text(WANTED.read_text())
    return str(found)
