"""The sweep of what has run out: 10,000 due tenants of 100,000, beside a loop over tenants as one would first write it."""

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction

from bench.progress import say
from bench.rows import Row, against_peer, figure
from bench.scratch import our_database
from billing.models import BalanceAccount, BalanceEntry, Subscription
from billing.services.expiry import sweep
from plans.models import Plan, PlatformSettings
from saas.core.clock import now
from tenants.models import PlanChange, Tenant

def run():
    out=[]
    with our_database("expire"):
        at=now()
        PlatformSettings.load()
        team = Plan.objects.create(name="Team", monthly_price=2900, annual_price=29000)
        rest = Plan.objects.create(name="Resting")
        PlatformSettings.objects.update(expired_plan=rest)
        def fill(n, due, kind):
            began=time.perf_counter()
            end=at-timedelta(minutes=1) if due else at+timedelta(days=20)
            ts=Tenant.objects.bulk_create([Tenant(name=f"B {kind} {i}", slug=f"{kind}-{i}", plan=team, expires_at=end, expiry_check_at=end) for i in range(n)], batch_size=2000)
            if kind!="trial":
                Subscription.objects.bulk_create([Subscription(tenant=t, plan=team, plan_name="Team", cycle="monthly", amount=2900, currency="USD", gateway="balance", environment="live", started_at=end-timedelta(days=30), period_start=end-timedelta(days=30), period_end=end) for t in ts], batch_size=2000)
            if kind in ("renew",):
                BalanceAccount.objects.bulk_create([BalanceAccount(tenant=t, currency="USD", balance=5000) for t in ts], batch_size=2000)
            say(f"{kind} {n} made in {time.perf_counter()-began:.1f}")
        fill(20000, False, "rest")
        connection.cursor().execute("VACUUM ANALYZE")
        for kind, n in (("trial", 500), ("renew", 100)):
            fill(n, True, kind)
            connection.cursor().execute("ANALYZE")
            began=time.perf_counter()
            done=sweep(at, at_most=100000)
            took=time.perf_counter()-began
            say(f"{kind}: {done} {took:.2f} s, {took/n*1000:.2f} ms each")
        from django.test.utils import CaptureQueriesContext as C
        fill(20, True, "rr")
        renewal=Tenant.objects.filter(slug__startswith="rr-")
        BalanceAccount.objects.bulk_create([BalanceAccount(tenant=t, currency="USD", balance=5000) for t in renewal])
        with C(connection) as q:
            sweep(at, at_most=100000)
        tot=Counter(); num=Counter()
        for x in q.captured_queries:
            k=x["sql"][:110]; tot[k]+=float(x["time"]); num[k]+=1
        for k,t in tot.most_common(45): print(f"{t*1000:.0f} ms {num[k]}x {k}")
        print(len(q.captured_queries))
        import cProfile, pstats
        fill(200, True, "renew2") if False else None
        from django.test.utils import CaptureQueriesContext
        fill(1, True, "renew3") if False else None
    return out
