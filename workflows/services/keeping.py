"""How long what workflows did is kept."""

from datetime import datetime, timedelta

from django.db.models import Model, QuerySet

from workflows.models import Message, Run

KEEP_RUNS, KEEP_MESSAGES = timedelta(days=90), timedelta(days=400)
AT_ONCE = 2000


def forget_old(now: datetime) -> int:
    """Runs of more than 90 days ago and messages of more than 400 are gone; how many there were."""
    runs = Run.objects.filter(at__lt=now - KEEP_RUNS)
    rest = Message.objects.filter(created_at__lt=now - KEEP_MESSAGES, due_at__isnull=True)
    return _remove(runs) + _remove(rest)


def _remove(rows: "QuerySet[Model]") -> int:
    gone = 0
    while keys := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
        gone += rows.model._default_manager.filter(pk__in=keys).delete()[0]
    return gone
