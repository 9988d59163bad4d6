"""One limit or feature of one tenant, changed on top of its plan. In force, or over, on the tenant's very next page.

The rows of `Override` are the history; `Tenant.overrides` says the same of what is in force, for `Entitlements`.
"""

import logging
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from plans.entitlements import UNLIMITED
from plans.models import MAX_LIMIT
from plans.registry import registry
from saas.core import audit
from tenants.models import Override, Tenant, User
from tenants.services.fitting import fit

log = logging.getLogger(__name__)


@transaction.atomic
def set_override(
    tenant: Tenant,
    key: str,
    value: int | bool,  # noqa: FBT001 - its type says what is overridden
    *,
    reason: str,
    until: datetime | None,
    by: User | None,
    now: datetime,
) -> Override:
    """Give `tenant` another ceiling (a number) or switch a feature (True or False), whatever its plan says.

    It replaces an earlier override of the same thing, and is over at `until`; None: when somebody ends it. Rows pause
    and come back in the same transaction. Raises UnknownKey, and ValidationError ({field: sentence}) for a ceiling
    below -1 or too high, a missing or overlong reason and an end that is not in the future.
    """
    ceiling, is_on = (None, value) if isinstance(value, bool) else (value, None)
    _check(key, value, reason.strip(), until, now)
    locked = tenant.lock()
    kind = Q(ceiling__isnull=ceiling is None)
    before = locked.override_rows.filter(kind, key=key, ended_at__isnull=True).first()
    if before:
        _end(before, by=by, now=now)
    override = Override.objects.create(
        tenant=locked,
        key=key,
        ceiling=ceiling,
        is_on=is_on,
        reason=reason.strip(),
        until=until,
        by=by,
        created_at=now,
    )
    _put_in_force(locked, now)
    changes = audit.differences(_described(before), _described(override))
    audit.record("tenant.override_set", locked, changes=changes, reason=override.reason, actor=by)
    return override


@transaction.atomic
def end_override(override: Override, *, by: User | None, now: datetime, reason: str = "") -> bool:
    """Put the plan's own value in force again; True when it was not so before."""
    locked = override.tenant.lock()
    row = Override.objects.filter(pk=override.pk, ended_at__isnull=True).first()
    if row is None:
        return False
    _end(row, by=by, now=now)
    _put_in_force(locked, now)
    changes = audit.differences(_described(row), {})
    audit.record("tenant.override_ended", locked, changes=changes, reason=reason, actor=by)
    return True


def sweep_overrides(now: datetime) -> int:
    """End every override whose time is over, fit its tenant again, and answer how many ended.

    A transaction for each tenant; one that fails is logged and taken up by the next sweep.
    """
    due = Override.objects.filter(ended_at__isnull=True, until__lte=now)
    tenants = Tenant.objects.filter(pk__in=due.values("tenant")).order_by("pk")
    ended = 0
    for tenant in tenants:
        try:
            ended += _sweep(tenant, now)
        except Exception:
            log.exception("The overrides of tenant %s could not be ended", tenant.pk)
    return ended


@transaction.atomic
def _sweep(tenant: Tenant, now: datetime) -> int:
    locked = tenant.lock()
    due = locked.override_rows.filter(ended_at__isnull=True, until__lte=now)
    ended: int = due.update(ended_at=F("until"))
    if ended:
        _put_in_force(locked, now)
    return ended


def _end(row: Override, *, by: User | None, now: datetime) -> None:
    """An override that was over already, though not swept yet, ended when it was over."""
    over = row.until is not None and row.until <= now
    row.ended_at, row.ended_by = (row.until, None) if over else (now, by)
    row.save(update_fields=["ended_at", "ended_by"])


def _put_in_force(locked: Tenant, now: datetime) -> None:
    """Write what `Entitlements` reads, and fit the tenant to it."""
    in_force: dict[str, dict[str, Any]] = {"limits": {}, "capabilities": {}}
    for row in locked.override_rows.filter(ended_at__isnull=True).order_by("pk"):
        until = row.until.isoformat() if row.until else None
        in_force[row.kind][row.key] = {"value": row.value, "until": until}
    locked.overrides = {kind: rows for kind, rows in in_force.items() if rows}
    locked.save(update_fields=["overrides"])
    fit(locked, now)


def _check(key: str, value: int, reason: str, until: datetime | None, now: datetime) -> None:
    wrong: dict[str, str] = {}
    if isinstance(value, bool):
        registry.capability(key)
    elif registry.limit(key) and not UNLIMITED <= value <= MAX_LIMIT:
        sentence = _("Enter a whole number from 0 to %(most)s, or -1 for unlimited.")
        wrong["value"] = sentence % {"most": f"{MAX_LIMIT:,}"}
    if not reason:
        wrong["reason"] = _("Say why, for whoever reads this later.")
    elif len(reason) > (longest := Override._meta.get_field("reason").max_length or 0):
        wrong["reason"] = _("Keep the reason to %(longest)s characters.") % {"longest": longest}
    if until is not None and until <= now:
        wrong["until"] = _("Choose an end in the future.")
    if wrong:
        raise ValidationError(wrong)


def _described(row: Override | None) -> audit.Snapshot:
    if row is None:
        return {}
    name = f"{row.kind}.{row.key}"
    return {name: row.value, f"{name} until": row.until.isoformat() if row.until else ""}
