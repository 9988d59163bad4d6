"""What nothing was left to pay for waits, and leaves or goes when the tenant says so (decision D13)."""

from datetime import timedelta
from typing import Any

import pytest

from plans.models import Plan
from tenants.models import Tenant
from tests.workflows.delivery.scene import (
    DISCARDED,
    HELD,
    NOW,
    QUEUED,
    SENT,
    ScriptedDriver,
    allow,
    charged,
    due,
    fresh,
    go,
    many,
    states,
    used,
)
from workflows.models import ChannelSettings, Message
from workflows.services.channels import NotSetUp
from workflows.services.held import Held, discard, held, send_held

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def waiting(driver: ScriptedDriver, aurora: Tenant, plan: Plan) -> list[Message]:
    """Five, each one unit, after the two that were included."""
    allow(plan, sms_per_month=2)
    messages = many(aurora, 7)
    go()
    assert states(*messages) == [SENT] * 2 + [HELD] * 5
    return messages[2:]


def reloaded(tenant: Tenant) -> Tenant:
    """As a later request has it."""
    return Tenant.objects.select_related("plan").get(pk=tenant.pk)


def test_they_are_counted_by_channel(
    waiting: list[Message], aurora: Tenant, borealis: Tenant
) -> None:
    due(aurora, "whatsapp", state=HELD, due_at=None, units=3)
    assert held(aurora) == [Held("sms", 5, 5, 1), Held("whatsapp", 1, 3, 3)]
    assert held(borealis) == []


def test_nothing_leaves_while_nothing_is_left(waiting: list[Message], aurora: Tenant) -> None:
    assert send_held(reloaded(aurora), "sms", LATER) == 0
    assert states(*waiting) == [HELD] * 5
    assert used(aurora) == 2


def test_oldest_leave_first_until_nothing_is_left(
    driver: ScriptedDriver, waiting: list[Message], aurora: Tenant, plan: Plan
) -> None:
    allow(plan, sms_per_month=5)
    assert send_held(reloaded(aurora), "sms", LATER) == 3
    assert states(*waiting) == [QUEUED] * 3 + [HELD] * 2
    assert used(aurora) == 5
    go(timedelta(hours=1))
    assert states(*waiting) == [SENT] * 3 + [HELD] * 2
    assert used(aurora) == 5, "They were paid when they were let go, and not again."
    assert [fresh(one).from_month for one in waiting] == [1, 1, 1, 0, 0]
    assert len(driver.keys) == len(set(driver.keys)) == 5


def test_new_month_pays_for_them(waiting: list[Message], aurora: Tenant) -> None:
    next_month = NOW + timedelta(days=20)
    assert send_held(reloaded(aurora), "sms", next_month) == 2


def test_only_those_that_were_chosen_leave(
    waiting: list[Message], aurora: Tenant, borealis: Tenant, plan: Plan
) -> None:
    allow(plan, sms_per_month=100)
    chosen = [waiting[1].pk, waiting[4].pk]
    assert send_held(reloaded(borealis), "sms", LATER, ids=chosen) == 0
    assert send_held(reloaded(aurora), "sms", LATER, ids=chosen, at_most=1) == 1
    assert states(*waiting) == [HELD, QUEUED, HELD, HELD, HELD]


def test_more_than_one_batch_leaves(driver: ScriptedDriver, aurora: Tenant, plan: Plan) -> None:
    allow(plan, sms_per_month=0)
    Message.objects.bulk_create(
        Message(
            tenant=aurora, channel="sms", key=f"bulk{n}", address="+1", state=HELD, created_at=NOW
        )
        for n in range(450)
    )
    allow(plan, sms_per_month=420)
    assert send_held(reloaded(aurora), "sms", LATER) == 420
    assert held(aurora) == [Held("sms", 30, 30, 1)]


def test_useless_ones_are_discarded_and_cost_nothing(
    waiting: list[Message], aurora: Tenant, plan: Plan
) -> None:
    allow(plan, sms_per_month=100)
    Message.objects.filter(pk=waiting[0].pk).update(useless_at=LATER)
    assert send_held(reloaded(aurora), "sms", LATER) == 4
    assert states(*waiting) == [DISCARDED] + [QUEUED] * 4
    assert "has begun" in fresh(waiting[0]).detail
    assert used(aurora) == 6


def test_discarded_ones_are_gone_for_good(
    waiting: list[Message], aurora: Tenant, borealis: Tenant, plan: Plan
) -> None:
    assert discard(borealis, None, LATER) == 0
    assert discard(aurora, [waiting[0].pk], LATER) == 1
    assert discard(aurora, [waiting[0].pk], LATER) == 0
    allow(plan, sms_per_month=3)
    assert send_held(reloaded(aurora), "sms", LATER) == 1
    assert discard(aurora, None, LATER) == 3
    assert states(*waiting) == [DISCARDED, QUEUED] + [DISCARDED] * 3
    assert len(charged()) == used(aurora) == 3


def test_nothing_is_charged_where_nobody_carries_it(
    waiting: list[Message], aurora: Tenant, plan: Plan, settings: Any
) -> None:
    allow(plan, sms_per_month=100)
    settings.DEMO = False
    ChannelSettings.objects.all().delete()
    with pytest.raises(NotSetUp):
        send_held(reloaded(aurora), "sms", LATER)
    assert used(aurora) == 2
