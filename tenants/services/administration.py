"""What a super admin does to tenants by hand: edit, move, deactivate. All of it is written to the audit log."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from plans.models import Plan
from plans.services.plans import find_plan
from saas.core import audit
from saas.core.errors import Conflict, NotHere
from saas.core.events import emit
from tenants.models import PlanChange, Tenant, User
from tenants.services.plan_changes import change_plan

AUDITED = ("name", "time_zone", "plan", "cycle", "expires_at", "plan_started_at")
TERMS = ("plan_id", "cycle", "expires_at")


@dataclass(frozen=True)
class TenantEdit:
    """A tenant as a super admin wants it. `reason` says why plan, cycle, expiry or usage change."""

    name: str
    time_zone: str
    plan: Plan
    cycle: str
    expires_at: datetime | None
    reset_usage: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Move:
    """Where tenants go, and why. `token` names the one press of the button that this is."""

    plan_id: int
    token: str
    reason: str
    reset_usage: bool = False
    without_end: bool = False
    """Whether the expiry dates go; otherwise each tenant keeps its own, unless that has passed."""


class EditedMeanwhile(Conflict):
    """Somebody else, or a payment, changed the tenant after the dialog was opened; `tenant` is it now."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(_("Something about this tenant changed meanwhile."))
        self.tenant = tenant


def version_of(tenant: Tenant) -> str:
    """Differs whenever anything that the edit dialog shows does."""
    shown = [tenant.name, tenant.time_zone, *(getattr(tenant, name) for name in TERMS)]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:20]


def find_tenant(pk: int) -> Tenant:
    """The tenant `pk` with its plan. Raises NotHere."""
    tenant: Tenant | None = Tenant.objects.select_related("plan").filter(pk=pk).first()
    if tenant is None:
        raise NotHere(_("There is no such tenant."))
    return tenant


@transaction.atomic
def edit_tenant(
    tenant: Tenant, edit: TenantEdit, *, token: str, seen: str, by: User, now: datetime
) -> Tenant:
    """`tenant` as stored, after `edit`. Doing it again with the same `token` changes nothing.

    Raises EditedMeanwhile when it is not what the dialog showed (`seen`) any more, NotHere when the plan is gone.
    """
    cause = f"edit:{token}:{tenant.pk}"
    locked = tenant.lock()
    if PlanChange.objects.filter(cause=cause).exists() or not _differs(locked, edit):
        return locked
    if version_of(locked) != seen:
        raise EditedMeanwhile(locked)
    before = audit.snapshot(locked, AUDITED)
    has_moved = locked.time_zone != edit.time_zone
    locked.name, locked.time_zone = edit.name, edit.time_zone
    locked.save(update_fields=["name", "time_zone"])
    if has_moved:
        emit("tenant.time_zone_changed", tenant_id=locked.pk)
    if edit.reset_usage or _new_terms(locked, edit):
        change_plan(
            locked, edit.plan, cause=cause, reason=PlanChange.Reason.MOVED, now=now, cycle=edit.cycle,
            expires_at=edit.expires_at, by=by, reset_usage=edit.reset_usage, note=edit.reason,
        )  # fmt: skip
    return _record("tenant.edited", locked.pk, before, edit.reason, by)


def move_tenant(pk: int, move: Move, *, by: User, now: datetime) -> bool:
    """Put one tenant on the plan of `move`; True when it moved.

    False when it is there already (unless its usage starts again), is gone, or this very move was made before.
    Raises NotHere when the plan is gone.
    """
    with transaction.atomic():
        plan = find_plan(move.plan_id)
        tenant = Tenant.objects.filter(pk=pk).first()
        if tenant is None:
            return False
        locked = tenant.lock()
        if locked.plan_id == plan.pk and not move.reset_usage:
            return False
        before = audit.snapshot(locked, AUDITED)
        over = locked.expires_at is not None and locked.expires_at <= now
        moved = change_plan(
            locked, plan, cause=f"move:{move.token}:{pk}", reason=PlanChange.Reason.MOVED, now=now,
            cycle=locked.cycle, expires_at=None if move.without_end or over else locked.expires_at,
            by=by, reset_usage=move.reset_usage, note=move.reason,
        )  # fmt: skip
        if moved:
            _record("tenant.moved", pk, before, move.reason, by)
        return moved


def move_tenants(pks: Iterable[int], move: Move, *, by: User, now: datetime) -> int:
    """Move each in a transaction of its own; returns how many moved. Safe to repeat and to run twice at once."""
    return sum(move_tenant(pk, move, by=by, now=now) for pk in pks)


def was_made(token: str) -> bool:
    """Whether the move with this `token` has begun: its button was pressed before."""
    return PlanChange.objects.filter(cause__startswith=f"move:{token}:").exists()


@transaction.atomic
def deactivate(tenant: Tenant, *, reason: str, by: User, now: datetime) -> bool:
    """Nobody gets in to `tenant` from the next request on, and its own pages are gone. Nothing is deleted.

    False when it was deactivated before.
    """
    return _set_suspended(tenant, now, "tenant.deactivated", reason, by)


@transaction.atomic
def reactivate(tenant: Tenant, *, reason: str, by: User) -> bool:
    """Everything of `tenant` is open again as it was. False when it was not deactivated."""
    return _set_suspended(tenant, None, "tenant.reactivated", reason, by)


def _set_suspended(tenant: Tenant, at: datetime | None, verb: str, reason: str, by: User) -> bool:
    changed = Tenant.objects.filter(pk=tenant.pk, suspended_at__isnull=at is not None)
    if not changed.update(suspended_at=at):
        return False
    changes: audit.Changes = {"deactivated": [at is None, at is not None]}
    audit.record(verb, tenant, changes=changes, reason=reason, actor=by)
    return True


def _differs(tenant: Tenant, edit: TenantEdit) -> bool:
    same_words = (tenant.name, tenant.time_zone) == (edit.name, edit.time_zone)
    return edit.reset_usage or not same_words or _new_terms(tenant, edit)


def _new_terms(tenant: Tenant, edit: TenantEdit) -> bool:
    wanted = (edit.plan.pk, edit.cycle, edit.expires_at)
    return tuple(getattr(tenant, name) for name in TERMS) != wanted


def _record(verb: str, pk: int, before: audit.Snapshot, reason: str, by: User) -> Tenant:
    stored = find_tenant(pk)
    changes = audit.differences(before, audit.snapshot(stored, AUDITED))
    audit.record(verb, stored, changes=changes, reason=reason, actor=by)
    return stored
