"""The history of an account with 1,000,000 entries, beside that of one with 1,000: pages cost the same.

Newest page and one in the middle, in turns, as the owner's browser asks for them.
"""

import time
from statistics import median

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.progress import say
from bench.rows import Row, against_peer, alternately, figure
from bench.scratch import our_database
from bench.world import Salon, make_salon
from credits.models import CreditAccount
from saas.core.clock import now

SIZES = {"email": 1_000_000, "sms": 1_000}
PAGES, ROUNDS = 20, 5
GOAL = 0.8
FILL = """
INSERT INTO credits_creditentry (
    account_id, seq, kind, monthly, purchased, debt_amount, is_counted, window_start,
    monthly_used_after, purchased_after, debt_after, key, note, at
)
SELECT %s, n, CASE WHEN n %% 50 = 1 THEN 'grant' ELSE 'spent' END, 0, CASE WHEN n %% 50 = 1 THEN 49 ELSE -1 END,
       0, true, now(), 0, CASE WHEN n %% 50 = 1 THEN 49 ELSE 49 - (n + 48) %% 50 END, 0, 'k' || n, '', now()
FROM generate_series(1, %s) AS n
"""


def run() -> list[Row]:
    with our_database("ledger_page"):
        salon = make_salon()
        for channel, size in SIZES.items():
            fill(salon, channel, size)
        visit, addresses = salon.client(), {channel: pages(channel) for channel in SIZES}

        def timed(channel: str) -> float:
            began = time.perf_counter()
            for number in range(PAGES):
                answer = visit.get(addresses[channel][number % 2])
                if answer.status_code != 200:
                    raise RuntimeError(f"{channel}: {answer.status_code}")
            return (time.perf_counter() - began) * 1000 / PAGES

        timed("email"), timed("sms")  # the caches of this process
        long, short = alternately(lambda: timed("email"), lambda: timed("sms"), ROUNDS)
        with CaptureQueriesContext(connection) as queries:
            visit.get(addresses["email"][0])
    return [
        against_peer(
            "ledger_page_growth", "ms", ours=median(long), peer=median(short),
            peer_name="ours with 1,000 entries", better="lower", goal=GOAL,
        ),
        figure("ledger_page_queries", "queries", len(queries)),
    ]  # fmt: skip


def fill(salon: Salon, channel: str, size: int) -> None:
    say(f"{size:,} entries for {channel}")
    start, end = salon.tenant.usage_window(now())
    account = CreditAccount.objects.create(
        tenant=salon.tenant, channel=channel, window_start=start, renews_at=end, seq=size
    )
    with connection.cursor() as cursor:
        cursor.execute(FILL, [account.pk, size])
        cursor.execute("VACUUM (ANALYZE) credits_creditentry")


def pages(channel: str) -> tuple[str, str]:
    """The newest page, and one in the middle."""
    address = f"/panel/billing/credits/{channel}/"
    return address, f"{address}?before={SIZES[channel] // 2}"
