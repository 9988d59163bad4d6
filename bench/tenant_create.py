"""What one more tenant costs, with 5 and with 1,000 of them in the database.

Ours: the tenant's row and `provision`. The peers are django-tenants' own two ways: `save()` with `auto_create_schema`,
which runs the migrations, and the same with TENANT_BASE_SCHEMA, which clones a schema. Same models, same database.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median
from unittest.mock import patch

from django.db import transaction
from django.test import override_settings
from django_tenants.management.commands import migrate_schemas
from django_tenants.migration_executors import get_executor

from bench.progress import say
from bench.rows import Row, against_peer
from bench.scratch import our_database
from plans.models import Plan
from saas.core.clock import now
from tenants.models import Tenant, new_schema_name
from tenants.services.provisioning import provision

SIZES = (5, 1000)
ROUNDS = 7
GOALS = {1000: 5.0}
MIGRATIONS, CLONE = "django-tenants, migrations", "django-tenants, clone"


def run() -> list[Row]:
    with our_database("tenant_create"):
        plan = Plan.objects.create(name="Bench")
        base = ours(plan)
        rows: list[Row] = []
        for size in SIZES:
            say(f"filling up to {size} tenants")
            while Tenant.objects.count() < size:
                ours(plan)
            say(f"{ROUNDS} rounds of three ways to one more")
            rows += compare(size, plan, base)
        return rows


def compare(size: int, plan: Plan, base: Tenant) -> list[Row]:
    """Medians of the three ways in turns: against the better peer first, then against the other one."""
    ways: dict[str, Callable[[], object]] = {
        "ours": lambda: ours(plan),
        MIGRATIONS: lambda: theirs(plan),
        CLONE: lambda: theirs(plan, base.schema_name),
    }
    for way in ways.values():
        way()  # caches of this process, and the peer's function in the database
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            times[name].append(milliseconds(way))
    took = {name: median(found) for name, found in times.items()}
    better, other = sorted((MIGRATIONS, CLONE), key=took.__getitem__)
    return [
        against_peer(
            f"tenant_create_{size}{suffix}", "ms", ours=took["ours"], peer=took[peer], peer_name=peer,
            better="lower", goal=GOALS.get(size),
        )
        for suffix, peer in (("", better), ("_other", other))
    ]  # fmt: skip


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def unsaved(plan: Plan) -> Tenant:
    name = new_schema_name()
    return Tenant(name=name, slug=name.replace("_", "-"), schema_name=name, plan=plan)


@transaction.atomic
def ours(plan: Plan) -> Tenant:
    tenant = unsaved(plan)
    tenant.save()
    return provision(tenant, now=now())


def theirs(plan: Plan, base: str = "") -> Tenant:
    """django-tenants as it comes: its own executor, and nothing of ours on the way."""
    tenant = unsaved(plan)
    tenant.auto_create_schema = True
    with ExitStack() as stack:
        stack.enter_context(patch.object(migrate_schemas, "GET_EXECUTOR_FUNCTION", get_executor))
        if base:
            stack.enter_context(
                override_settings(TENANT_BASE_SCHEMA=base, TENANT_CREATION_FAKES_MIGRATIONS=True)
            )
        tenant.save(verbosity=0)
    return tenant
