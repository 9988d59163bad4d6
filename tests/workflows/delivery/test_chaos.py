"""A carrier of which every tenth answer goes wrong, and workers that are killed midway: the numbers are exact."""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from django.conf import settings

from plans.models import Plan
from saas.core import clock
from sandbox.carriers.faults import Fault
from sandbox.twilio import TwilioSandbox
from tenants.models import Tenant
from tests.crew import Crew, crew
from tests.workflows.delivery.scene import (
    FAILED,
    HELD,
    QUEUED,
    SENDING,
    SENT,
    UNKNOWN,
    allow,
    charged,
    kept,
    used,
)
from workflows.models import Message
from workflows.services.channels import save_setup

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
MESSAGES = int(os.environ.get("TENANTRY_CHAOS", "1000"))
"""5,000 and more take a minute and more."""
WORKERS, MOST_KILLS = 3, MESSAGES // 125
CEILING = MESSAGES * 7 // 10
"""Fewer units than Borealis has messages for."""
PATIENCE = 300 + MESSAGES // 10
FAULTS = [
    Fault("refuse", code=21614),
    Fault("429", seconds=1),
    Fault("503", seconds=1),
    Fault("500"),
    Fault("connection"),
    Fault("after"),
    Fault("lost", seconds=0.3),
    Fault("garbled"),
]
WORKER = """
import django, time
from datetime import timedelta
django.setup()
from saas.core.clock import now
from workflows.services import delivery, handing_over
delivery.LEASE = timedelta(seconds=4)
handing_over.FIRST_PAUSE = timedelta(milliseconds=200)
while True:
    delivery.give_up_lost(now())
    if not delivery.deliver_due(now(), at_most=20):
        time.sleep(0.1)
"""


@pytest.fixture
def carrier() -> Iterator[TwilioSandbox]:
    with TwilioSandbox() as running:
        running.plan.by_chance(0.1, FAULTS, seed=5)
        yield running


@pytest.fixture
def team(carrier: TwilioSandbox) -> Iterator[Crew]:
    with crew(WORKER, WORKERS, {"TENANTRY_TWILIO_SANDBOX_URL": carrier.url}) as hired:
        yield hired


def write_messages(aurora: Tenant, borealis: Tenant) -> None:
    """Half of them each tenant's, of one to three units; each text is there once."""
    now = clock.now()
    Message.objects.bulk_create(
        Message(
            tenant=(aurora, borealis)[number % 2],
            key=f"chaos:{number}",
            channel="sms",
            address=f"+3519123{number:05}",
            text=f"See you tomorrow, number {number}.",
            units=1 + number // 2 % 3,
            due_at=now,
            created_at=now,
        )
        for number in range(MESSAGES)
    )


def left() -> int:
    return Message.objects.filter(state__in=(QUEUED, SENDING)).count()


def work_and_kill(team: Crew, carrier: TwilioSandbox) -> int:
    """All messages are at an end; how many workers were killed while there was work for them.

    Every second one at any moment, the others while the carrier has accepted what they sent and not yet said so.
    """
    dice, killed, deadline = random.Random(11), 0, time.monotonic() + PATIENCE
    before = left()
    while (now := left()) and time.monotonic() < deadline:
        team.fill()
        if killed < MOST_KILLS and now < before - MESSAGES // (2 * MOST_KILLS):
            if killed % 2:
                time.sleep(dice.random() * 0.1)
            else:
                wait_until_all_hang(carrier)
            team.kill(dice.choice(team.working))
            killed, before = killed + 1, now
        time.sleep(0.05)
    assert left() == 0, "Every message has to come to an end."
    return killed


def wait_until_all_hang(carrier: TwilioSandbox) -> None:
    """As many messages as there are workers have been accepted, of which no answer has come yet."""
    taken, deadline = len(carrier.taken), time.monotonic() + 10
    carrier.fault("slow", times=WORKERS, seconds=1)
    while len(carrier.taken) < taken + WORKERS and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.mark.req(118)
def test_faults_and_killed_workers_lose_nothing_and_repeat_nothing(
    aurora: Tenant, borealis: Tenant, plan: Plan, small_plan: Plan,
    carrier: TwilioSandbox, team: Crew,
) -> None:  # fmt: skip
    allow(plan, sms_per_month=1_000_000)
    allow(small_plan, sms_per_month=CEILING)
    Tenant.objects.filter(pk=borealis.pk).update(plan=small_plan)
    save_setup("sms", "twilio", carrier.values, by=None, now=clock.now())
    write_messages(aurora, borealis)
    assert work_and_kill(team, carrier) >= MOST_KILLS // 2
    check(aurora, borealis, carrier)


def check(aurora: Tenant, borealis: Tenant, carrier: TwilioSandbox) -> None:
    messages = {one.text: one for one in Message.objects.all()}
    accepted = {one.body for one in carrier.taken}
    by_state: dict[str, set[str]] = {}
    for text, one in messages.items():
        by_state.setdefault(one.state, set()).add(text)
    assert set(by_state) == {SENT, FAILED, HELD, UNKNOWN}, {k: len(v) for k, v in by_state.items()}
    assert carrier.repeated() == {}
    caught = Message.objects.filter(state=UNKNOWN, detail__startswith="The worker stopped")
    assert accepted & set(caught.values_list("text", flat=True)), "None was killed midway."
    assert by_state[SENT] <= accepted <= by_state[SENT] | by_state[UNKNOWN]

    assert set(Counter(charged()).values()) == {1}
    assert kept() == {messages[text].key for text in by_state[SENT] | by_state[UNKNOWN]}
    for tenant in (aurora, borealis):
        own = {text: one for text, one in messages.items() if one.tenant_id == tenant.pk}
        paid = sum(one.units for text, one in own.items() if text in accepted)
        doubtful = by_state[UNKNOWN] - accepted
        assert used(tenant) == paid + sum(
            one.units for text, one in own.items() if text in doubtful
        )
    assert used(borealis) <= CEILING
    assert not Message.objects.filter(is_charged=True).exclude(state__in=(SENT, UNKNOWN)).exists()
