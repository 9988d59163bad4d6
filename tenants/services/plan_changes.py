"""The one door to “which plan is this tenant on”."""

from datetime import datetime

from django.db import transaction

from plans.models import Plan
from saas.core.events import emit
from tenants.models import Cycle, PlanChange, Tenant, User


def record_first_plan(tenant: Tenant, *, by: User, now: datetime) -> PlanChange:
    """Write down the plan that `tenant` was made with. Raises IntegrityError when that was done before."""
    return PlanChange.objects.create(
        tenant=tenant,
        from_plan=None,
        to_plan=tenant.plan,
        reason=PlanChange.Reason.SIGNUP,
        cause=f"signup:{tenant.pk}",
        by=by,
        at=now,
    )


@transaction.atomic
def change_plan(
    tenant: Tenant,
    plan: Plan,
    *,
    cause: str,
    reason: PlanChange.Reason,
    now: datetime,
    cycle: str = Cycle.MONTHLY,
    expires_at: datetime | None = None,
    by: User | None = None,
) -> bool:
    """Put `tenant` on `plan`; True when it moved, False when `cause` was carried out before.

    `cause` names what made it happen (“payment:17”), so that a repeated delivery does nothing. Nothing of the
    tenant's is deleted; the new capabilities and limits are in force on its very next page.
    Emits `tenant.plan_changed`.
    """
    locked = tenant.lock()
    if PlanChange.objects.filter(cause=cause).exists():
        return False
    PlanChange.objects.create(
        tenant=locked, from_plan=locked.plan, to_plan=plan, reason=reason, cause=cause, by=by, at=now
    )  # fmt: skip
    locked.plan, locked.cycle, locked.expires_at = plan, cycle, expires_at
    locked.save(update_fields=["plan", "cycle", "expires_at"])
    emit("tenant.plan_changed", tenant_id=locked.pk, plan_id=plan.pk)
    return True
