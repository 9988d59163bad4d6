"""What one of many workers does in the races: spend from one account, over and over."""

import json
import multiprocessing
import random
import time
from datetime import timedelta
from itertools import count

from credits.models import CreditEntry
from credits.services import movements, spending
from credits.services.movements import Why
from plans.entitlements import Entitlements
from tenants.models import Tenant
from tests.tenants.allowance.month import BEGAN

CALLS = 120
MONTHS = 3
SHARED = 400
"""Keys that everybody knows: half of all calls are for one of them."""
PACK = 40


def work_together(tenant_id: int, workers: int) -> None:
    """So many processes do as in `work`, at the same time; prints a list of what was paid for each."""
    context = multiprocessing.get_context("fork")  # all that Python has to load is loaded once
    start = context.Barrier(workers)
    with context.Pool(workers, initializer=start.wait) as pool:
        paid = pool.starmap(work, [(tenant_id, n) for n in range(workers)], chunksize=1)
    print(json.dumps(paid))


def work(tenant_id: int, number: int) -> dict[str, list[int]]:
    """Its calls, of one to four units, while three months go by; {key: [from month, purchased]} of what was paid."""
    tenant, dice = find(tenant_id), random.Random(number)
    paid: dict[str, list[int]] = {}
    for call in range(CALLS):
        now = BEGAN + timedelta(days=30 * MONTHS * call / CALLS, minutes=number)
        key = f"shared:{dice.randrange(SHARED)}" if call % 2 else f"own:{number}:{call}"
        charge = spending.spend(tenant, "sms", size_of(key), key, now=now)
        if charge:
            parts = [charge.from_month, charge.from_purchased]
            assert paid.setdefault(key, parts) == parts
        if call % 40 == 20:
            why = Why(CreditEntry.Kind.PURCHASE, f"pack:{number}:{call}")
            movements.grant(tenant, "sms", PACK, why, now=now)
    return paid


def work_for_ever(tenant_id: int) -> None:
    """Spends and gives back until it is killed."""
    tenant, own = find(tenant_id), random.Random().getrandbits(48)
    for call in count():
        key = f"{own}:{call}"
        spending.spend(tenant, "sms", 1 + call % 3, key, now=BEGAN)
        if call % 5 == 0:
            spending.give_back(tenant, "sms", [key], BEGAN)
        time.sleep(0.001)


def find(tenant_id: int) -> Tenant:
    tenant = Tenant.objects.select_related("plan").get(pk=tenant_id)
    tenant.entitlements = Entitlements(tenant, BEGAN)
    return tenant


def size_of(key: str) -> int:
    return 1 + sum(map(ord, key)) % 4
