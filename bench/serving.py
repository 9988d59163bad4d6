"""Programs that a benchmark measures from outside: web servers with exactly the flags of `make run`."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from bench.progress import say
from saas.embedded import lifeline
from saas.embedded.product import http_status, product_children
from saas.embedded.redis import free_port

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60


@contextmanager
def our_server(database_url: str, **more: str) -> Iterator[int]:
    """Tenantry on a port of its own, as `make run` serves it; answers the port. `more` goes into its environment."""
    with tempfile.TemporaryDirectory(prefix="tenantry-bench-") as var:
        port = free_port()
        env = our_environment(database_url, port, var) | more
        command(env, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        with _gunicorn("saas.wsgi:application", env, port, Path(var, "web.log")):
            yield port


@contextmanager
def peer_server(name: str, env: Mapping[str, str], python: str = sys.executable) -> Iterator[int]:
    """The WSGI application of bench.peers.<name>, with the same flags; `/` on localhost must answer 200.

    `python` is the interpreter of its own environment, where it has one.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tenantry-bench-") as folder:
        log = Path(folder, "web.log")
        application = f"bench.peers.{name}.wsgi:application"
        with _gunicorn(application, env, port, log, ready="/", python=python):
            yield port


def our_environment(database_url: str, port: int, var: str) -> dict[str, str]:
    """What a Tenantry of `make run` knows, on this database, port and folder; its key is ours."""
    return {
        **os.environ,
        "TENANTRY_ENV": "demo",
        "TENANTRY_VAR": var,
        "TENANTRY_BASE_DOMAIN": settings.BASE_DOMAIN,
        "TENANTRY_SECRET_KEY": settings.SECRET_KEY,
        "TENANTRY_LOG_LEVEL": "WARNING",
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }


def command(env: Mapping[str, str], *arguments: str) -> None:
    """Runs Python with `arguments` in the project's folder. Raises CalledProcessError."""
    subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=env, check=True, stdout=sys.stderr.fileno()
    )


@contextmanager
def _gunicorn(
    application: str,
    env: Mapping[str, str],
    port: int,
    log: Path,
    ready: str = "/healthz/",
    python: str = sys.executable,
) -> Iterator[None]:
    web = next(child for child in product_children(dict(env), port) if child.name == "web")
    arguments = [application if part == "saas.wsgi:application" else part for part in web.command]
    with started([python, *arguments[1:]], env, log) as process:
        wait_until_served(process, port, ready)
        yield


@contextmanager
def started(
    arguments: list[str], env: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The program while the block runs; what it says goes to `log`, and is shown when the block fails.

    It ends with us, too, however we end.
    """
    with log.open("wb") as out:
        process = subprocess.Popen(
            arguments,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=lifeline.tie(signal.SIGTERM),
        )
    try:
        yield process
    except Exception:
        say(log.read_text(errors="replace")[-4000:])
        raise
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_served(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    """Returns when `path` answers 200. Raises RuntimeError when it does not, or the program has ended."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with exit code {process.returncode}.")
        if http_status(port, path) == 200:
            return
        time.sleep(0.1)
    raise RuntimeError(f"The server did not answer {path} with 200 in {START_SECONDS} s.")
