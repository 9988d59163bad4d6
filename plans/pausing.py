"""Which rows a ceiling pauses and resumes. Pure querysets: a change updates them, a preview reads them.

`rows` are those that a tenant has switched on, paused or not, of a model with `is_active`, `paused_at` and
`created_at`. Rows that the tenant switched off are not among them, so they never count, pause or come back.
"""

from collections.abc import Collection
from typing import Any, TypeVar

from django.db.models import Case, Expression, Model, QuerySet, Value, When

from plans.entitlements import UNLIMITED

M = TypeVar("M", bound=Model)
OLDEST_FIRST = ("created_at", "pk")


def to_pause(rows: "QuerySet[M]", ceiling: int, keep: Collection[Any] = ()) -> "QuerySet[M]":
    """The running rows that are too many: the newest ones, those whose key is in `keep` last of all.

    Among rows that are equally old, the one with the higher key goes first.
    """
    if ceiling == UNLIMITED:
        return rows.none()
    running = rows.filter(paused_at__isnull=True)
    who_stays = [_first(When(pk__in=keep, then=Value(0)))] if keep else []
    return running.filter(pk__in=_keys(running.order_by(*who_stays, *OLDEST_FIRST))[ceiling:])


def to_resume(rows: "QuerySet[M]", ceiling: int) -> "QuerySet[M]":
    """The paused rows that fit into the room left, the oldest first. No running row makes way for an older one."""
    paused = rows.filter(paused_at__isnull=False)
    if ceiling == UNLIMITED:
        return paused
    running_first = _first(When(paused_at__isnull=True, then=Value(0)))
    return paused.filter(pk__in=_keys(rows.order_by(running_first, *OLDEST_FIRST))[:ceiling])


def _first(condition: When) -> Expression:
    return Case(condition, default=Value(1))


def _keys(rows: "QuerySet[M]") -> "QuerySet[M, Any]":
    return rows.values("pk")
