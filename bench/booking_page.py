"""The first page that a customer sees of a booking, beside the least that a django-tenants page can be."""

import os
from functools import partial
from statistics import median

from django.conf import settings
from django.test import Client

from bench.first_load import Browser
from bench.load import Target
from bench.pages import PEER, PEER_HOST, REQUESTS, ROUNDS, WARM_UP, count_queries
from bench.progress import say
from bench.rows import Better, Row, against_peer, alternately, figure
from bench.scratch import empty_database, our_database
from bench.serving import command, our_server, peer_server
from bench.world import make_salon

PAGE = "/book/"
MOST_QUERIES = 5
MOST_KB = 100
GOAL = 0.4
"""The least share of the bare view's requests per second."""


def run() -> list[Row]:
    with our_database("booking_page") as url, empty_database("booking_page_peer") as peer_url:
        salon = make_salon()
        stranger = Client(SERVER_NAME=salon.tenant.host, SERVER_PORT=settings.PORT)
        queries = count_queries(stranger, PAGE)
        env = {**os.environ, "DATABASE_URL": peer_url}
        command(env, "-m", "bench.peers.bare_tenants.prepare", PEER_HOST)
        # One address asks more here than the page would let it.
        ours = our_server(url, TENANTRY_RATE_LIMITS="0")
        with ours as port, peer_server("bare_tenants", env) as peer_port:
            host = f"{salon.tenant.host}:{port}"
            say(f"{PAGE} beside the bare view")
            rows = compared(Target(port, host, PAGE), Target(peer_port, PEER_HOST, "/"))
            first = Browser(port, host, "").visit(PAGE, age=0)
    for path, size in first.items():
        say(f"{size:>7,} bytes: {path}")
    return [
        *rows,
        figure("page_booking_queries", "queries", queries, limit=MOST_QUERIES),
        figure("page_booking_kb", "KB", sum(first.values()) / 1000, limit=MOST_KB),
    ]


def compared(ours: Target, peer: Target) -> list[Row]:
    """Requests per second, and the times within which half and 99 of 100 requests were answered."""
    for target in (ours, peer):
        target.load(WARM_UP)
    seen = alternately(partial(ours.load, REQUESTS), partial(peer.load, REQUESTS), ROUNDS)

    def row(what: str, unit: str, better: Better, goal: float | None = None) -> Row:
        mine, theirs = (median(figures[what] for figures in rounds) for rounds in seen)
        name = f"page_booking_{what}"
        return against_peer(
            name, unit, ours=mine, peer=theirs, peer_name=PEER, better=better, goal=goal
        )

    return [
        row("rps", "/s", "higher", GOAL),
        row("p50", "ms", "lower"),
        row("p99", "ms", "lower"),
    ]
