"""The servers that a command needs: which, with what settings, at what addresses."""

import os
import shutil
from pathlib import Path

from saas.embedded import postgres, redis
from saas.embedded.child import Child
from saas.embedded.console import Stop, notice
from saas.embedded.locks import Lock
from saas.embedded.paths import log_dir, owned, server_account, servers_dir, var_dir
from saas.embedded.supervisor import Supervisor

SETTINGS = {"run": postgres.DURABLE, "test": postgres.THROWAWAY, "bench": postgres.BENCH}
SLOTS = 9  # so many test runs at once on one machine

NO_REDIS = (
    "No Redis found: background work waits in files and caches stay within each process. Fine for a "
    "look around. Install redis-server or valkey, or set REDIS_URL, for more."
)


def home(purpose: str) -> Path:
    """The servers' folder for `purpose`: run, test or bench; data of one never meet another's."""
    return servers_dir(server_account()) / purpose


def start_servers(supervisor: Supervisor, purpose: str, *, log: bool) -> dict[str, str]:
    """Starts what the environment does not already name; returns DATABASE_URL, REDIS_URL and such.

    The caller holds the lock of `purpose`. `log`: the servers' lines go to a file and not to the
    terminal. Raises Stop.
    """
    account = server_account()
    folder = owned(home(purpose.split("-")[0]).with_name(purpose), account)
    env: dict[str, str] = {}
    children: list[Child] = []
    if not os.environ.get("DATABASE_URL"):
        server = postgres.Postgres(folder, account, SETTINGS[purpose.split("-")[0]])
        _make_ready(server, throwaway=purpose.startswith("test"))
        children.append(server.child(log_dir() / f"{purpose}-postgres.log" if log else None))
        env["DATABASE_URL"] = server.url
    if not os.environ.get("REDIS_URL") and not os.environ.get("BROKER_URL"):
        program = redis.find_program(account)
        if program is None:
            notice(NO_REDIS)
            (var_dir() / "queue").mkdir(exist_ok=True)
            env["BROKER_URL"] = "filesystem://"
        else:
            queue = redis.Redis(folder, account, program, keep=purpose == "run")
            children.append(queue.child(log_dir() / f"{purpose}-redis.log" if log else None))
            env["REDIS_URL"] = queue.url
    supervisor.start_and_wait(*children, seconds=30)
    return env


def _make_ready(server: postgres.Postgres, *, throwaway: bool) -> None:
    try:
        server.make_ready()
    except Stop:
        if not throwaway:
            raise
        shutil.rmtree(server.data, ignore_errors=True)  # of another version, say
        server.make_ready()


def free_slot(purpose: str) -> tuple[str, Lock]:
    """A purpose that nobody else holds (`test`, `test-2` …) and its lock, which is now ours."""
    for number in range(1, SLOTS + 1):
        name = purpose if number == 1 else f"{purpose}-{number}"
        lock = Lock(var_dir() / f"{name}.lock")
        if lock.take():
            return name, lock
    raise Stop(f"{SLOTS} runs of this kind are under way on this machine. Wait for one to end.")
