"""The tasks that `test_tasks` enqueues, and the real Celery worker that runs them: a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection
from kombu import pools

from booking.models import Staff
from saas.celery import app
from tenants.tasks import public_task, tenant_task

PATIENCE = 20
ROOT = Path(__file__).parents[2]
LAUNCHER = f"""
import sys, django
django.setup()
from {__name__} import app
app.worker_main(sys.argv[1:])
"""
SEEN = "TENANTRY_TEST_SEEN"
QUEUE = "TENANTRY_TEST_QUEUE"


def use_queue(name: str) -> None:
    """Enqueue to `name` alone, where no other test process listens; keep results, which chords wait for."""
    app.conf.task_default_queue = name
    app.conf.result_backend = settings.REDIS_URL or f"file://{settings.VAR_DIR}"
    # A test before may have sent a task: Celery then keeps the backend that it found, which was none.
    app._backend_cache = None
    vars(app._local).pop("backend", None)
    app.__dict__.pop("amqp", None)


if QUEUE in os.environ:
    use_queue(os.environ[QUEUE])


def close_results() -> None:
    """Nothing is open any more for the results of what was sent.

    Left to the garbage collector, a result may go after the connection that told of it, and opens another to say so.
    """
    consumer = getattr(app.backend, "result_consumer", None)
    if consumer is not None:
        consumer.subscribed_to.clear()
        consumer.stop()
        app.backend.client.connection_pool.disconnect()


def look(label: str) -> None:
    """Note what the server takes for the present schema, and whose rows are there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = cursor.fetchone()[0]
    names = [] if schema == "public" else [person.name for person in Staff.objects.all()]
    with Path(os.environ[SEEN]).open("a") as file:
        file.write(json.dumps([label, schema, names]) + "\n")


@tenant_task(ignore_result=False)
def visit(label: str, pause: float = 0) -> str:
    look(label)
    time.sleep(pause)
    look(f"{label} again")
    return label


@tenant_task(bind=True, max_retries=2)
def stumble(self: Any, label: str) -> None:
    look(f"{label} {self.request.retries}")
    if self.request.retries < 2:
        raise self.retry(countdown=0.05)


@tenant_task
def gather(results: list[str] | str, label: str) -> None:
    look(f"{label} {results if isinstance(results, str) else '+'.join(sorted(results))}")


@tenant_task
def pass_on(label: str) -> None:
    """Enqueues another task of the same tenant."""
    visit.delay(label)


@public_task
def overlook(label: str) -> None:
    look(label)


class Worker:
    """A worker with six threads, what its tasks saw, and what it logged."""

    def __init__(self, folder: Path, queue: str) -> None:
        self.seen_file, self.log_file, self.queue = folder / "seen", folder / "log", queue
        self.seen_file.touch()
        os.environ[SEEN] = str(self.seen_file)

    def start(self) -> None:
        command = [sys.executable, "-c", LAUNCHER, "worker", "--queues", self.queue]
        options = ["--pool", "threads", "--concurrency", "6", "--loglevel", "ERROR",
                   "--without-gossip", "--without-mingle", "--without-heartbeat"]  # fmt: skip
        address = urlsplit(settings.DATABASE_URL)._replace(
            path=f"/{connection.settings_dict['NAME']}"
        )
        env = {
            **os.environ,
            QUEUE: self.queue,
            "DATABASE_URL": urlunsplit(address),
            "TENANTRY_LOG_LEVEL": "ERROR",
        }
        with self.log_file.open("w") as log:
            self.process = subprocess.Popen(
                command + options, cwd=ROOT, env=env, stdout=log, stderr=log
            )

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=PATIENCE)
        with app.connection_for_write() as broker:
            broker.default_channel.queue_delete(self.queue)
        app.pool.force_close_all()
        pools.reset()
        close_results()

    def seen(self) -> list[tuple[str, str, list[str]]]:
        return [tuple(json.loads(line)) for line in self.seen_file.read_text().splitlines()]

    def wait_for(self, *labels: str, log: str = "") -> list[tuple[str, str, list[str]]]:
        """Everything seen, as soon as all of `labels` are among it and the worker has logged `log`."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            seen = self.seen()
            if set(labels) <= {label for label, _, _ in seen} and log in self.log_file.read_text():
                return seen
            time.sleep(0.02)
        raise AssertionError(
            f"Seen {self.seen()}, waited for {labels} {log}. {self.log_file.read_text()}"
        )
