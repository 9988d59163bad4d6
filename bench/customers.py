"""The list of 100,000 customers beside the least that a django-tenants page can be, and beside 1,000 customers.

The page itself is loaded over HTTP on servers with the same flags; pages, searches and duplicates are also timed in
this process, in turns with those of a small business, for they are to cost the same.
"""

import os
import time
from collections.abc import Callable
from functools import partial
from statistics import median

from django.db import connection
from django.test import Client
from django.utils import timezone

from bench.load import Target
from bench.pages import PEER_HOST, compared, count_queries
from bench.progress import say
from bench.rows import Row, against_peer, figure
from bench.scratch import empty_database, our_database
from bench.serving import command, our_server, peer_server
from bench.world import Salon, make_salon
from booking.imports import running
from booking.models import Customer
from tenants.scope import tenant_scope

MANY, FEW, LINES = 100_000, 1000, 200_000
PATH = "/panel/customers/"
ASKED = {
    "first": "",
    "search_phone": "?q=912+345",
    "search_name": "?q=silva+person+77",
    "search_two_letters": "?q=zz",
    "search_every_fifth": "?q=silva",
    "search_everybody": "?q=person",
    "search_nobody": "?q=personage",
    "search_email": "?q=person9%40mail",
    "search_one_letter": "?q=s",
}
"""“Silva” is one in five, and stands at the end of the list by name; “person” is everybody."""
ROUNDS, TIMES = 5, 20
MOST_QUERIES = 5
FILL = """
INSERT INTO booking_customer (name, email, phone, notes, language, wants_news, consent_words, created_at)
SELECT (ARRAY['Silva', 'Santos', 'Costa', 'Nunes', 'Reis'])[n %% 5 + 1] || ' Person ' || n,
       'person' || n || '@mail.example', '+351 9' || lpad((n * 7919 %% 100000000)::text, 8, '0'), '', '', n %% 3 = 0,
       '', now() - n * interval '1 minute'
FROM generate_series(1, %s) AS n
"""


def run() -> list[Row]:
    with our_database("customers") as url, empty_database("customers_peer") as peer_url:
        salon = make_salon()
        client = salon.client()
        fill(salon, FEW)
        few = timed_all(client)
        fill(salon, MANY)
        rows = growth(few, timed_all(client))
        rows.append(
            figure(
                "page_customers_queries", "queries", count_queries(client, PATH), limit=MOST_QUERIES
            )
        )
        env = {**os.environ, "DATABASE_URL": peer_url}
        command(env, "-m", "bench.peers.bare_tenants.prepare", PEER_HOST)
        with our_server(url) as port, peer_server("bare_tenants", env) as peer_port:
            say(f"{PATH} beside the bare view")
            ours = Target(port, f"{salon.tenant.host}:{port}", PATH, salon.cookie())
            rows += compared("customers", ours, Target(peer_port, PEER_HOST, "/"))
        return [*rows, *imported(salon)]


def fill(salon: Salon, count: int) -> None:
    say(f"{count:,} customers")
    with tenant_scope(salon.tenant), connection.cursor() as cursor:
        cursor.execute("DELETE FROM booking_customer")
        cursor.execute(FILL, [count])
        cursor.execute("VACUUM (ANALYZE) booking_customer")


def timed_all(client: Client) -> dict[str, float]:
    """Milliseconds of one page, by what is asked for."""
    return {
        name: median(timed(client, PATH + asked) for _ in range(ROUNDS))
        for name, asked in ASKED.items()
    }


def timed(client: Client, path: str) -> float:
    client.get(path)
    began = time.perf_counter()
    for _ in range(TIMES):
        if client.get(path).status_code != 200:
            raise RuntimeError(path)
    return (time.perf_counter() - began) * 1000 / TIMES


def growth(few: dict[str, float], many: dict[str, float]) -> list[Row]:
    return [
        against_peer(
            f"page_customers_{name}_growth", "ms", ours=many[name], peer=few[name],
            peer_name=f"ours with {FEW} customers", better="lower",
        )
        for name in ASKED
    ]  # fmt: skip


def imported(salon: Salon) -> list[Row]:
    """A file of 200,000 new customers, read and then imported."""
    with tenant_scope(salon.tenant):
        Customer.objects.all().delete()
    lines = "".join(f"Customer {n},c{n}@mail.example,+351 9{n:08}\r\n" for n in range(LINES - 1))
    content = ("Name,E-mail,Phone\r\n" + lines).encode()
    now = timezone.now()
    run = running.begin(salon.tenant, name="many.csv", content=content, by_id=None, now=now)
    how = {name: getattr(run, name) for name in ("encoding", "delimiter", "has_head", "columns")}
    running.choose(salon.tenant, run.pk, now=now, **how)
    work = partial(running.work_on, salon.tenant, run.pk, now, turns=10_000)
    read = seconds(work)
    running.apply(salon.tenant, run.pk, now=now)
    return [
        figure("import_200k_read", "s", round(read, 1)),
        figure("import_200k_apply", "s", round(seconds(work), 1)),
    ]


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
