"""Moving a tenant with 1,000 staff to a plan with 3: the product's change of plan, beside a loop that saves each row.

The loop is what one would write first: the same transaction, the newest rows one by one through `save()`. It leaves out
what else a change of plan does (the lock, the record of it, the other limits), all of which is in our figure.
"""

import time
from collections.abc import Callable
from itertools import count
from statistics import median

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bench.rows import Row, against_peer, alternately, figure
from bench.scratch import our_database
from bench.world import make_salon
from booking.models import Staff
from plans.models import Plan
from saas.core.clock import now
from tenants.models import PlanChange, Tenant
from tenants.scope import tenant_scope
from tenants.services.plan_changes import change_plan

STAFF, ALLOWED = 1000, 3
ROUNDS = 7
GOAL = 20.0
_causes = count()


def run() -> list[Row]:
    with our_database("plan_narrow"):
        tenant = make_salon().tenant
        wide, narrow = tenant.plan, narrower(tenant.plan)
        with tenant_scope(tenant):
            Staff.objects.all().delete()
            Staff.objects.bulk_create(Staff(name=f"Person {number}") for number in range(STAFF))

        def timed(way: Callable[[Tenant, Plan], None]) -> float:
            change_back(tenant, wide)
            began = time.perf_counter()
            way(tenant, narrow)
            took = (time.perf_counter() - began) * 1000
            check(tenant, narrow)
            return took

        timed(ours), timed(loop)  # the caches of this process
        mine, theirs = alternately(lambda: timed(ours), lambda: timed(loop), ROUNDS)
        change_back(tenant, wide)
        with CaptureQueriesContext(connection) as queries:
            ours(tenant, narrow)
    pausing = [query for query in queries if '"booking_' in query["sql"]]
    return [
        against_peer(
            "plan_narrow_1000", "ms", ours=median(mine), peer=median(theirs),
            peer_name="a loop that saves each row", better="lower", goal=GOAL,
        ),
        figure("plan_narrow_statements", "statements", len(pausing), limit=5),
    ]  # fmt: skip


def narrower(plan: Plan) -> Plan:
    return Plan.objects.create(
        name="Narrow", capabilities=plan.capabilities, limits={**plan.limits, "staff": ALLOWED}
    )


def ours(tenant: Tenant, plan: Plan) -> None:
    change_plan(
        tenant, plan, cause=f"bench:{next(_causes)}", reason=PlanChange.Reason.MOVED, now=now()
    )


@transaction.atomic
def loop(tenant: Tenant, plan: Plan) -> None:
    tenant.plan = plan
    tenant.save()
    with tenant_scope(tenant):
        running = Staff.objects.filter(is_active=True, paused_at=None)
        for row in running.order_by("created_at", "pk")[plan.limits["staff"] :]:
            row.paused_at = now()
            row.save()


def change_back(tenant: Tenant, plan: Plan) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(plan=plan)
    with tenant_scope(tenant), connection.cursor() as cursor:
        Staff.objects.exclude(paused_at=None).update(paused_at=None)
        cursor.execute("VACUUM (ANALYZE) booking_staff")


def check(tenant: Tenant, plan: Plan) -> None:
    """Both did the same: otherwise the figures mean nothing."""
    with tenant_scope(tenant):
        oldest = Staff.objects.order_by("created_at", "pk").values_list("pk", flat=True)[:ALLOWED]
        running = Staff.objects.filter(paused_at=None).values_list("pk", flat=True)
        if set(running) != set(oldest) or Tenant.objects.get(pk=tenant.pk).plan != plan:
            raise RuntimeError("The rows that run are not the ones that should.")
