"""The one door to “which plan is this tenant on”: for upgrades, downgrades, moves by hand and what lapses."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from plans.models import Plan, PlatformSettings
from saas.core.errors import NotHere
from saas.core.events import emit_all
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


@dataclass(frozen=True)
class Change:
    """One tenant, which the caller has locked, on its way to `plan`; see `change_plan` for what the rest says."""

    tenant: Tenant
    plan: Plan
    cause: str
    reason: PlanChange.Reason
    cycle: str = Cycle.MONTHLY
    expires_at: datetime | None = None
    by: User | None = None
    reset_usage: bool | None = None
    note: str = ""


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
    change = Change(locked, plan, cause, reason, cycle, expires_at, by, reset_usage, note)
    return bool(change_plans([change], now=now))


@transaction.atomic(savepoint=False)
def change_plans(changes: Collection[Change], *, now: datetime) -> list[Change]:
    """Carry out `changes`, each of another tenant, all of them or none; answers those whose cause is new.

    What `change_plan` does, in a few statements however many they are, and one visit to each schema that there is.
    Give tenants that have their plan loaded: it is read for each otherwise.
    """
    causes = PlanChange.objects.filter(cause__in=[change.cause for change in changes])
    known = set(causes.values_list("cause", flat=True))
    new = [change for change in changes if change.cause not in known]
    if not new:
        return []
    plans = _hold({change.plan.pk for change in new})
    rows = [_record(change, plans[change.plan.pk], now) for change in new]
    PlanChange.objects.bulk_create(rows)
    _write(rows, now)
    for row in rows:
        fit(row.tenant, now)
    changed = [{"tenant_id": row.tenant_id, "plan_id": row.to_plan_id} for row in rows]
    emit_all("tenant.plan_changed", changed)
    return new


def _record(change: Change, target: Plan, now: datetime) -> PlanChange:
    """The row that says what `change` does; its tenant is what it is to be, and not stored yet."""
    tenant, resets = change.tenant, change.reset_usage
    if resets is None:
        resets = starts_again(tenant.plan, target, cycle=change.cycle, reason=change.reason)
    row = PlanChange(
        tenant=tenant, from_plan=tenant.plan, to_plan=target, reason=change.reason,
        cause=change.cause, by=change.by, at=now, cycle=change.cycle,
        expires_at=change.expires_at, reset_usage=resets, note=change.note.strip(),
    )  # fmt: skip
    tenant.plan, tenant.cycle, tenant.expires_at = target, change.cycle, change.expires_at
    tenant.expiry_check_at = change.expires_at
    if resets:
        tenant.plan_started_at = now
    return row


def _write(rows: list[PlanChange], now: datetime) -> None:
    """Store the tenants of `rows`: one statement for all that get the same."""
    same: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row in rows:
        same[row.to_plan_id, row.cycle, row.expires_at, row.reset_usage].append(row.tenant_id)
    for (plan_id, cycle, expires_at, resets), pks in same.items():
        Tenant.objects.filter(pk__in=pks).update(
            plan_id=plan_id,
            cycle=cycle,
            expires_at=expires_at,
            expiry_check_at=expires_at,
            **({"plan_started_at": now} if resets else {}),
        )


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


def _hold(pks: Collection[int]) -> dict[int, Plan]:
    """The plans as they are stored, kept from being deleted until the transaction ends. Raises NotHere.

    KEY SHARE waits for no edit of a plan and lets none wait. `start_refit` waits for it, so that a tenant which is
    put on a plan while that is being saved is among those that are fitted again.
    """
    query = "SELECT * FROM plans_plan WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"
    found = {plan.pk: plan for plan in Plan.objects.raw(query, [sorted(pks)])}
    if len(found) < len(pks):
        raise NotHere(_("This plan is not here any more. Somebody deleted it."))
    return found
