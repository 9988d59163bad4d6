"""Asking a loaded tenant's plan whether a feature is on: how long it takes, and that it costs no query."""

import timeit
from statistics import median

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.rows import Row, figure
from bench.scratch import our_database
from bench.world import make_salon
from plans.registry import registry
from tenants.middleware import find_tenant

ROUNDS = 9
CALLS = 20_000


def run() -> list[Row]:
    with our_database("entitlements"):
        tenant = find_tenant(make_salon().tenant.host)
        if tenant is None:
            raise RuntimeError("The salon is not found by its host.")
        child = next(key for key, capability in registry.capabilities.items() if capability.parent)
        with CaptureQueriesContext(connection) as queries:
            tenant.entitlements.can(child)
        timer = timeit.Timer(lambda: tenant.entitlements.can(child))
        seconds = [timer.timeit(CALLS) / CALLS for _ in range(ROUNDS)]
    return [
        figure("entitlement_check", "µs", median(seconds) * 1e6),
        figure("entitlement_check_queries", "queries", len(queries), limit=0),
    ]
