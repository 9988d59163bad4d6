"""Spends per second, on one account and on those of 500 tenants, beside lock–read–write through the ORM.

Both charge one credit for a key of its own, with four processes at once, and end in the same rows. The peer is what one
would first write: lock the account, look whether the key is known, change the account, write the entry. Printed
beside it is the limit, the same statement run by pgbench with as many clients, where that is installed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.progress import say
from bench.rows import Row, against_peer, alternately, figure
from bench.scratch import our_database
from bench.serving import ROOT
from credits.models import CreditAccount
from credits.services.spending_sql import SPEND
from plans.models import Plan, PlatformSettings
from saas.core.clock import now
from tenants.models import Tenant

PROCESSES, SECONDS, ROUNDS = 4, 3, 3
TENANTS = {"hot": 1, "many": 500}
CEILING, PURCHASED = 1_000_000_000, 1_000_000
PEER = "lock, read, write through the ORM"
GOAL, LEAST_OF_LIMIT = 2.0, 0.5
TPS = re.compile(r"tps = ([\d.]+) \(without")


@dataclass(frozen=True)
class Figures:
    """What a round came to."""

    per_second: float
    p99: float
    """Milliseconds."""


def run() -> list[Row]:
    rows: list[Row] = []
    with our_database("spending") as url:
        ids = add_world()
        for which, tenants in TENANTS.items():
            rows += measured(url, which, ids[:tenants])
    return rows


def measured(url: str, which: str, ids: list[int]) -> list[Row]:
    """The rows about one account, or about many."""
    say(f"spend_{which}: {ROUNDS} rounds of {SECONDS} s with {PROCESSES} processes each")
    ours, peer = alternately(
        lambda: by_processes(url, "ours", ids), lambda: by_processes(url, "peer", ids), ROUNDS
    )
    check()
    mine = median(one.per_second for one in ours)
    rows = [
        against_peer(
            f"spend_{which}", "/s", ours=mine, peer=median(one.per_second for one in peer),
            peer_name=PEER, better="higher", goal=GOAL,
        ),
        against_peer(
            f"spend_{which}_p99", "ms", ours=median(one.p99 for one in ours),
            peer=median(one.p99 for one in peer), peer_name=PEER, better="lower",
        ),
    ]  # fmt: skip
    if limit := by_pgbench(url, ids):
        say(f"spend_{which}: pgbench does {limit:,.0f} /s")
        name = f"spend_{which}_of_limit"
        rows.append(
            {**figure(name, "of pgbench", mine / limit, better="higher", limit=LEAST_OF_LIMIT)}
        )
    return rows


def add_world() -> list[int]:
    """Tenants with an account each, whose month never ends; their ids, without a gap."""
    limits = {"sms_per_month": CEILING}
    on = {"workflows": True, "workflows.sms": True}
    plan = Plan.objects.create(name="Team", monthly_price=2900, capabilities=on, limits=limits)
    PlatformSettings.load()
    instant = now()
    tenants = Tenant.objects.bulk_create(
        Tenant(name=f"Salon {n}", slug=f"salon-{n}", plan=plan, activated_at=instant, plan_started_at=instant)
        for n in range(max(TENANTS.values()))
    )  # fmt: skip
    CreditAccount.objects.bulk_create(
        CreditAccount(
            tenant=tenant,
            channel="sms",
            window_start=tenant.usage_window(instant)[0],
            renews_at=tenant.usage_window(instant)[1],
            purchased_left=PURCHASED,
        )
        for tenant in tenants
    )
    return sorted(tenant.pk for tenant in tenants)


def by_processes(url: str, way: str, ids: list[int]) -> Figures:
    command = [sys.executable, "-m", "bench.spending_runs", way, str(ids[0]), str(ids[-1])]
    env = {**os.environ, "DATABASE_URL": url, "TENANTRY_LOG_LEVEL": "ERROR"}
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return Figures(**found)


def by_pgbench(url: str, ids: list[int]) -> float:
    """The same statement, prepared, without any Python; 0 where pgbench is not installed."""
    program = shutil.which("pgbench")
    if program is None:
        say("pgbench is not installed: the limit is left out")
        return 0
    with tempfile.TemporaryDirectory(prefix="tenantry-bench-") as folder:
        script = Path(folder, "spend.sql")
        script.write_text(f"{_variables(ids)}\n{_statement()};\n")
        command = [
            program, "--no-vacuum", "-M", "prepared", "-c", str(PROCESSES), "-j", str(PROCESSES),
            "-T", str(SECONDS), "-f", str(script), url,
        ]  # fmt: skip
        rates = [_rate(command) for _ in range(ROUNDS)]
    return median(rates)


def _rate(command: list[str]) -> float:
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    found = TPS.search(done.stdout)
    if found is None:
        raise RuntimeError(f"pgbench says no rate:\n{done.stdout}")
    return float(found[1])


def _variables(ids: list[int]) -> str:
    return f"\\set tenant random({ids[0]}, {ids[-1]})\n\\set key random(1, 4000000000000000000)"


def _statement() -> str:
    """`SPEND` with pgbench's variables and constants for the values that we send."""
    account = CreditAccount.objects.order_by("pk")[0]
    values = {
        "keys": "ARRAY['k' || :key]",
        "units": "ARRAY[1::bigint]",
        "tenant": ":tenant",
        "channel": "'sms'",
        "ceiling": f"{CEILING}",
        "start": f"'{account.window_start.isoformat()}'::timestamptz",
        "end": f"'{account.renews_at.isoformat()}'::timestamptz",
        "now": "now()",
    }
    return " ".join((SPEND % values).split())


def check() -> None:
    """Raises RuntimeError unless every account is what its entries say: what is not written down is no work."""
    wrong = CreditAccount.objects.raw(
        """
        SELECT a.* FROM credits_creditaccount a
        LEFT JOIN (SELECT account_id, count(*) AS there, -sum(monthly) AS used
                   FROM credits_creditentry GROUP BY account_id) e ON e.account_id = a.id
        WHERE (a.seq, a.monthly_used) <> (coalesce(e.there, 0), coalesce(e.used, 0))
        """
    )
    if found := len(list(wrong)):
        raise RuntimeError(f"{found} accounts are not what their entries say.")
