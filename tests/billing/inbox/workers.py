"""Real Celery workers, several processes each, that a test kills without a warning."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection
from kombu import pools

from saas.celery import app
from tests.tenants.worker import PATIENCE, QUEUE

ROOT = Path(__file__).parents[3]
LAUNCHER = """
import sys, django
django.setup()
from tests.tenants.worker import app
app.worker_main(sys.argv[1:])
"""


class Crew:
    """One Celery program with `size` worker processes, on a queue of its own."""

    def __init__(self, folder: Path, queue: str, sandbox_url: str, size: int) -> None:
        self.log_file, self.queue, self.size = folder / "log", queue, size
        address = urlsplit(settings.DATABASE_URL)._replace(
            path=f"/{connection.settings_dict['NAME']}"
        )
        self.env = {
            **os.environ,
            QUEUE: queue,
            "DATABASE_URL": urlunsplit(address),
            "TENANTRY_STRIPE_SANDBOX_URL": sandbox_url,
            "TENANTRY_LOG_LEVEL": "ERROR",
        }

    def start(self) -> None:
        command = [sys.executable, "-c", LAUNCHER, "worker", "--queues", self.queue]
        options = ["--pool", "prefork", "--concurrency", str(self.size), "--loglevel", "ERROR",
                   "--without-gossip", "--without-mingle", "--without-heartbeat"]  # fmt: skip
        with self.log_file.open("a") as log:
            self.process = subprocess.Popen(
                command + options, cwd=ROOT, env=self.env, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def workers(self) -> list[int]:
        """The process ids of those that are at work."""
        pid = self.process.pid
        try:
            return [
                int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            ]
        except FileNotFoundError:
            return []

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 5 * PATIENCE
        while len(self.workers()) < self.size:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"No workers: {self.log_file.read_text()}")
            time.sleep(0.05)

    def kill_one(self) -> None:
        """One worker process is gone; its program will put another in its place."""
        if workers := self.workers():
            with suppress(ProcessLookupError):
                os.kill(random.choice(workers), signal.SIGKILL)

    def kill(self) -> None:
        """All of it is gone at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=PATIENCE)


def forget_queue(queue: str) -> None:
    with app.connection_for_write() as broker:
        broker.default_channel.queue_delete(queue)
    app.pool.force_close_all()
    pools.reset()
