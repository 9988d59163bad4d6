"""10,000 events with three workflows that listen, until 30,000 messages have left: beside one Celery task per message.

Both end in the same rows, charged once each against the plan's monthly limit, and carried by the same driver: a
list. The peer is what one would first write: a task for each message, which reads what it needs, renders,
locks the month's counter, charges, stores, sends and stores again. It does a tenth, and its figure is per second, too.
Each runs in a process of its own; no broker is in either figure, so the peer's tasks are called one after another.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from bench.progress import say
from bench.rows import Row, against_peer
from bench.scratch import copied_database, our_database
from bench.serving import ROOT
from plans.models import Plan, PlatformSettings
from saas.core.clock import now
from tenants.models import Tenant
from workflows.models import Workflow

EVENTS, WORKFLOWS = 10_000, 3
SHARE = 10
ROUNDS = 2
EVENT = "bench.happened"
PEER = "one Celery task per message"


@dataclass(frozen=True)
class Run:
    """What one process did: messages that left, in seconds, at the most so many MiB."""

    messages: int
    seconds: float
    mib: float

    @property
    def per_second(self) -> float:
        return self.messages / self.seconds


def run() -> list[Row]:
    with our_database("messages") as url:
        add_world()
        ours = max((measured(url, "ours") for _ in range(ROUNDS)), key=lambda one: one.per_second)
        peer = max((measured(url, "peer") for _ in range(ROUNDS)), key=lambda one: one.per_second)
    return [
        against_peer(
            "events_to_messages", "/s", ours=ours.per_second, peer=peer.per_second,
            peer_name=PEER, better="higher", goal=2,
        ),
        against_peer(
            "events_to_messages_memory", "MiB", ours=ours.mib, peer=peer.mib, peer_name=PEER,
            better="lower",
        ),
    ]  # fmt: skip


def add_world() -> None:
    """A tenant whose plan allows enough, without a schema: what is told of needs nothing in one."""
    on = dict.fromkeys(("workflows", "workflows.email", "workflows.sms"), True)
    limits = {"emails_per_month": 1_000_000, "sms_per_month": 1_000_000}
    plan = Plan.objects.create(name="Team", monthly_price=2900, capabilities=on, limits=limits)
    PlatformSettings.load()
    tenant = Tenant.objects.create(name="Salon", slug="salon", plan=plan, activated_at=now())
    for number in range(WORKFLOWS):
        workflow = Workflow.objects.create(
            tenant=tenant, name=f"Tell {number}", event=EVENT, is_on=True
        )
        workflow.actions.create(
            kind="email",
            settings={
                "to": "customer",
                "subject": "Hello {{ customer.first_name }}",
                "body": "<p>See you at {{ appointment.time }}, {{ customer.first_name }}.</p>",
            },
        )


def measured(url: str, name: str) -> Run:
    with copied_database(url) as copy:
        command = [sys.executable, "-m", "bench.message_runs", name]
        env = {**os.environ, "DATABASE_URL": copy, "TENANTRY_LOG_LEVEL": "ERROR"}
        done = subprocess.run(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True, text=True
        )
    found: dict[str, Any] = json.loads(done.stdout)
    one = Run(**found)
    say(f"{name}: {one.messages:,} messages, {one.per_second:,.0f} /s, {one.mib:.0f} MiB")
    if one.messages != EVENTS * WORKFLOWS // (1 if name == "ours" else SHARE):
        raise RuntimeError(f"{one.messages} messages left, which is not all of them.")
    return one
