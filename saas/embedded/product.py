"""`run`: the whole product in the foreground: servers, demo data, web, worker and beat."""

import contextlib
import json
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from saas.embedded import sandbox, servers
from saas.embedded.child import Child
from saas.embedded.console import Stop, say, strong
from saas.embedded.locks import Lock
from saas.embedded.paths import ROOT, var_dir
from saas.embedded.supervisor import Interrupted, Supervisor
from saas.embedded.terminal import own_foreground

DEFAULT_PORT = 8000


def run(
    prepare: Child | None = None, children: Sequence[Child] | None = None, **options: float
) -> int:
    """Runs until Ctrl-C (returns 0) or until a part cannot live (raises Stop).

    `prepare` and `children` stand in for the product's own, for tests.
    """
    began = time.monotonic()
    port = chosen_port()
    lock = Lock(var_dir() / "run.lock")
    if not lock.take():
        raise Stop(_already_running(lock))
    try:
        env = {**os.environ, **demo_environment()}
        refuse_taken(port)
        for double in sandbox.wanted(env):
            refuse_taken(double.port(port), beside=port)
        with (
            own_foreground(),
            Supervisor(**options) as supervisor,
            contextlib.suppress(Interrupted),
        ):
            addresses = servers.start_servers(supervisor, "run", log=False)
            env |= addresses
            run_once(supervisor, prepare or prepare_command(env))
            supervisor.start_and_wait(
                *(product_children(env, port) if children is None else children)
            )
            lock.note({"pid": os.getpid(), "url": f"http://localhost:{port}/", "env": addresses})
            say(welcome(port, time.monotonic() - began))
            supervisor.watch()
            say("\nStopping…")
        say("Stopped.")
    finally:
        lock.drop()
    return 0


def run_once(supervisor: Supervisor, child: Child) -> None:
    """Runs `child` to its end. Raises Stop with its last lines unless it ends well."""
    code, lines = supervisor.run(child)
    if code != 0:
        raise Stop(f"{child.name} failed (exit code {code}). Its last lines:\n{lines}")


def chosen_port() -> int:
    """PORT, or 8000. Raises Stop when it is not a port that one can listen on."""
    value = os.environ.get("PORT") or str(DEFAULT_PORT)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise Stop(f"PORT must be a number from 1 to 65535, not “{value}”.")
    return int(value)


def refuse_taken(port: int, *, beside: int = 0) -> None:
    """Raises Stop when another program listens on `port`, on IPv4 or IPv6: browsers try both.

    `beside` is the product's own port where `port` belongs to what runs beside it.
    """
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with (
            contextlib.suppress(ConnectionError, TimeoutError, socket.gaierror),
            socket.socket(family) as probe,
        ):
            probe.settimeout(1)
            try:
                if probe.connect_ex((host, port)) != 0:
                    continue
            except OSError:  # no IPv6 here
                continue
            own = beside or port
            raise Stop(
                f"Port {port} is in use by another program. "
                f"Try another one: PORT={own + 1 if own < 65535 else 8001} make run"
            )


def demo_environment() -> dict[str, str]:
    """What the product's own commands need to know; a value that is set already stays."""
    var = var_dir()
    ours = {
        "TENANTRY_ENV": "demo",
        "TENANTRY_VAR": str(var),
        "TENANTRY_BASE_DOMAIN": "localhost",
        "TENANTRY_LOG_LEVEL": "WARNING",
        "PORT": str(DEFAULT_PORT),
        "PYTHONUNBUFFERED": "1",
    }
    if not os.environ.get("TENANTRY_SECRET_KEY"):
        ours["TENANTRY_SECRET_KEY"] = secret_key(var / "secret_key")
    known = {key: os.environ.get(key) or value for key, value in ours.items()}
    return known | sandbox.environment(chosen_port())


def secret_key(path: Path) -> str:
    """The key in `path`, which is made once and is readable by its owner alone."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    key = secrets.token_urlsafe(48)
    with os.fdopen(file, "w") as out:
        out.write(key)
    return key


def prepare_command(env: dict[str, str]) -> Child:
    command = [sys.executable, "manage.py", "prepare", "--demo"]
    return Child("prepare", command, env=env, cwd=ROOT)


def product_children(env: dict[str, str], port: int) -> list[Child]:
    """Web, worker with beat inside it (a beat of its own would be one more Django in memory), and doubles."""
    python = sys.executable
    web = [
        python, "-m", "gunicorn", "saas.wsgi:application",
        "--bind", f"127.0.0.1:{port}",
        "--worker-class", "gthread", "--workers", "1", "--threads", "8",
        "--log-level", "warning", "--no-control-socket", "--graceful-timeout", "3",
    ]  # fmt: skip
    worker = [
        python, "-m", "celery", "--quiet", "--app", "saas", "worker",
        "--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING",
        "--without-gossip", "--without-mingle", "--without-heartbeat",
        "--beat", "--schedule", str(var_dir() / "beat-schedule"),
    ]  # fmt: skip

    # As root, Celery says at length that it would rather not be. Here nobody else can reach it.
    calm = env | {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"}

    def answers(pid: int) -> bool:
        return http_status(port, "/healthz/") != 0

    return [
        *(double.child(env, port) for double in sandbox.wanted(env)),
        Child("web", web, env=env, ready=answers, stage=2),
        Child("worker", worker, env=calm, stage=2, death_signal=signal.SIGQUIT, quiet=True),
    ]


def http_status(port: int, path: str) -> int:
    """The status that the web server answers with, or 0 while there is no answer."""
    request = f"GET {path} HTTP/1.0\r\nHost: localhost:{port}\r\n\r\n".encode()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(request)
            words = connection.recv(64).split()
    except OSError:
        return 0
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def welcome(port: int, seconds: float) -> str:
    """The block that says where to look and who can log in."""
    facts = _demo_facts(var_dir() / "demo.json")
    address = facts.get("platform_url") or f"http://localhost:{port}/"
    logins = facts.get("logins", [])
    columns = ["who", "url", "email", "password"]
    shared = {login.get("password") for login in logins}
    if len(shared) == 1:
        columns.remove("password")
    rows = [[str(login.get(column, "")) for column in columns] for login in logins]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["", f"  {strong('Tenantry is ready')} ({seconds:.1f} s)   {address}", ""]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines += ["  " + "   ".join(cells).rstrip()]
    if rows and len(shared) == 1:
        lines += ["", f"  The password of each is {shared.pop()}"]
    return "\n".join([*lines, *([""] if rows else []), "  Ctrl-C stops it.", ""])


def _demo_facts(path: Path) -> dict[str, list[dict[str, str]]]:
    try:
        facts = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _already_running(lock: Lock) -> str:
    facts = lock.read()
    where = f" at {facts['url']}" if facts.get("url") else ""
    return f"Tenantry is already running{where} (process {facts.get('pid', 'unknown')})."
