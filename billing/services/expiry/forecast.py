"""The dry run of the sweep (B2): who is due, what would happen to each, and what would be paused. It only reads.

Every tenant goes through the very cases that the sweep decides, each at the instant at which it is due.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet, Window

from billing.models import ExpiryTrouble
from billing.renewal import Step
from billing.services.expiry.cases import Case, Rules, cases_of, rules
from billing.services.expiry.sweeping import stayed
from billing.tightening import moved
from plans.entitlements import UNLIMITED, Entitlements
from plans.models import Plan
from plans.registry import Limit, registry
from tenants.models import Tenant
from tenants.services.fitting import LimitFit, preview_fit

LOOKED = 1000
"""So many tenants are decided about, those who are due first."""
SHOWN = 50
"""So many of them are shown, and so many schemas opened at most: of those whose new plan has less room."""
CHANGING = {Step.MOVE, Step.RENEW, Step.LAPSE}


@dataclass(frozen=True)
class Prospect:
    """One tenant, when it is due, and what would be paused then."""

    case: Case
    at: datetime
    pauses: list[LimitFit]
    trouble: ExpiryTrouble | None

    @property
    def balance_after(self) -> int:
        return self.case.balance - self.case.decision.amount


@dataclass(frozen=True)
class Forecast:
    """What the sweep does from `now` until so many days later. `total` are due; the first of them were looked into."""

    now: datetime
    days: int
    rules: Rules
    total: int
    steps: "Counter[Step]"
    income: int
    """What the balances pay, in minor units of the platform's currency."""
    shown: list[Prospect]
    stayed: list[Tenant]
    """The first of those who kept a plan that has run out; they are not looked at."""
    stayed_total: int

    @property
    def looked(self) -> int:
        return self.steps.total()

    @property
    def unseen(self) -> int:
        return self.total - self.looked


def forecast(now: datetime, days: int) -> Forecast:
    """Six queries, and one or two for each shown tenant whose next plan has less room than its present one."""
    chosen = rules()
    tenants = list(_counted(_due_until(now, now + timedelta(days=days)))[:LOOKED])
    cases = cases_of(tenants, chosen, now)
    left = list(_counted(stayed(now).order_by("expires_at", "pk"))[:SHOWN])
    renewals = [case.decision.amount for case in cases if case.decision.step is Step.RENEW]
    return Forecast(
        now=now,
        days=days,
        rules=chosen,
        total=_total(tenants),
        steps=Counter(case.decision.step for case in cases),
        income=sum(renewals),
        shown=[_prospect(case, now) for case in cases[:SHOWN]],
        stayed=left,
        stayed_total=_total(left),
    )


def _due_until(now: datetime, horizon: datetime) -> "QuerySet[Tenant]":
    """Who is looked at by then, and whoever could not be handled so far."""
    in_trouble = Q(expiry_trouble__isnull=False, expires_at__lte=now)
    found = Tenant.objects.filter(Q(expiry_check_at__lte=horizon) | in_trouble)
    return found.select_related("expiry_trouble").order_by("expiry_check_at", "pk")


def _counted(tenants: "QuerySet[Tenant]") -> "QuerySet[Tenant]":
    """Each with its plan, and with `total`: how many there are, however few of them are read."""
    counted: QuerySet[Tenant] = tenants.select_related("plan").annotate(total=Window(Count("pk")))
    return counted


def _total(tenants: list[Tenant]) -> int:
    return int(tenants[0].total) if tenants else 0


def _prospect(case: Case, now: datetime) -> Prospect:
    tenant = case.tenant
    at = max(now, tenant.expiry_check_at or now)
    return Prospect(case, at, _pauses(case, at), getattr(tenant, "expiry_trouble", None))


def _pauses(case: Case, at: datetime) -> list[LimitFit]:
    """What has no room on the plan that is next, by name. A plan with as much room pauses nothing: nobody looks."""
    tenant, plan = case.tenant, case.decision.plan
    if plan is None or case.decision.step not in CHANGING or plan.pk == tenant.plan_id:
        return []
    if not has_less_room(tenant, plan, at):
        return []
    return [fit for fit in preview_fit(tenant, plan, at) if fit.pause]


def has_less_room(tenant: Tenant, plan: Plan, at: datetime) -> bool:
    """Whether a move of `tenant` to `plan` may pause anything. No query."""
    before, after = Entitlements(tenant, at), Entitlements(moved(tenant, plan), at)
    limits = (limit for limit in registry.limits.values() if limit.pausable)
    return any(_is_tighter(limit, before, after) for limit in limits)


def _is_tighter(limit: Limit, before: Entitlements, after: Entitlements) -> bool:
    """A limit of a feature that is off pauses nothing; of one that was off, rows may be more than fit."""
    if limit.capability and not after.can(limit.capability):
        return False
    had, has = before.ceiling(limit.key), after.ceiling(limit.key)
    was_off = bool(limit.capability) and not before.can(limit.capability)
    return has != UNLIMITED and (was_off or had == UNLIMITED or has < had)
