"""A subscription that had to be ended at its gateway, which would have charged next what nobody has chosen.

What was chosen still begins when the paid time is over, from the balance; so that is what the owners are told to fill.
"""

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from billing.models import Standing, Subscription
from billing.services.letters.owner_mail import day
from billing.services.renewals import title_of
from billing.services.ways import company_of
from plans.models import PlatformSettings
from saas.core.money import format_money
from tenants.models import Tenant


def find(now: datetime, platform: PlatformSettings) -> "QuerySet[Tenant]":
    """Whose subscription was stopped, and who has done nothing about it yet. Each carries `in_hand`, in minor units."""
    stopped = Subscription.objects.filter(
        tenant=OuterRef("pk"),
        was_stopped=True,
        standing=Standing.ENDED,
        plan=OuterRef("plan"),
        period_end=OuterRef("expires_at"),
    )
    running = Subscription.objects.live().filter(tenant=OuterRef("pk"))
    found: QuerySet[Tenant] = (
        Tenant.objects.open()
        .filter(Exists(stopped), ~Exists(running), expires_at__gt=now)
        .annotate(in_hand=Coalesce(F("balance_account__balance"), 0))
    )
    return found


def words(tenant: Tenant, end: datetime, platform: PlatformSettings) -> dict[str, Any]:
    """What ended, what follows from what, and what is missing for that; one of those that `find` gives."""
    stopped = (
        Subscription.objects.filter(tenant=tenant, was_stopped=True, period_end=end)
        .select_related("plan", "next_plan")
        .latest("pk")
    )
    is_other = stopped.next_plan is not None
    follows = title_of(
        stopped.next_plan or stopped.plan, stopped.next_cycle if is_other else stopped.cycle
    )
    due = stopped.amount if stopped.next_amount is None else stopped.next_amount
    is_usable = stopped.currency == platform.currency
    in_hand = getattr(tenant, "in_hand", 0) if is_usable else 0
    return {
        "company": company_of(stopped.gateway),
        "plan": stopped.plan_name,
        "follows": follows,
        "end": day(tenant, end),
        "amount": format_money(due, stopped.currency),
        "balance": format_money(in_hand, platform.currency),
        "missing": format_money(due - in_hand, stopped.currency),
        "is_covered": in_hand >= due,
        "can_be_added": is_usable,
    }
