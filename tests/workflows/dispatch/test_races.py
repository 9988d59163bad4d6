"""Workers at the same time, and workers that are killed: each occurrence is one run of each workflow, said once."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction

from tenants.models import Tenant
from tests.crew import crew
from tests.workflows.dispatch.bakery import EATEN, EATEN_AT, NOW, bake, just_looked, listen
from tests.workflows.dispatch.rules import ahead, dispatch
from workflows.models import Message, Occurrence, Run, Workflow
from workflows.services import timing
from workflows.services.dispatch import dispatch_due

pytestmark = [
    pytest.mark.race,
    pytest.mark.usefixtures("cakes"),
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
DAY = timedelta(days=1)


def all_at_once(*acts: Callable[[], object]) -> list[object]:
    """What each answered, or raised, in a thread and on a connection of its own."""
    answers: list[object] = []
    start = threading.Barrier(len(acts))

    def go(act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=30)
            answers.append(act())
        except Exception as error:
            answers.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return answers


def dispatch_in_small_batches() -> int:
    done = 0
    while some := dispatch_due(NOW, at_most=7):
        done += some
    return done


def check_each_once(workflows: list[Workflow], cakes: dict[int, list[int]]) -> None:
    """Every workflow ran once for each cake of whom it listens to, and wrote its two notes."""
    wanted = Counter(
        (workflow.pk, tenant_id, cake)
        for workflow in workflows
        for tenant_id, some in cakes.items()
        for cake in some
        if workflow.tenant_id in (None, tenant_id)
    )
    assert set(wanted.values()) == {1}
    assert Counter(Run.objects.values_list("workflow", "tenant", "subject_id")) == wanted
    assert set(Run.objects.values_list("outcome", flat=True)) == {"done"}
    notes = Counter(
        Message.objects.values_list("run__workflow", "run__tenant", "run__subject_id").order_by()
    )
    assert notes == Counter(dict.fromkeys(wanted, 2))
    assert not Occurrence.objects.exists()


@pytest.fixture
def bakeries(aurora: Tenant, borealis: Tenant) -> tuple[list[Workflow], dict[int, list[int]]]:
    """Five workflows, the platform's among them, and 200 cakes of two businesses."""
    copies = {"copies": 2}
    listening = (aurora, aurora, borealis, borealis, None)
    workflows = [listen(one, settings=copies) for one in listening]
    cakes = {aurora.pk: list(range(1, 121)), borealis.pk: list(range(1, 81))}
    bake(aurora, *cakes[aurora.pk])
    bake(borealis, *cakes[borealis.pk])
    return workflows, cakes


def test_eight_workers_at_once(
    bakeries: tuple[list[Workflow], dict[int, list[int]]],
) -> None:
    done = all_at_once(*[dispatch_in_small_batches] * 8)
    assert sum(one for one in done if isinstance(one, int)) == 200, done
    check_each_once(*bakeries)


WORKER = """
import sys, django
django.setup()
from datetime import datetime
from tests.workflows.dispatch.bakery import open_bakery
from workflows.services.dispatch import dispatch_due
open_bakery()
print("ready", flush=True)
sys.stdin.readline()
while dispatch_due(datetime.fromisoformat(sys.argv[1]), at_most=3):
    pass
"""


def test_workers_that_are_killed_lose_nothing_and_repeat_nothing(
    bakeries: tuple[list[Workflow], dict[int, list[int]]],
) -> None:
    dice, killed_midway = random.Random(7), 0
    with crew(WORKER, 2) as team:
        for _round in range(3):
            team.fill(NOW.isoformat())
            assert [team.hear(worker) for worker in team.working] == ["ready"] * 2
            before = Occurrence.objects.count()
            for worker in team.working:
                team.tell(worker, "go")
            deadline, few = time.monotonic() + 30, before - dice.randint(3, 12)
            while Occurrence.objects.count() > few and time.monotonic() < deadline:
                time.sleep(0.002)
            team.kill_all()
            killed_midway += 0 < Occurrence.objects.count() < before
    assert killed_midway >= 2, "They were to be killed while there was work."
    deadline = time.monotonic() + 60
    while Occurrence.objects.exists() and time.monotonic() < deadline:
        dispatch(NOW)  # the server may hold the locks of the dead for a moment
    check_each_once(*bakeries)


def test_two_workers_that_move_the_same_reminder_leave_it_where_it_belongs(
    aurora: Tenant, cakes: dict[int, datetime]
) -> None:
    """The one that looked first and writes last must not put it where it was."""
    workflow = listen(aurora, "cake.eaten", amount=1, unit="days")
    cakes[7] = EATEN_AT
    timing.follow(workflow, NOW)
    cakes[7] = EATEN_AT + DAY
    looked, moved = threading.Event(), threading.Event()

    def look_slowly() -> None:
        if not looked.is_set():
            looked.set()
            moved.wait(timeout=1)

    def follow() -> None:
        with transaction.atomic():
            timing.follow_subjects(aurora, EATEN, [7], NOW)

    def move_and_follow() -> None:
        assert looked.wait(timeout=30)
        cakes[7] = EATEN_AT + 3 * DAY
        follow()
        moved.set()

    just_looked.append(look_slowly)
    assert all_at_once(follow, move_and_follow) == [None, None]
    assert ahead(workflow) == [EATEN_AT + 2 * DAY]


@pytest.mark.parametrize("round_", range(3))
def test_reminder_that_is_laid_ahead_as_it_is_carried_out_is_sent_once(
    aurora: Tenant, cakes: dict[int, datetime], round_: int
) -> None:
    """One worker’s clock is a moment behind: it lays ahead again what the other has just told of."""
    workflows = [listen(aurora, "cake.eaten", amount=1, unit="days") for _ in range(3)]
    due = EATEN_AT - DAY
    behind = due - timedelta(milliseconds=1)
    cakes |= dict.fromkeys(range(1, 31), EATEN_AT)
    for workflow in workflows:
        timing.follow(workflow, NOW)

    def lay_ahead() -> None:
        for workflow in workflows:
            for _ in range(5):
                timing.follow(workflow, behind)

    all_at_once(lambda: dispatch(due), lay_ahead, lambda: dispatch(due), lay_ahead)
    dispatch(due)
    assert not Occurrence.objects.exists()
    told = Counter(Message.objects.values_list("workflow", "run__subject_id"))
    assert told == Counter({(one.pk, cake): 1 for one in workflows for cake in cakes})
