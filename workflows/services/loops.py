"""Workflows that cause one another are stopped: by how deep they stand, and by how often one acts on the same thing."""

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.db.models import Count

from tenants.models import Tenant
from workflows.models import Run

DEEPEST = 5
"""How many workflows may cause one another in a row."""
MOST_RUNS = 10
"""How often a workflow may act on the same subject within `WINDOW`: a loop may go through other computers."""
WINDOW = timedelta(hours=1)
_depth: ContextVar[int] = ContextVar("depth of workflows", default=0)


def depth() -> int:
    """How many workflows stand behind what happens now; 0 where a person or a clock does it."""
    return _depth.get()


@contextmanager
def inside(of: int) -> Iterator[None]:
    """What happens in the block is caused by a workflow that itself stands `of` deep."""
    token = _depth.set(of + 1)
    try:
        yield
    finally:
        _depth.reset(token)


def runs_lately(
    tenant: Tenant | None,
    workflow_ids: Collection[int],
    subject_ids: Collection[int],
    now: datetime,
) -> Counter[tuple[int, int]]:
    """How often each of the workflows has acted on each of the tenant's subjects within `WINDOW`. One query."""
    if not workflow_ids or not subject_ids:
        return Counter()
    found = (
        Run.objects.filter(
            tenant=tenant,
            workflow__in=workflow_ids,
            subject_id__in=subject_ids,
            at__gt=now - WINDOW,
            outcome=Run.Outcome.DONE,
        )
        .values_list("workflow", "subject_id")
        .annotate(runs=Count("pk"))
        .order_by()
    )
    return Counter({(workflow, subject): runs for workflow, subject, runs in found})
