"""How much of each limit is used, as it is shown in the Current plan dialog and on the panel's first page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Value
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.panel.parts import notes_of
from plans.entitlements import UsageLine
from plans.registry import registry
from saas.core.templatetags.ui import meter_state
from tenants.cards import ceiling_words
from tenants.models import Tenant

DAY, DATE = "j M", "j M Y"


@dataclass(frozen=True)
class Meter:
    """How much of one limit is used, and what that means once it is nearly all."""

    label: Any
    used: int
    ceiling: int
    period: str
    note: str


def meters(usage: list[UsageLine], own: Mapping[str, str] | None = None) -> list[Meter]:
    """`usage` in short: how much, and what follows near the limit. No query.

    `own`: by limit, what is said in place of that, as `parts.notes_of` answers it.
    """
    return [
        _meter(
            line,
            period=_("this month") if line.limit.per else "",
            notes=[_follows(line, own or {})],
        )
        for line in usage
    ]


def full_meters(tenant: Tenant, now: datetime) -> list[Meter]:
    """Everything that is to be known of the tenant's limits: the month that is counted, what was arranged, what is
    paused. Two queries, in the tenant's scope, and those of `parts.notes_of`.
    """
    paused, own = paused_counts(tenant), notes_of(tenant, now)
    return [
        _meter(
            line,
            period=_window(line, tenant),
            notes=[_follows(line, own), _arranged(line, tenant), _paused(paused, line)],
        )
        for line in tenant.entitlements.usage()
    ]


def paused_counts(tenant: Tenant) -> dict[str, int]:
    """By limit, how many rows are paused by the plan; limits without any are left out. One query."""
    can = tenant.entitlements.can
    parts = [
        limit.pausable(tenant).filter(paused_at__isnull=False).order_by()
        .annotate(limit_key=Value(limit.key)).values("limit_key")
        .annotate(paused=Count("pk")).values_list("limit_key", "paused")
        for limit in registry.limits.values()
        if limit.pausable and (not limit.capability or can(limit.capability))
    ]  # fmt: skip
    return dict(parts[0].union(*parts[1:], all=True)) if parts else {}


def _meter(line: UsageLine, *, period: str, notes: list[str]) -> Meter:
    note = " · ".join(filter(None, notes))
    return Meter(line.limit.label, line.used, line.ceiling, period=period, note=note)


def _follows(line: UsageLine, own: Mapping[str, str]) -> str:
    key = line.limit.key
    return own[key] if key in own else _room_note(line)


def _room_note(line: UsageLine) -> str:
    if line.unlimited:
        return ""
    if line.ceiling == 0:
        return _("Your plan allows none")
    if not line.has_room:
        return _("None left: you can use what you have, and add no more")
    left = line.ceiling - line.used
    near = meter_state(line.used, line.ceiling)
    return ngettext("%(left)s left", "%(left)s left", left) % {"left": left} if near else ""


def _window(line: UsageLine, tenant: Tenant) -> str:
    """“this month: 3 Nov to 3 Dec”, in the tenant's own time."""
    if line.window is None:
        return _("this month") if line.limit.per else ""
    start, end = (date_format(_local(instant, tenant), DAY) for instant in line.window)
    return _("this month: %(start)s to %(end)s") % {"start": start, "end": end}


def _arranged(line: UsageLine, tenant: Tenant) -> str:
    """“8 until 3 Dec 2026, by special arrangement”: the platform gave it another ceiling than its plan does."""
    if not line.override:
        return ""
    until = tenant.overrides["limits"][line.limit.key]["until"]
    words = {"ceiling": ceiling_words(line.ceiling), "date": ""}
    if not until:
        return _("%(ceiling)s by special arrangement") % words
    words["date"] = date_format(_local(datetime.fromisoformat(until), tenant), DATE)
    return _("%(ceiling)s until %(date)s, by special arrangement") % words


def _paused(paused: Mapping[str, int], line: UsageLine) -> str:
    count = paused.get(line.limit.key, 0)
    return _("%(count)s paused by your plan") % {"count": count} if count else ""


def _local(instant: datetime, tenant: Tenant) -> datetime:
    return localtime(instant, ZoneInfo(tenant.time_zone))
