"""Making what a tenant has running fit what its plan allows, and saying beforehand what that would do.

Both go through `_uneven` and `plans.pausing`, so a preview shows exactly what happens.
"""

import copy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Value

from plans.entitlements import UNLIMITED, Entitlements
from plans.models import Plan
from plans.pausing import OLDEST_FIRST, to_pause, to_resume
from plans.registry import Limit, registry
from tenants.models import KeptRows, Tenant
from tenants.scope import tenant_scope

Keep = Mapping[str, Collection[int]]
"""By limit, the keys of the rows that are paused last."""


@dataclass(frozen=True)
class Fitted:
    """How many rows of each limit were paused and resumed; limits where nothing happened are left out."""

    paused: dict[str, int] = field(default_factory=dict)
    resumed: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LimitFit:
    """What would be paused and resumed, by name, the oldest first."""

    limit: Limit
    pause: list[str]
    resume: list[str]


class Uneven(NamedTuple):
    """A limit with more rows running than it allows, or with paused rows and room for them."""

    limit: Limit
    ceiling: int
    rows: "QuerySet[Any]"
    is_too_many: bool


@transaction.atomic
def refit(tenant: Tenant, now: datetime) -> Fitted:
    """Pause what is too many and resume what fits, under the tenant's lock. Again changes nothing."""
    return fit(tenant.lock(), now)


def fit(locked: Tenant, now: datetime) -> Fitted:
    """As `refit`, for a tenant that the caller has locked and whose plan and overrides are as they are to be.

    One statement to count, one for each limit where something happens, and one for keep-lists, however many rows. A
    keep-list is used up once rows of its limit are paused. Limits of a feature that is off stay as they are. A tenant
    without a schema has nothing to fit.
    """
    if locked.activated_at is None:
        return Fitted()
    fitted = Fitted()
    with tenant_scope(locked):
        uneven = _uneven(locked, now)
        keep = _take_kept(locked, [one.limit.key for one in uneven if one.is_too_many])
        for limit, ceiling, rows, is_too_many in uneven:
            if is_too_many:
                beyond = to_pause(rows, ceiling, keep.get(limit.key, ()))
                fitted.paused[limit.key] = beyond.update(paused_at=now)
            else:
                fitted.resumed[limit.key] = to_resume(rows, ceiling).update(paused_at=None)
    return fitted


def preview_fit(
    tenant: Tenant, plan: Plan, now: datetime, *, keep: Keep | None = None
) -> list[LimitFit]:
    """What a move of `tenant` to `plan` would pause and resume at `now`; empty when nothing. Writes nothing.

    `plan` may be unsaved: an edited copy of the tenant's own plan shows what saving it would do. `keep` stands in
    for the tenant's stored keep-lists.
    """
    if tenant.activated_at is None:
        return []
    would_be = copy.copy(tenant)
    would_be.plan = plan
    with tenant_scope(tenant):
        uneven = _uneven(would_be, now)
        if keep is None:
            keep = _read_kept(tenant, [one.limit.key for one in uneven if one.is_too_many])
        return [_preview(one, keep) for one in uneven]


@dataclass(frozen=True)
class MenuDifference:
    """The menu entries, by label, that come and that go."""

    appear: list[str]
    vanish: list[str]


def menu_difference(
    before: Plan, after: Plan, *, tenant: Tenant | None = None, now: datetime | None = None
) -> MenuDifference:
    """What a move from one plan to the other does to a tenant's menu; for one `tenant`, with its overrides."""
    had, has = (_menu(plan, tenant, now) for plan in (before, after))
    return MenuDifference(
        [label for label in has if label not in had], [label for label in had if label not in has]
    )


def _menu(plan: Plan, tenant: Tenant | None, now: datetime | None) -> list[str]:
    holder = copy.copy(tenant) if tenant else Tenant()
    holder.plan = plan
    can = Entitlements(holder, now).can
    return [
        str(item.label) for item in registry.menu() if not item.capability or can(item.capability)
    ]


def _preview(one: Uneven, keep: Keep) -> LimitFit:
    if one.is_too_many:
        beyond = to_pause(one.rows, one.ceiling, keep.get(one.limit.key, ()))
        return LimitFit(one.limit, _names(beyond), [])
    return LimitFit(one.limit, [], _names(to_resume(one.rows, one.ceiling)))


def _names(rows: "QuerySet[Any]") -> list[str]:
    return [str(row) for row in rows.order_by(*OLDEST_FIRST)]


def _uneven(tenant: Tenant, now: datetime) -> list[Uneven]:
    """Where there is something to do, found with one statement. Call it in the tenant's scope."""
    entitlements = Entitlements(tenant, now)
    limits = {
        limit: limit.pausable(tenant)
        for limit in registry.limits.values()
        if limit.pausable and (not limit.capability or entitlements.can(limit.capability))
    }
    counts = _count(limits)
    return list(_compare(limits, counts, entitlements))


def _compare(
    limits: "Mapping[Limit, QuerySet[Any]]",
    counts: Mapping[str, tuple[int, int]],
    entitlements: Entitlements,
) -> Iterator[Uneven]:
    for limit, rows in limits.items():
        running, paused = counts.get(limit.key, (0, 0))
        ceiling = entitlements.ceiling(limit.key)
        is_too_many = ceiling != UNLIMITED and running > ceiling
        has_room = ceiling == UNLIMITED or running < ceiling
        if is_too_many or (paused and has_room):
            yield Uneven(limit, ceiling, rows, is_too_many)


def _count(limits: "Mapping[Limit, QuerySet[Any]]") -> dict[str, tuple[int, int]]:
    """(running, paused) of each limit that has rows: one UNION ALL."""
    is_running = Q(paused_at__isnull=True)
    parts = [
        rows.order_by().annotate(limit_key=Value(limit.key)).values("limit_key")
        .annotate(running=Count("pk", filter=is_running), paused=Count("pk", filter=~is_running))
        .values_list("limit_key", "running", "paused")
        for limit, rows in limits.items()
    ]  # fmt: skip
    if not parts:
        return {}
    found = parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0]
    return {key: (running, paused) for key, running, paused in found}


def _read_kept(tenant: Tenant, limits: list[str]) -> Keep:
    if not limits:
        return {}
    kept = KeptRows.objects.filter(tenant=tenant, limit__in=limits)
    return dict(kept.values_list("limit", "row_ids"))


def _take_kept(tenant: Tenant, limits: list[str]) -> Keep:
    """The tenant's keep-lists for `limits`, which are used up with that."""
    keep = _read_kept(tenant, limits)
    if keep:
        KeptRows.objects.filter(tenant=tenant, limit__in=keep).delete()
    return keep
