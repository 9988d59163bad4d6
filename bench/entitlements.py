"""What a tenant may do: how long it takes to ask, and that a feature costs no query.

The peer, django-plans, is asked in its documented way, on its own database of the same server, with the customer
and the plan loaded beforehand as ours are. It reads the plan's quotas at every question.
"""

import timeit
from collections.abc import Callable
from statistics import median
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.peers.django_plans.process import NotInstalled, running
from bench.progress import say
from bench.rows import Row, against_peer, alternately, figure
from bench.scratch import empty_database, our_database
from bench.world import STAFF, make_salon
from plans.registry import registry
from tenants.middleware import find_tenant
from tenants.models import Tenant
from tenants.scope import tenant_scope

ROUNDS = 9
CALLS, PEER_CALLS, ROOM_CALLS = 20_000, 500, 500
PEER = "django-plans"
FEATURE_GOAL = 100
Question = Callable[[], object]


def run() -> list[Row]:
    with our_database("entitlements"):
        tenant = find_tenant(make_salon().tenant.host)
        if tenant is None:
            raise RuntimeError("The salon is not found by its host.")
        with tenant_scope(tenant):
            return compare(questions(tenant))


def questions(tenant: Tenant) -> dict[str, Question]:
    """Whether the plan has a feature that depends on another one; whether one more staff member fits."""
    child = next(key for key, capability in registry.capabilities.items() if capability.parent)
    may = tenant.entitlements
    return {"feature": lambda: may.can(child), "room": lambda: may.usage_of("staff").has_room}


def compare(ours: dict[str, Question]) -> list[Row]:
    queries = figure("entitlement_check_queries", "queries", queries_of(ours["feature"]), limit=0)
    try:
        with empty_database("django_plans") as url, running(url, staff=STAFF) as peer:
            rows = [
                beside("entitlement_check", ours["feature"], peer, "feature", CALLS, FEATURE_GOAL),
                beside("room_check", ours["room"], peer, "room", ROOM_CALLS, None),
            ]
    except NotInstalled as error:
        say(str(error))
        rows = [
            {
                **alone("entitlement_check", ours["feature"], CALLS),
                "peer_name": f"no peer: {error}",
            },
            alone("room_check", ours["room"], ROOM_CALLS),
        ]
    return [*rows, queries]


def beside(name: str, ours: Question, peer: Any, asked: str, calls: int, goal: float | None) -> Row:
    """Medians of rounds in turns, in microseconds for one question."""
    own, theirs = alternately(
        lambda: seconds(ours, calls), lambda: peer.ask(asked, PEER_CALLS)["seconds"], ROUNDS
    )
    return against_peer(
        name,
        "µs",
        ours=median(own) * 1e6,
        peer=median(theirs) * 1e6,
        peer_name=f"{PEER}, queries: {peer.ask(asked, 1)['queries']}",
        better="lower",
        goal=goal,
    )


def alone(name: str, ours: Question, calls: int) -> Row:
    return figure(name, "µs", median(seconds(ours, calls) for _ in range(ROUNDS)) * 1e6)


def seconds(ask: Question, calls: int) -> float:
    return timeit.Timer(ask).timeit(calls) / calls


def queries_of(ask: Question) -> int:
    with CaptureQueriesContext(connection) as queries:
        ask()
    return len(queries)
