"""Before the time of a tenant ends: its balance will not do, its trial is over soon, or nobody collects any more.

A row of `EndNotice`, which can be there only once for each end, is what claims a letter.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from billing.models import EndNotice, Subscription
from billing.services.letters import stopped
from billing.services.letters.owner_mail import Kind, Letter, Text, day
from plans.models import PlatformSettings
from saas.core.money import format_money
from tenants.models import Tenant, TenantQuerySet

AHEAD = {Kind.BALANCE: timedelta(days=7), Kind.TRIAL: timedelta(days=3)}
"""How long before the end the owners are told."""


def claim(now: datetime, *, at_most: int) -> list[Letter]:
    """The letters that are due and that nobody else writes: each is given out once."""
    platform = PlatformSettings.load()
    found: list[Letter] = []
    for kind, find in FINDERS.items():
        waiting = _untold(find(now, platform), kind).order_by("expiry_check_at")
        found += _claim(waiting[: at_most - len(found)], kind, now)
    return found


def text(kind: Kind, about_id: int, now: datetime) -> Text | None:
    """What the letter about a notice says; None when it is not true any more."""
    notice = EndNotice.objects.filter(pk=about_id, kind=kind).first()
    if notice is None:
        return None
    platform = PlatformSettings.load()
    tenants = FINDERS[kind](now, platform).filter(pk=notice.tenant_id, expires_at=notice.end)
    tenant = tenants.first()
    if tenant is None:
        return None
    if kind is Kind.TRIAL:
        return Text("billing/email/trial_ends", tenant, {"end": day(tenant, notice.end)})
    if kind is Kind.STOPPED:
        words = stopped.words(tenant, notice.end, platform)
        return Text("billing/email/subscription_stopped", tenant, words)
    return Text("billing/email/balance_low", tenant, _money_words(tenant, notice, platform))


def _money_words(tenant: Tenant, notice: EndNotice, platform: PlatformSettings) -> dict[str, Any]:
    running = Subscription.objects.live().select_related("plan", "next_plan").get(tenant=tenant)
    currency = platform.currency
    due, in_hand = tenant.amount_due, tenant.in_hand
    return {
        "plan": running.next_plan or running.plan,
        "end": day(tenant, notice.end),
        "amount": format_money(due, currency),
        "balance": format_money(in_hand, currency),
        "missing": format_money(due - in_hand, currency),
    }


def _ending(now: datetime, kind: Kind) -> TenantQuerySet:
    """Open businesses whose time is over soon enough; by the index that the sweep uses, too."""
    until = now + AHEAD[kind]
    return Tenant.objects.open().filter(
        expiry_check_at__gt=now, expiry_check_at__lte=until, expires_at__gt=now
    )


def _short_of_money(now: datetime, platform: PlatformSettings) -> "QuerySet[Tenant]":
    """Who renews from its balance, and cannot. Each carries `amount_due` and `in_hand`, in minor units."""
    running = Subscription.objects.live().filter(
        tenant=OuterRef("pk"), external_id="", cancelled_at__isnull=True
    )
    amount = running.annotate(due=Coalesce("next_amount", "amount")).values("due")[:1]
    short: QuerySet[Tenant] = (
        _ending(now, Kind.BALANCE)
        .annotate(amount_due=amount, in_hand=Coalesce("balance_account__balance", 0))
        .filter(amount_due__gt=F("in_hand"))
    )
    return short


def _on_trial(now: datetime, platform: PlatformSettings) -> "QuerySet[Tenant]":
    """Whose trial ends and is longer than the time ahead: nobody is told of the end on the first day."""
    paying = Subscription.objects.live().filter(tenant=OuterRef("pk"))
    return _ending(now, Kind.TRIAL).filter(
        ~Exists(paying),
        plan_id=platform.trial_plan_id or 0,
        plan_started_at__lt=F("expires_at") - AHEAD[Kind.TRIAL],
    )


def _untold(tenants: "QuerySet[Tenant]", kind: Kind) -> "QuerySet[Tenant]":
    told = EndNotice.objects.filter(tenant=OuterRef("pk"), kind=kind, end=OuterRef("expires_at"))
    return tenants.filter(~Exists(told))


def _claim(tenants: Iterable[Tenant], kind: Kind, now: datetime) -> list[Letter]:
    found = []
    for tenant in tenants:
        if tenant.expires_at is None:
            continue
        notice, is_new = EndNotice.objects.get_or_create(
            tenant=tenant, kind=kind, end=tenant.expires_at, defaults={"at": now}
        )
        if is_new:
            found.append(Letter(kind, tenant.pk, notice.pk))
    return found


FINDERS: dict[Kind, Callable[[datetime, PlatformSettings], "QuerySet[Tenant]"]] = {
    Kind.BALANCE: _short_of_money,
    Kind.TRIAL: _on_trial,
    Kind.STOPPED: stopped.find,
}
"""Who is to be told of what, whether they were or not."""
