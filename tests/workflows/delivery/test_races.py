"""Workers at the same time as workers, and as the tenant: each message leaves once and is paid once."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from plans.models import Plan
from tenants.models import Tenant
from tests.workflows.delivery.scene import (
    DISCARDED,
    FAILED,
    HELD,
    NOW,
    SENT,
    ScriptedDriver,
    accept,
    allow,
    charged,
    due,
    fresh,
    go,
    many,
    states,
    used,
)
from workflows.drivers.base import News, Outcome, Outgoing
from workflows.models import Message
from workflows.services.held import discard, send_held
from workflows.services.status import take_news

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
WORKERS = 8


def all_at_once(*acts: Callable[[], object]) -> list[object]:
    """What each of `acts` answered, or raised, in a thread and on a connection of its own."""
    answers: list[object] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=30)
            answers.append(act())
        except Exception as error:
            answers.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not [one for one in answers if isinstance(one, Exception)], answers
    return answers


def work() -> int:
    """Until nothing is due any more."""
    done = 0
    while some := go(at_most=7):
        done += some
    return done


def test_two_workers_send_one_message_once(driver: ScriptedDriver, aurora: Tenant) -> None:
    for _round in range(10):
        message = due(aurora)
        assert sorted(all_at_once(go, go)) == [0, 1]  # type: ignore[type-var]
        assert driver.keys.count(message.key) == 1


def test_workers_whose_lease_has_run_out_send_no_message_twice(
    driver: ScriptedDriver, aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every batch is taken again as soon as it was taken, so all work on the same messages."""
    monkeypatch.setattr("workflows.services.delivery.LEASE", timedelta(0))
    driver.at_once = 1
    messages = many(aurora, 30)
    all_at_once(*[lambda: [go() for _ in range(4)]] * WORKERS)
    assert Counter(driver.keys) == Counter(one.key for one in messages)
    assert states(*messages) == [SENT] * 30
    assert len(charged()) == used(aurora) == 30


@pytest.mark.req(118)
def test_workers_share_what_is_due_and_the_month_ends_exactly(
    driver: ScriptedDriver, aurora: Tenant, borealis: Tenant, plan: Plan
) -> None:
    allow(plan, sms_per_month=100)
    messages = [due((aurora, borealis)[n % 2], units=1 + n % 3) for n in range(240)]
    done = all_at_once(*[work] * WORKERS)
    assert sum(done) == 240  # type: ignore[arg-type]
    assert len(driver.keys) == len(set(driver.keys))
    for tenant in (aurora, borealis):
        own = [fresh(one) for one in messages if one.tenant_id == tenant.pk]
        sent = sum(one.units for one in own if one.state == SENT)
        assert {one.state for one in own} == {SENT, HELD}
        assert sent == used(tenant)
        assert sent in (99, 100), "Whatever still fitted has left."


def test_carrier_that_tells_at_once_and_the_worker_agree(
    driver: ScriptedDriver, aurora: Tenant
) -> None:
    """“It failed” comes in several times, while what was accepted is just being written down."""
    messages = many(aurora, 12)
    driver.at_once = 1

    def tell() -> None:
        for _ in range(60):
            take_news("scripted", [News(f"id-{one.key}", "failed") for one in messages], NOW)
            time.sleep(0.01)

    all_at_once(work, tell, tell, tell)
    tell()
    assert states(*messages) == [FAILED] * 12
    assert used(aurora) == 0


def test_held_messages_are_sent_or_discarded_never_both(
    driver: ScriptedDriver, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, sms_per_month=20)
    messages = many(aurora, 40, state=HELD, due_at=None)
    tenant = Tenant.objects.select_related("plan").get(pk=aurora.pk)
    done = all_at_once(
        lambda: ("sent", send_held(tenant, "sms", NOW)),
        lambda: ("sent", send_held(tenant, "sms", NOW)),
        lambda: ("gone", discard(tenant, [one.pk for one in messages[:15]], NOW)),
        lambda: ("gone", discard(tenant, [one.pk for one in messages[10:30]], NOW)),
    )
    work()
    ends = Counter(states(*messages))
    said = Counter[str]()
    for what, count in done:  # type: ignore[misc]
        said[what] += count
    assert (ends[SENT], ends[DISCARDED]) == (said["sent"], said["gone"])
    assert ends[SENT] == used(aurora) == len(driver.keys)


def test_message_that_a_worker_has_taken_is_not_waited_for(
    driver: ScriptedDriver, aurora: Tenant
) -> None:
    slow, quick = due(aurora), due(aurora)
    inside, leave = threading.Event(), threading.Event()

    def answer(message: Outgoing) -> Outcome:
        if message.key == slow.key:
            inside.set()
            assert leave.wait(timeout=30)
        return accept(message)

    driver.answer, driver.at_once = answer, 1
    worker = threading.Thread(target=lambda: (go(at_most=1), connection.close()))
    worker.start()
    assert inside.wait(timeout=30)
    try:
        assert go() == 1
        assert states(quick) == [SENT]
    finally:
        leave.set()
        worker.join(timeout=30)
    assert states(slow) == [SENT]
    assert Message.objects.filter(state=SENT).count() == 2
