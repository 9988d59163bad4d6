"""What changes of plans leave for the worker, in slices: a task has five minutes, a plan may have 10,000 tenants."""

from django.db import connection

from saas.core.clock import now
from tenants.services import overrides, refits
from tenants.tasks import public_task

SLICE = 200
"""Tenants that one run of `refit_plan` takes on before it puts itself at the end of the queue.

So few that on the slowest of machines a run is over before it counts as lost (`refits.STALE`).
"""


@public_task
def refit_plan(refit_id: int) -> None:
    """Take the tenants of a changed plan a slice further, and go on until all are done.

    A connection remembers the tables of every schema that it has been in, and a worker’s lives for minutes.
    """
    if refits.advance(refit_id, now(), at_most=SLICE):
        refit_plan.delay(refit_id)
        if not connection.in_atomic_block:
            connection.close()


@public_task
def resume_refits() -> None:
    """Work whose worker was lost goes on."""
    for refit_id in refits.stale(now()):
        refit_plan.delay(refit_id)


@public_task
def sweep_overrides() -> None:
    """Overrides whose time is over are ended, and their tenants fit their plan again."""
    overrides.sweep_overrides(now())
