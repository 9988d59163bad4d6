"""What `bench.expire` measures, each in a process of its own: `python -m bench.expire_runs sweep NOW`.

The others are `loop`, `careful` and `idle`. Prints one line of JSON: seconds, peak memory in MiB, and how often which
step was taken.
"""

import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
django.setup()

from django.db import transaction  # noqa: E402

from billing.models import (  # noqa: E402
    BalanceAccount,
    BalanceEntry,
    BillingSettings,
    Invoice,
    Payment,
    Subscription,
)
from billing.renewal import Decision, Step, decide  # noqa: E402
from billing.services.expiry.cases import rules  # noqa: E402
from billing.services.expiry.sweeping import sweep  # noqa: E402
from tenants.models import PlanChange, Tenant  # noqa: E402

SHARE = 10
"""The loop goes over every tenth tenant."""
IDLE_RUNS = 300


def ours(now: datetime) -> "Counter[str]":
    return Counter({step.value: count for step, count in sweep(now, at_most=10**9).steps.items()})


def loop(now: datetime) -> "Counter[str]":
    """As one would first write it: each tenant with its subscription and its balance, through the ORM."""
    return one_by_one(Tenant.objects.select_related("plan"), now)


def careful(now: datetime) -> "Counter[str]":
    """The same, for whoever thinks of asking the database for the date: it reads the due ones alone."""
    return one_by_one(Tenant.objects.select_related("plan").filter(expires_at__lte=now), now)


def one_by_one(tenants: "Iterable[Tenant]", now: datetime) -> "Counter[str]":
    chosen, steps = rules(), Counter()
    for tenant in tenants:
        if tenant.pk % SHARE:
            continue
        subscription = Subscription.objects.live().filter(tenant=tenant).first()
        account = BalanceAccount.objects.filter(tenant=tenant).first()
        decision = decide(
            tenant,
            subscription,
            balance=account.balance if account else 0,
            expired_plan=chosen.platform.expired_plan,
            is_trial=tenant.plan_id == chosen.platform.trial_plan_id,
            grace=chosen.grace,
            now=now,
        )
        if decision.step is not Step.NOTHING:
            with transaction.atomic():
                carry_out(tenant, subscription, account, decision, now)
            steps[decision.step.value] += 1
    return steps


def carry_out(
    tenant: Tenant,
    subscription: Subscription | None,
    account: BalanceAccount | None,
    decision: Decision,
    now: datetime,
) -> None:
    before = tenant.plan
    if decision.step is Step.LAPSE:
        tenant.plan, tenant.expires_at, tenant.expiry_check_at = decision.plan, None, None
        tenant.save()
        if subscription:
            subscription.standing, subscription.ended_at = "ended", now
            subscription.save()
        PlanChange.objects.create(
            tenant=tenant, from_plan=before, to_plan=decision.plan, reason="lapsed", cause=f"loop:{tenant.pk}", at=now
        )  # fmt: skip
    elif decision.step is Step.RENEW:
        renew(tenant, subscription, account, decision, now)


def renew(
    tenant: Tenant,
    subscription: Subscription,
    account: BalanceAccount,
    decision: Decision,
    now: datetime,
) -> None:
    """Without a lock, and without anything that keeps it from happening twice."""
    payment = Payment.objects.create(
        tenant=tenant, gateway="balance", environment="live", purpose="renewal", status="paid", amount=decision.amount,
        currency="USD", title="Team, monthly", subscription=subscription, paid_at=now, fulfilled_at=now,
    )  # fmt: skip
    account.balance -= decision.amount
    account.seq += 1
    account.save()
    BalanceEntry.objects.create(
        tenant=tenant, seq=account.seq, kind="payment", amount=-decision.amount, balance_after=account.balance,
        currency="USD", payment=payment, key=f"payment:{payment.pk}",
    )  # fmt: skip
    settings = BillingSettings.load()
    settings.next_invoice += 1
    settings.save()
    Invoice.objects.create(
        payment=payment, tenant=tenant, number=f"TN-{settings.next_invoice}", serial=settings.next_invoice,
        seller={}, buyer={"name": tenant.name}, lines=[], total=decision.amount, currency="USD",
    )  # fmt: skip
    subscription.period_start, subscription.period_end = decision.since, decision.until
    subscription.save()
    tenant.expires_at = tenant.expiry_check_at = decision.until
    tenant.save()


def idle(now: datetime) -> tuple[float, "Counter[str]"]:
    """The median of many, which all find nothing."""
    took = []
    for _ in range(IDLE_RUNS):
        began = time.perf_counter()
        if sweep(now, at_most=10**9).steps:
            raise RuntimeError("Somebody is due.")
        took.append(time.perf_counter() - began)
    return median(took), Counter()


def once(act: "Callable[[datetime], Counter[str]]", now: datetime) -> tuple[float, "Counter[str]"]:
    Tenant.objects.first()  # the connection
    began = time.perf_counter()
    steps = act(now)
    return time.perf_counter() - began, steps


ACTS = {"sweep": ours, "loop": loop, "careful": careful}


def main(name: str, now: datetime) -> None:
    seconds, steps = idle(now) if name == "idle" else once(ACTS[name], now)
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "mib": mib, "steps": steps}))


if __name__ == "__main__":
    main(sys.argv[1], datetime.fromisoformat(sys.argv[2]))
