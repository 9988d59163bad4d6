"""A plan was changed: every tenant on it is made to fit, in the background and with visible progress."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from plans.models import Plan
from tenants.models import PlanRefit, Tenant
from tenants.services.fitting import refit

log = logging.getLogger(__name__)
BATCH = 200
"""Tenants whose keys are read at once."""
STALE = timedelta(minutes=5)
"""After this long without progress the worker is taken to be gone."""


@transaction.atomic
def start_refit(plan_id: int, now: datetime) -> PlanRefit | None:
    """The row to follow the work by, with nothing done yet; None when nobody is on the plan, or it is gone.

    Work on an earlier change of the same plan that is under way ends here: this one does all of it. The lock, a full
    one, waits for tenants who are just being put on the plan as it was before.
    """
    plan = Plan.objects.select_for_update().filter(pk=plan_id).first()
    total = Tenant.objects.filter(plan_id=plan_id).count()
    if plan is None or not total:
        return None
    plan.refits.filter(finished_at__isnull=True).update(finished_at=now, superseded=True)
    return PlanRefit.objects.create(plan=plan, total=total, started_at=now, moved_at=now)


def advance(refit_id: int, now: datetime, *, at_most: int) -> bool:
    """Take up the work where it stands, for `at_most` tenants; whether there is more to do.

    A transaction for each tenant. Doing it again, or in two workers at once, does nothing twice. A tenant that cannot
    be fitted is logged, counted as failed and passed.
    """
    work = PlanRefit.objects.filter(pk=refit_id, finished_at__isnull=True).first()
    if work is None:
        return False
    tenants = waiting(work)[: min(at_most, BATCH)]
    left = at_most
    while tenants:
        for tenant in tenants:
            if not _carry_out(work, tenant, now):
                return False
        left -= len(tenants)
        if left <= 0:
            return True
        tenants = waiting(work)[: min(left, BATCH)]
    _still(work).update(finished_at=now, moved_at=now)
    return False


def waiting(work: PlanRefit) -> "QuerySet[Tenant]":
    """Who is on the plan and not done yet, in the order of the work."""
    return Tenant.objects.filter(plan_id=work.plan_id, pk__gt=work.last_tenant_id).order_by("pk")


def stale(now: datetime) -> list[int]:
    """The work that has stood still, for a sweep to take up."""
    found = PlanRefit.objects.filter(finished_at__isnull=True, moved_at__lt=now - STALE)
    return list(found.values_list("pk", flat=True))


def _carry_out(work: PlanRefit, tenant: Tenant, now: datetime) -> bool:
    """Fit `tenant` and note it; False, with nothing done, when another worker or a later change has taken over."""
    try:
        with transaction.atomic():
            refit(tenant, now)
            return _note(work, tenant, now, failed=0)
    except Exception:
        log.exception("Tenant %s could not be fitted to plan %s", tenant.pk, work.plan_id)
    return _note(work, tenant, now, failed=1)


def _note(work: PlanRefit, tenant: Tenant, now: datetime, *, failed: int) -> bool:
    noted = _still(work).update(
        done=F("done") + 1, failed=F("failed") + failed, last_tenant_id=tenant.pk, moved_at=now
    )
    if noted:
        work.last_tenant_id = tenant.pk
    return bool(noted)


def _still(work: PlanRefit) -> "QuerySet[PlanRefit]":
    """The row, as long as it stands where this worker left it."""
    return PlanRefit.objects.filter(
        pk=work.pk, finished_at__isnull=True, last_tenant_id=work.last_tenant_id
    )
