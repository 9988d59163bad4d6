"""Where a plan has less room than a tenant uses: what it pauses, by name, and which rows may stay instead."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.wording import in_sentence, listed
from plans.entitlements import Entitlements
from plans.models import Plan
from plans.pausing import OLDEST_FIRST, to_pause
from plans.registry import Limit
from tenants.models import Tenant
from tenants.services.fitting import LimitFit
from tenants.services.keep_lists import kept

Keep = Mapping[str, Collection[int]]


@dataclass(frozen=True)
class Row:
    """Something that is in use; `stays` says whether it still is after the move."""

    pk: int
    name: str
    since: str
    stays: bool


@dataclass(frozen=True)
class Tight:
    """One limit with more in use than it allows, and everything that is in use, the oldest first."""

    limit: Limit
    ceiling: int
    rows: list[Row]
    plan: Plan
    error: str = ""

    @property
    def field(self) -> str:
        """The name under which the form sends what stays."""
        return f"keep-{self.limit.key}"

    @property
    def offers_choice(self) -> bool:
        return self.ceiling > 0

    @property
    def legend(self) -> str:
        """“Which 3 of your 5 staff stay active?”"""
        words = {"of": len(self.rows), "ceiling": self.ceiling, "label": in_sentence(self.limit)}
        return (
            ngettext(
                "Which one of your %(of)s %(label)s stays active?",
                "Which %(ceiling)s of your %(of)s %(label)s stay active?",
                self.ceiling,
            )
            % words
        )

    @property
    def announcement(self) -> str:
        """How many are paused, in words that take the fright out of it."""
        count = len(self.rows) - self.ceiling
        return ngettext(
            "%(count)s of your %(label)s will be paused, not deleted",
            "%(count)s %(label)s will be paused, not deleted",
            count,
        ) % {"count": count, "label": in_sentence(self.limit)} + (":" if self.names else ".")

    @property
    def promise(self) -> str:
        """Who or what is paused, and that it is not for ever."""
        back = ngettext(
            "It comes back, with all its data, when you move up again.",
            "They come back, with all their data, when you move up again.",
            len(self.rows) - self.ceiling,
        )
        return f"{self.names}. {back}" if self.names else back

    @property
    def names(self) -> str:
        """Who or what is paused; empty while that is open because of an error."""
        return "" if self.error else listed([row.name for row in self.rows if not row.stays])


def tight_limits(
    tenant: Tenant, plan: Plan, fits: list[LimitFit], now: datetime, keep: Keep | None = None
) -> list[Tight]:
    """The limits of which a move of `tenant` to `plan` pauses rows, as `fits` says; asked in the tenant's scope.

    `keep` says by limit which rows stay; without it the tenant's earlier choice does. One query for each, two without
    `keep`, however many rows.
    """
    return [_tight(tenant, plan, fit.limit, now, keep) for fit in fits if fit.pause]


def _tight(tenant: Tenant, plan: Plan, limit: Limit, now: datetime, keep: Keep | None) -> Tight:
    ceiling = ceiling_after(tenant, plan, limit.key, now)
    stay = kept(tenant, limit.key) if keep is None else keep.get(limit.key, ())
    if limit.pausable is None:
        raise ValueError(f"Rows of {limit.key} are never paused.")
    rows = limit.pausable(tenant)
    goes = Exists(to_pause(rows, ceiling, stay).filter(pk=OuterRef("pk")))
    running = rows.filter(paused_at__isnull=True).annotate(goes=goes).order_by(*OLDEST_FIRST)
    return Tight(limit, ceiling, [_row(row) for row in running], plan)


def _row(row: Any) -> Row:
    since = _("Since %(month)s") % {"month": date_format(row.created_at, "F Y")}
    return Row(row.pk, str(row), since, stays=not row.goes)


@dataclass
class Moved:
    """A tenant as if it were on `plan`: what Entitlements can be asked about."""

    plan: Plan
    overrides: dict[str, Any]


def moved(tenant: Tenant, plan: Plan) -> Moved:
    return Moved(plan, tenant.overrides)


def ceiling_after(tenant: Tenant, plan: Plan, key: str, now: datetime) -> int:
    """What the limit allows once `tenant` is on `plan`; an override of the tenant's stays in force."""
    return Entitlements(moved(tenant, plan), now).ceiling(key)


def chosen(tight: Tight, keep: Collection[int]) -> Tight:
    """`tight` with exactly these boxes ticked, as somebody sent them."""
    return replace(tight, rows=[replace(row, stays=row.pk in keep) for row in tight.rows])
