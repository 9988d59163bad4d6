"""A plan is tightened that many businesses are on: how soon the page answers, and what it costs the worker.

The worker is the real one, in a process of its own. It is watched while it works: how far the progress says it is, and
how much memory it and its connections to the database take. At the end each schema is looked at.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from bench.memory import pss
from bench.progress import say
from bench.rows import Row, figure
from bench.scratch import our_database
from bench.serving import our_environment, started
from bench.tenant_create import unsaved
from bench.world import make_grid
from booking.models import Staff
from plans.models import Plan
from plans.services.plans import save_plan
from saas.core.clock import now
from saas.embedded.product import product_children
from saas.embedded.redis import free_port
from tenants.models import PlanRefit, Tenant
from tenants.scope import tenant_scope
from tenants.services.provisioning import make_schema

TENANTS = int(os.environ.get("BENCH_REFIT_TENANTS", "500"))
MOST_FILLING = float(os.environ.get("BENCH_REFIT_FILLING", "3600"))
"""Seconds after which no more are made: on a busy machine fewer will do."""
STAFF, ALLOWED = 6, 3
LOOK_SECONDS = 0.5
PATIENCE = 3600


@dataclass
class Watched:
    """What was seen while the worker worked. Memory in MiB, at its highest."""

    seconds: float = 0.0
    worker: float = 0.0
    backends: float = 0.0


def run() -> list[Row]:
    with our_database("plan_refit") as url:
        plan = make_grid()["Team+"]
        made = fill(plan)
        with worker(url) as pid:
            save_plan(
                plan, {"bookmark_text": "BEST"}
            )  # changes nothing for anybody, and fills the caches
            began = time.perf_counter()
            tighten(plan)
            answered = (time.perf_counter() - began) * 1000
            seen = watch(pid, plan)
        check(plan)
    say(f"{made} businesses, {seen.seconds:.1f} s in all")
    return [
        figure("plan_refit_answer", "ms", answered),
        figure("plan_refit_each", "ms", seen.seconds * 1000 / made),
        figure("plan_refit_worker", "MiB", seen.worker),
        figure("plan_refit_connections", "MiB", seen.backends),
    ]


def fill(plan: Plan) -> int:
    """Businesses with STAFF people each; how many there are."""
    began = time.monotonic()
    for number in range(TENANTS):
        if time.monotonic() - began > MOST_FILLING:
            return number
        if number % 500 == 0:
            say(f"{number} businesses")
        if number % 200 == 199:
            connection.close()  # it remembers every table that it has touched
        with transaction.atomic():
            tenant = unsaved(plan)
            tenant.activated_at = now()
            tenant.save()
            make_schema(tenant.schema_name)
            with tenant_scope(tenant):
                Staff.objects.bulk_create(Staff(name=f"Person {one}") for one in range(STAFF))
    return TENANTS


@contextmanager
def worker(url: str) -> Iterator[int]:
    """The product's own, while the block runs; its process."""
    with tempfile.TemporaryDirectory(prefix="tenantry-bench-") as var:
        port = free_port()
        env = our_environment(url, port, var)
        child = next(one for one in product_children(env, port) if one.name == "worker")
        with started(list(child.command), env, Path(var, "worker.log")) as process:
            time.sleep(10)  # its imports are no part of what is measured
            yield process.pid


def tighten(plan: Plan) -> None:
    """As the plan editor does. Raises RuntimeError where nobody is at work on it then."""
    save_plan(plan, {"limits": {**plan.limits, "staff": ALLOWED}})
    if not plan.refits.exists():
        raise RuntimeError("The plan was saved, and nobody is told.")


def watch(pid: int, plan: Plan) -> Watched:
    """Returns when the work is done. Raises RuntimeError where the progress is wrong, or nothing moves."""
    seen, began = Watched(), time.perf_counter()
    while time.perf_counter() - began < PATIENCE:
        work = plan.refits.get()
        before = Tenant.objects.filter(plan=plan, pk__lte=work.last_tenant_id).count()
        if work.done != before:
            raise RuntimeError(f"{work.done} are done by the progress, in truth {before}.")
        seen.worker = max(seen.worker, pss(pid))
        seen.backends = max(seen.backends, sum(map(pss, backends())))
        if work.finished_at:
            seen.seconds = time.perf_counter() - began
            return seen
        time.sleep(LOOK_SECONDS)
    raise RuntimeError("The worker does not come to an end.")


def backends() -> list[int]:
    """The server's processes that serve others than us."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall()]


def check(plan: Plan) -> None:
    """Raises RuntimeError unless every business has as many people running as it may, and the progress says so."""
    work = PlanRefit.objects.get(plan=plan)
    if (work.done, work.failed) != (work.total, 0):
        raise RuntimeError(f"{work.done} of {work.total}, {work.failed} failed.")
    for number, tenant in enumerate(Tenant.objects.filter(plan=plan)):
        with tenant_scope(tenant):
            if Staff.objects.filter(paused_at=None).count() != ALLOWED:
                raise RuntimeError(f"{tenant} was not made to fit.")
        if number % 200 == 199:
            connection.close()
