"""Whose paid time is over, with all that is needed to decide what happens now. It only reads.

The sweep and its dry run both come here, so that the one does what the other says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case as Choice
from django.db.models import QuerySet, When

from billing.models import BalanceAccount, BillingSettings, Standing, Subscription
from billing.renewal import Decision, decide, is_current
from plans.models import Plan, PlatformSettings
from tenants.models import Tenant


@dataclass(frozen=True)
class Rules:
    """What the owner has chosen."""

    platform: PlatformSettings
    grace: timedelta


@dataclass(frozen=True)
class Case:
    """One tenant with its plan, its latest subscription and what it has in hand, and what is to be done with it."""

    tenant: Tenant
    subscription: Subscription | None
    balance: int
    decision: Decision

    @property
    def running(self) -> Subscription | None:
        """The subscription, as long as it is live."""
        return self.subscription if self.subscription and self.subscription.is_live else None


def rules() -> Rules:
    """As they stand. Two queries."""
    return Rules(PlatformSettings.load(), timedelta(days=BillingSettings.load().grace_days))


def due(now: datetime) -> "QuerySet[Tenant]":
    """Everybody who has to be looked at by `now`, whoever has waited longest first. Open to the public or not."""
    return Tenant.objects.filter(expiry_check_at__lte=now).order_by("expiry_check_at")


def is_any_due(now: datetime) -> bool:
    """Whether there is work. The index alone answers it, however many tenants there are."""
    return due(now).exists()


def cases_of(tenants: list[Tenant], rules: Rules, now: datetime) -> list[Case]:
    """What is to be done with each of `tenants`: now, or when it is due if that is later. Two queries.

    `tenants` get their settings and, where it was not read with them, their plan: one query more.
    """
    _load_plans(tenants)
    latest = _latest_subscriptions(tenants)
    accounts = BalanceAccount.objects.in_bulk([tenant.pk for tenant in tenants])
    for tenant in tenants:
        tenant.platform_settings = rules.platform
    return [
        _case(tenant, latest.get(tenant.pk), accounts.get(tenant.pk), rules, now)
        for tenant in tenants
    ]


def _case(
    tenant: Tenant,
    subscription: Subscription | None,
    account: BalanceAccount | None,
    rules: Rules,
    now: datetime,
) -> Case:
    at = max(now, tenant.expiry_check_at) if tenant.expiry_check_at else now
    on_trial_plan = tenant.plan_id == rules.platform.trial_plan_id
    balance = _in_hand(account, subscription, rules)
    decision = decide(
        tenant,
        subscription,
        balance=balance,
        expired_plan=rules.platform.expired_plan,
        is_trial=on_trial_plan and not is_current(tenant, subscription),
        grace=rules.grace,
        now=at,
    )
    return Case(tenant, subscription, balance, decision)


def _load_plans(tenants: list[Tenant]) -> None:
    """Never joined where tenants are locked: it would be the plan from before the wait for the lock."""
    without = [tenant for tenant in tenants if "plan" not in tenant._state.fields_cache]
    plans = Plan.objects.in_bulk({tenant.plan_id for tenant in without}) if without else {}
    for tenant in without:
        tenant.plan = plans[tenant.plan_id]


def _latest_subscriptions(tenants: Iterable[Tenant]) -> dict[int, Subscription]:
    """The live one of each tenant, else the newest; of those without a plan, which never ran here, none."""
    pks = [tenant.pk for tenant in tenants]
    found = Subscription.objects.filter(tenant__in=pks, plan__isnull=False)
    is_over = Choice(When(standing=Standing.ENDED, then=True), default=False)
    newest = found.order_by("tenant_id", is_over, "-pk").distinct("tenant_id")
    return {one.tenant_id: one for one in newest.select_related("plan", "next_plan")}


def _in_hand(
    account: BalanceAccount | None, subscription: Subscription | None, rules: Rules
) -> int:
    """What the tenant can pay with; nothing where it is in another currency than what is due."""
    currency = rules.platform.currency
    if account is None or account.currency != currency:
        return 0
    return 0 if subscription and subscription.currency != currency else account.balance
