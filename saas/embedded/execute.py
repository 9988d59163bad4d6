"""`exec`: one command with a PostgreSQL and a Redis for as long as it runs."""

import os
import signal
import sys
from pathlib import Path

from saas.embedded import servers
from saas.embedded.child import Child
from saas.embedded.console import Stop
from saas.embedded.locks import Lock
from saas.embedded.paths import var_dir
from saas.embedded.product import demo_environment
from saas.embedded.supervisor import Interrupted, Supervisor


def execute(command: list[str], purpose: str) -> int:
    """Runs `command` and returns its exit code (128 + signal number when a signal ended it).

    DATABASE_URL and REDIS_URL of our environment win; what they do not name is started. With
    `run`, the servers of a `make run` under way are shared. Raises Stop.
    """
    if purpose == "run":
        lock = Lock(var_dir() / "run.lock")
        if not lock.take():
            return _run_with(command, _shared(lock))
        name = purpose
    else:
        name, lock = servers.free_slot(purpose)
    try:
        with Supervisor() as supervisor:
            env = servers.start_servers(supervisor, name, log=True)
            env |= {"TENANTRY_ENV": "test"} if purpose == "test" else demo_environment()
            return run_command(supervisor, command, env)
    except Interrupted:
        return 128 + signal.SIGINT
    finally:
        lock.drop()


def _shared(lock: Lock) -> dict[str, str]:
    env = lock.read().get("env")
    if not isinstance(env, dict):
        raise Stop("Tenantry is just starting or stopping elsewhere. Try again in a moment.")
    return demo_environment() | {str(key): str(value) for key, value in env.items()}


def _run_with(command: list[str], env: dict[str, str]) -> int:
    with Supervisor() as supervisor:
        return run_command(supervisor, command, env)


def run_command(supervisor: Supervisor, command: list[str], env: dict[str, str]) -> int:
    """Runs a person's command on our terminal; `env` is added to what we were given."""
    child = Child(
        name="command",
        command=command,
        env=env | {key: value for key, value in os.environ.items() if value or key not in env},
        cwd=Path.cwd(),
        stage=2,
        tidy=False,
    )
    try:
        (running,) = supervisor.start(child)
    except OSError as error:
        raise Stop(f"{command[0]} cannot be run: {error.strerror}.") from None
    heard = 0
    while running.alive:
        supervisor.pump(None)
        if supervisor.asked_to_stop > heard:
            heard = supervisor.asked_to_stop
            # Ctrl-C on a terminal has reached the command already: it shares our process group.
            if supervisor.last_signal != signal.SIGINT or not sys.stdin.isatty():
                running.signal(supervisor.last_signal)
    code = running.process.returncode
    return code if code >= 0 else 128 - code
