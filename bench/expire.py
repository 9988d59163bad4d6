"""The sweep of what has run out: 10,000 due tenants of 100,000, beside a loop over tenants as one would first write it.

The loop reads every tenant, asks for its subscription and its balance one by one, decides with the very same rule, and
changes and saves each due one through the ORM. It goes over every tenth tenant, and its seconds are taken times ten.
For comparison there is a careful one, which asks the database for the due tenants alone.

Of 10,000 due tenants 5,000 are trials and 4,000 have no money in hand: they lapse. 700 pay by card and are waited for,
and 300 are renewed from their balance, with payment, ledger entry and invoice. No tenant has a schema, so that a laptop
can hold them: pausing rows, which takes as long whoever finds them, is in neither figure.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection

from bench.progress import say
from bench.rows import Row, against_peer, figure
from bench.scratch import copied_database, our_database
from bench.serving import ROOT
from billing.models import BalanceAccount, BillingSettings, Subscription
from plans.models import Plan, PlatformSettings
from saas.core.clock import now
from tenants.models import Tenant

TENANTS, DUE = 100_000, 10_000
KINDS = {"trial": 5000, "poor": 4000, "card": 700, "rich": 300}
STEPS = {"lapse": 9000, "wait": 700, "renew": 300}
SHARE = 10
ROUNDS = 2
CHUNK = 2000
LOOP = "a loop over tenants (a tenth of them, times ten)"


@dataclass(frozen=True)
class Run:
    """What one process did."""

    seconds: float
    mib: float
    steps: dict[str, int]


def run() -> list[Row]:
    at = now().replace(microsecond=0)
    with our_database("expire") as url:
        world = World(at)
        world.add_due()
        few = best(url, at, "sweep")["sweep"]
        world.add_others(TENANTS - DUE)
        found = best(url, at, "sweep", "loop", "careful")
        many, loop, careful = found["sweep"], found["loop"], found["careful"]
        with copied_database(url) as copy:
            measure(copy, "sweep", at)  # nobody is due any more
            idle, idle_loop = measure(copy, "idle", at), measure(copy, "loop", at)
    growth = many.seconds / few.seconds
    say(f"{few.seconds:.1f} s for 10,000 of 10,000, {many.seconds:.1f} s for 10,000 of 100,000")
    return [
        against_peer(
            "expire_due", "s", ours=many.seconds, peer=loop.seconds * SHARE, peer_name=LOOP,
            better="lower", goal=10,
        ),
        against_peer(
            "expire_due_careful", "s", ours=many.seconds, peer=careful.seconds * SHARE,
            peer_name="a loop over the due ones (likewise)", better="lower",
        ),
        against_peer(
            "expire_due_memory", "MiB", ours=many.mib, peer=loop.mib, peer_name="the loop",
            better="lower",
        ),
        figure("expire_due_growth", "× of 10,000 alone", growth, limit=1.5),
        against_peer(
            "expire_idle", "ms", ours=idle.seconds * 1000, peer=idle_loop.seconds * SHARE * 1000,
            peer_name=LOOP, better="lower", goal=100,
        ),
    ]  # fmt: skip


class World:
    """Tenants without schemas on one plan, whose time ended a minute ago or ends within the month."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.team = Plan.objects.create(name="Team", monthly_price=2900, annual_price=29000)
        self.trial = Plan.objects.create(name="Trial", monthly_price=2900)
        PlatformSettings.load()
        PlatformSettings.objects.update(
            expired_plan=Plan.objects.create(name="Resting"), trial_plan=self.trial
        )
        BillingSettings.load()

    def add_due(self) -> None:
        for kind, count in KINDS.items():
            self.add(kind, count, self.at - timedelta(minutes=1))
        settle()

    def add_others(self, count: int) -> None:
        """As many of each kind, in proportion, whose time ends later."""
        for kind, share in KINDS.items():
            self.add(kind, count * share // DUE, self.at + timedelta(days=20))
        settle()

    def add(self, kind: str, count: int, end: datetime) -> None:
        plan = self.trial if kind == "trial" else self.team
        made = (
            Tenant(
                name=f"Business {kind} {number}", slug=f"{kind}-{number}-{end:%d%H%M}", plan=plan,
                expires_at=end, expiry_check_at=end,
            )
            for number in range(count)
        )  # fmt: skip
        for chunk in chunks(made):
            Tenant.objects.bulk_create(chunk)
            if kind != "trial":
                Subscription.objects.bulk_create(self.subscription(one, kind) for one in chunk)
                BalanceAccount.objects.bulk_create(
                    BalanceAccount(tenant=one, currency="USD", balance=5000 * (kind == "rich"))
                    for one in chunk
                )

    def subscription(self, tenant: Tenant, kind: str) -> Subscription:
        card = kind == "card"
        return Subscription(
            tenant=tenant, plan=self.team, plan_name="Team", cycle="monthly", amount=2900, currency="USD",
            gateway="stripe" if card else "balance", environment="test" if card else "live",
            external_id=f"sub_{tenant.slug}" if card else "", started_at=tenant.expires_at - timedelta(days=30),
            period_start=tenant.expires_at - timedelta(days=30), period_end=tenant.expires_at,
        )  # fmt: skip


def chunks(items: Iterator[Tenant]) -> Iterator[list[Tenant]]:
    while chunk := list(islice(items, CHUNK)):
        yield chunk


def settle() -> None:
    """As a database is that has been running for a while."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def best(url: str, at: datetime, *names: str) -> dict[str, Run]:
    """The fastest of each, measured in turns, each time on a database as it was before."""
    runs: dict[str, list[Run]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        for name in names:
            runs[name].append(measured(url, name, at))
            check(runs[name][-1], share=1 if name == "sweep" else SHARE)
    return {name: min(some, key=lambda one: one.seconds) for name, some in runs.items()}


def measured(url: str, name: str, at: datetime) -> Run:
    with copied_database(url) as copy:
        return measure(copy, name, at)


def measure(url: str, name: str, at: datetime) -> Run:
    command = [sys.executable, "-m", "bench.expire_runs", name, at.isoformat()]
    env = {**os.environ, "DATABASE_URL": url, "TENANTRY_LOG_LEVEL": "ERROR"}
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    say(f"{name}: {found['seconds']:.4f} s, {found['mib']:.0f} MiB, {found['steps']}")
    return Run(**found)


def check(done: Run, *, share: int) -> None:
    """All of it was done: otherwise the figures mean nothing."""
    for step, count in STEPS.items():
        if abs(done.steps.get(step, 0) - count / share) > count / share * 0.02 + 2:
            raise RuntimeError(f"{done.steps} is not what was to be done.")
