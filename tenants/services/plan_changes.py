"""The one door to “which plan is this tenant on”: for upgrades, downgrades, moves by hand and what lapses."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from plans.models import Plan, PlatformSettings
from saas.core.errors import NotHere
from saas.core.events import emit
from tenants.models import Cycle, PlanChange, Tenant, User
from tenants.services.fitting import fit


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
        cycle=tenant.cycle,
        expires_at=tenant.expires_at,
        reset_usage=True,
    )


@transaction.atomic
def change_plan(  # noqa: PLR0913 - everything that a change of plan says about itself
    tenant: Tenant,
    plan: Plan,
    *,
    cause: str,
    reason: PlanChange.Reason,
    now: datetime,
    cycle: str = Cycle.MONTHLY,
    expires_at: datetime | None = None,
    by: User | None = None,
    reset_usage: bool | None = None,
    note: str = "",
) -> bool:
    """Put `tenant` on `plan`; True when it moved, False when `cause` was carried out before.

    `cause` names what made it happen (“payment:17”), so that a repeated delivery does nothing. What is not given of
    `cycle` and `expires_at` is monthly and without an end. `reset_usage` decides whether what is counted per month
    starts again from zero; None leaves that to `starts_again`. Nothing of the tenant's is deleted: what is too many is
    paused and what fits again comes back, in the same transaction, and the new capabilities and limits are in force on
    its very next page. Emits `tenant.plan_changed`. Raises NotHere when the plan was deleted meanwhile.
    """
    locked = tenant.lock()
    if PlanChange.objects.filter(cause=cause).exists():
        return False
    target = _hold(plan)
    if reset_usage is None:
        reset_usage = starts_again(locked.plan, target, cycle=cycle, reason=reason)
    PlanChange.objects.create(
        tenant=locked, from_plan=locked.plan, to_plan=target, reason=reason, cause=cause, by=by, at=now,
        cycle=cycle, expires_at=expires_at, reset_usage=reset_usage, note=note.strip(),
    )  # fmt: skip
    locked.plan, locked.cycle, locked.expires_at = target, cycle, expires_at
    locked.expiry_check_at = expires_at
    if reset_usage:
        locked.plan_started_at = now
    locked.save(update_fields=["plan", "cycle", "expires_at", "expiry_check_at", "plan_started_at"])
    fit(locked, now)
    emit("tenant.plan_changed", tenant_id=locked.pk, plan_id=target.pk)
    return True


@transaction.atomic
def extend_plan(tenant: Tenant, *, until: datetime) -> None:
    """`tenant` keeps its plan until then: it was paid for once more. Nothing else changes."""
    locked = tenant.lock()
    locked.expires_at = locked.expiry_check_at = until
    locked.save(update_fields=["expires_at", "expiry_check_at"])


def starts_again(before: Plan, after: Plan, *, cycle: str, reason: PlanChange.Reason) -> bool:
    """Whether a move from `before` to `after` is an upgrade, with which monthly counting starts again from zero.

    Decision D5: a higher price for the cycle, or a paid change away from the Trial, Default or Expired plan. Never for
    a downgrade, the same price or a move by the platform, so that nobody cycles plans for free messages.
    """
    if reason == PlanChange.Reason.MOVED or before.pk == after.pk:
        return False
    if _price(after, cycle) > _price(before, cycle):
        return True
    return reason == PlanChange.Reason.PAID and _is_a_start(before)


def _price(plan: Plan, cycle: str) -> int:
    return plan.annual_price if cycle == Cycle.ANNUAL else plan.monthly_price


def _is_a_start(plan: Plan) -> bool:
    """Whether tenants are on `plan` without having chosen it."""
    platform = PlatformSettings.load()
    return plan.is_default or plan.pk in {platform.trial_plan_id, platform.expired_plan_id}


def _hold(plan: Plan) -> Plan:
    """`plan` as it is stored, kept from being deleted until the transaction ends. Raises NotHere.

    KEY SHARE waits for no edit of the plan and lets none wait. `start_refit` waits for it, so that a tenant which is
    put on a plan while that is being saved is among those that are fitted again.
    """
    stored = Plan.objects.raw("SELECT * FROM plans_plan WHERE id = %s FOR KEY SHARE", [plan.pk])
    for found in stored:
        return found
    raise NotHere(_("This plan is not here any more. Somebody deleted it."))
