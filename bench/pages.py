"""The panel's pages beside the least that a django-tenants page can be, on servers with the same flags."""

import os
from datetime import timedelta
from functools import partial
from itertools import product
from statistics import median

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.load import Target
from bench.progress import say
from bench.rows import Better, Row, against_peer, alternately, figure
from bench.scratch import empty_database, our_database
from bench.serving import command, our_server, peer_server
from bench.world import Salon, make_salon
from booking.models import Appointment, Customer, Service, Staff
from saas.core.clock import now
from tenants.scope import tenant_scope

PAGES = {"panel": "/panel/", "billing": "/panel/billing/", "calendar": "/panel/calendar/?view=week"}
PEER = "bare django-tenants view"
PEER_HOST = "localhost"
BUSY = 2
ROUNDS = 7
REQUESTS = 400
WARM_UP = 100
MOST_QUERIES = {"panel": 7, "billing": 8, "calendar": 8}
GOALS = {"billing": 0.2}
"""The least share of the bare view's requests per second."""


def run() -> list[Row]:
    with our_database("pages") as url, empty_database("pages_peer") as peer_url:
        salon = make_salon()
        fill_week(salon)
        queries = {page: count_queries(salon.client(), path) for page, path in PAGES.items()}
        env = {**os.environ, "DATABASE_URL": peer_url}
        command(env, "-m", "bench.peers.bare_tenants.prepare", PEER_HOST)
        with our_server(url) as port, peer_server("bare_tenants", env) as peer_port:
            peer = Target(peer_port, PEER_HOST, "/")
            rows = []
            for page, path in PAGES.items():
                say(f"{path} beside the bare view")
                ours = Target(port, f"{salon.tenant.host}:{port}", path, salon.cookie())
                rows += compared(page, ours, peer)
                rows.append(
                    figure(
                        f"page_{page}_queries", "queries", queries[page], limit=MOST_QUERIES[page]
                    )
                )
    return rows


def fill_week(salon: Salon) -> None:
    """A busy week of appointments: each of the staff has BUSY of them on six days."""
    with tenant_scope(salon.tenant):
        staff, services = list(Staff.objects.all()), list(Service.objects.all())
        rita = Customer.objects.create(name="Rita Faria")
        today = now().replace(hour=0, minute=0, second=0, microsecond=0)
        monday = today - timedelta(days=today.weekday())
        rows = []
        for day, number, one in product(range(6), range(BUSY), staff):
            row = Appointment(customer=rita, staff=one, service=services[number], price=1500)
            row.starts_at = monday + timedelta(days=day, hours=9 + 2 * number)
            row.end_after(row.service.minutes)
            rows.append(row)
        Appointment.objects.bulk_create(rows)


def compared(page: str, ours: Target, peer: Target) -> list[Row]:
    """Requests per second, and the times within which half and 99 of 100 requests were answered."""
    for target in (ours, peer):
        target.load(WARM_UP)
    seen = alternately(partial(ours.load, REQUESTS), partial(peer.load, REQUESTS), ROUNDS)

    def row(what: str, unit: str, better: Better, goal: float | None = None) -> Row:
        mine, theirs = (median(figures[what] for figures in rounds) for rounds in seen)
        name = f"page_{page}_{what}"
        return against_peer(
            name, unit, ours=mine, peer=theirs, peer_name=PEER, better=better, goal=goal
        )

    return [
        row("rps", "/s", "higher", GOALS.get(page)),
        row("p50", "ms", "lower"),
        row("p99", "ms", "lower"),
    ]


def count_queries(client: Client, path: str) -> int:
    """How many queries the page needs once it is warm. Raises RuntimeError unless it answers 200.

    Statements that only set the search path read nothing and are not counted, but said.
    """
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        response = client.get(path)
    if response.status_code != 200:
        raise RuntimeError(f"{path} answered {response.status_code}.")
    paths = sum(query["sql"].startswith("SET search_path") for query in seen)
    say(f"{path}: {len(seen) - paths} queries, and {paths} times the search path is set")
    return len(seen) - paths
