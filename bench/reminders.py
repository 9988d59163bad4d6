"""Reminders that are due now, among 1,000,000 that lie ahead: as fast as where no other is.

1,000 are due, of 100 tenants. Beside it what one would first write: each minute a query for each tenant over what is
ahead of it, without anything that says when.
"""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from bench.progress import say
from bench.rows import Row, against_peer, figure
from bench.scratch import copied_database, our_database
from bench.serving import ROOT
from plans.models import Plan, PlatformSettings
from saas.core.clock import now
from tenants.models import Tenant
from workflows.models import Workflow

AHEAD, DUE, TENANTS = 1_000_000, 1_000, 100
ROUNDS = 3
EVENT = "bench.starts"
ADD = """
INSERT INTO workflows_occurrence
    (tenant_id, event, payload, workflow_id, subject_id, happened_at, due_at, depth, attempts)
SELECT w.tenant_id, w.event, json_build_object('tenant_id', w.tenant_id, 'appointment_id', %(first)s + n), w.id,
       %(first)s + n, %(at)s, %(at)s + n %% 1000 * %(step)s * interval '1 minute', 0, 0
FROM generate_series(0, %(count)s - 1) AS n
JOIN workflows_workflow AS w ON w.id = (SELECT min(id) FROM workflows_workflow) + n %% %(tenants)s
"""


def run() -> list[Row]:
    at = now().replace(microsecond=0)
    with our_database("reminders") as url:
        add_world()
        add(DUE, first=1, at=at - timedelta(minutes=1), step=0)
        few = best(url, "ours", at)
        add(AHEAD, first=10_000, at=at + timedelta(hours=1), step=60)
        many, peer = best(url, "ours", at), best(url, "peer", at)
    say(f"{few:.3f} s where no other lies ahead, {many:.3f} s among {AHEAD:,}")
    return [
        against_peer(
            "reminders_due", "ms", ours=many * 1000, peer=peer * 1000,
            peer_name="a query for each tenant over what lies ahead", better="lower",
        ),
        figure("reminders_due_growth", "× of none ahead", many / few, limit=1.5),
    ]  # fmt: skip


def add_world() -> None:
    on = dict.fromkeys(("workflows", "workflows.email"), True)
    plan = Plan.objects.create(name="Team", monthly_price=2900, capabilities=on, limits={})
    PlatformSettings.load()
    for number in range(TENANTS):
        tenant = Tenant.objects.create(
            name=f"Salon {number}", slug=f"salon-{number}", plan=plan, activated_at=now()
        )
        workflow = Workflow.objects.create(
            tenant=tenant, name="Remind", event=EVENT, is_on=True, amount=1
        )
        workflow.actions.create(
            kind="email", settings={"to": "customer", "subject": "Soon", "body": "<p>Soon</p>"}
        )


def add(count: int, *, first: int, at: datetime, step: int) -> None:
    values = {"count": count, "first": first, "at": at, "step": step, "tenants": TENANTS}
    with connection.cursor() as cursor:
        cursor.execute(ADD, values)
        cursor.execute("VACUUM (ANALYZE)")


def best(url: str, name: str, at: datetime) -> float:
    return min(measured(url, name, at) for _ in range(ROUNDS))


def measured(url: str, name: str, at: datetime) -> float:
    with copied_database(url) as copy:
        command = [sys.executable, "-m", "bench.reminder_runs", name, at.isoformat()]
        env = {**os.environ, "DATABASE_URL": copy, "TENANTRY_LOG_LEVEL": "ERROR"}
        done = subprocess.run(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True, text=True
        )
    found: dict[str, Any] = json.loads(done.stdout)
    if found["messages"] != DUE:
        raise RuntimeError(f"{found['messages']} of {DUE} reminders became messages.")
    return float(found["seconds"])
