"""The one place that reads the time. Rules take `now`; only views, tasks and commands call this."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return timezone.now()
