"""What `bench.spending` measures: `python -m bench.spending_runs ours|peer FIRST LAST`, about tenants of those ids.

Prints one line of JSON: spends per second of all processes together, and the 99th percentile in milliseconds.
"""

import json
import multiprocessing
import os
import random
import sys
import time
from collections.abc import Callable
from datetime import datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
django.setup()

from django.db import transaction  # noqa: E402

from bench.spending import PROCESSES, SECONDS  # noqa: E402
from credits.models import CreditAccount, CreditEntry  # noqa: E402
from credits.services.spending import spend  # noqa: E402
from saas.core.clock import now  # noqa: E402
from tenants.models import Tenant  # noqa: E402

WARM_UP = 0.5
Way = Callable[[Tenant, str, datetime], None]


def ours(tenant: Tenant, key: str, instant: datetime) -> None:
    if spend(tenant, "sms", 1, key, now=instant) is None:
        raise RuntimeError("Nothing is left.")


@transaction.atomic
def peer(tenant: Tenant, key: str, instant: datetime) -> None:
    account = CreditAccount.objects.select_for_update().get(tenant=tenant, channel="sms")
    if CreditEntry.objects.filter(account=account, key=key).exists():
        return
    ceiling = tenant.entitlements.ceiling("sms_per_month")
    monthly = 1 if account.monthly_used < ceiling else 0
    if not monthly and account.purchased_left < 1:
        raise RuntimeError("Nothing is left.")
    account.monthly_used += monthly
    account.purchased_left -= 1 - monthly
    account.seq += 1
    account.save(update_fields=["monthly_used", "purchased_left", "seq"])
    CreditEntry.objects.create(
        account=account,
        seq=account.seq,
        kind=CreditEntry.Kind.SPENT,
        monthly=-monthly,
        purchased=monthly - 1,
        window_start=account.window_start,
        monthly_used_after=account.monthly_used,
        purchased_after=account.purchased_left,
        key=key,
        at=instant,
    )


def work(name: str, ids: tuple[int, int], number: int) -> list[float]:
    """How long each spend took, in milliseconds, of one process that spends until the time is over."""
    way: Way = {"ours": ours, "peer": peer}[name]
    found = Tenant.objects.select_related("plan").filter(pk__range=ids)
    tenants, dice = list(found), random.Random()
    beginning, took = time.perf_counter(), []
    while (began := time.perf_counter()) < beginning + WARM_UP + SECONDS:
        key = f"{number}:{dice.getrandbits(60)}"
        way(dice.choice(tenants), key, now())
        if began > beginning + WARM_UP:
            took.append((time.perf_counter() - began) * 1000)
    return took


def main(name: str, first: str, last: str) -> None:
    context = multiprocessing.get_context("fork")
    start = context.Barrier(PROCESSES)
    with context.Pool(PROCESSES, initializer=start.wait) as pool:
        jobs = [(name, (int(first), int(last)), n) for n in range(PROCESSES)]
        seen = sorted(ms for took in pool.starmap(work, jobs, chunksize=1) for ms in took)
    answer = {"per_second": len(seen) / SECONDS, "p99": seen[int(len(seen) * 0.99)]}
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
