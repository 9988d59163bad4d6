"""What is verified goes to the workers, as dj-stripe's documentation suggests for its callback."""

from typing import Any

from celery import Celery
from django.conf import settings
from django.db import transaction

app = Celery("dj_stripe_peer", broker=settings.BROKER_URL)
app.conf.update(task_ignore_result=True, task_default_queue="bench-dj-stripe")


@app.task
def process(trigger_id: int) -> None:
    """Left to a worker; none runs here."""


def enqueue(trigger: Any, api_key: str | None = None) -> None:
    transaction.on_commit(lambda: process.delay(trigger.pk))
