"""Comparing the books, in the background."""

from billing.services.reconciliation import reconciling as reconciliation
from saas.core.clock import now
from tenants.tasks import public_task


@public_task
def carry_out(reconciliation_id: int) -> None:
    """The reconciliation that was begun has its report."""
    reconciliation.carry_out(reconciliation_id)


@public_task
def reconcile_nightly() -> None:
    """There is a report of today, and none of long ago."""
    reconciliation.forget_old(now())
    try:
        reconciliation.begin(by=None, now=now())
    except reconciliation.OnItsWay:
        return
