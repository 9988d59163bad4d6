"""A plan changes while people go on working: exact numbers, whoever comes first."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from booking.services.staff import add_staff, set_staff_active
from plans.entitlements import LimitReached
from plans.models import Plan
from plans.services.plans import PlanInUse, delete_plan, save_plan
from saas.core.errors import NotHere
from tenants.models import KeptRows, Override, PlanChange, PlanRefit, Tenant
from tenants.services import refits
from tenants.services.keep_lists import keep_rows
from tenants.services.overrides import set_override
from tests.tenants.services import rows
from tests.tenants.services.rows import NOW, fresh, limit, make_plan, move, paused, running

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]


def all_at_once(*acts: Callable[[], object]) -> Counter[Any]:
    """Each of `acts` in a thread and on a connection of its own; how often which answer or error came."""
    outcomes: list[Any] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=30)
            answer = act()
            outcomes.append(answer if isinstance(answer, bool) else "done")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return Counter(outcomes)


def adds(tenant: Tenant, count: int) -> list[Callable[[], object]]:
    return [lambda n=n: add_staff(tenant, name=f"New{n}") for n in range(count)]


def activations(tenant: Tenant, keys: list[int]) -> list[Callable[[], object]]:
    return [lambda pk=pk: set_staff_active(tenant, pk, active=True) for pk in keys]


@pytest.mark.req(33, 70, 72)
@pytest.mark.parametrize("round_", range(3))
def test_a_narrower_plan_racing_ten_adds_and_ten_activations(aurora: Tenant, round_: int) -> None:
    five = make_plan("Five", staff=5)
    rows.rows(aurora, 4)
    off = rows.rows(aurora, 10, is_active=False)
    outcomes = all_at_once(
        *adds(aurora, 10), lambda: move(aurora, five, cause="once"), *activations(aurora, off)
    )
    assert outcomes[True] == 1
    assert outcomes["done"] + outcomes[LimitReached.__name__] == 20
    assert len(running(aurora).split()) == 5
    assert running(aurora).startswith("1 2 3 4 "), "The oldest stay."
    left = rows.names(aurora, is_active=True)
    assert len(rows.names(aurora, is_active=False).split()) + len(left.split()) == (
        14 + sum(name.startswith("New") for name in left.split())
    )


@pytest.mark.req(64)
def test_the_same_change_delivered_ten_times_at_once_is_made_once(aurora: Tenant) -> None:
    rows.rows(aurora, 10)
    three = make_plan("Three", staff=3)
    deliver = [lambda: move(aurora, three, cause="payment:1")] * 10
    assert all_at_once(*deliver) == {True: 1, False: 9}
    assert PlanChange.objects.count() == 1
    assert running(aurora) == "1 2 3"


def test_ten_different_changes_at_once_end_with_one_plan_that_fits(aurora: Tenant) -> None:
    rows.rows(aurora, 10)
    plans = [make_plan(f"Plan {n}", staff=n) for n in range(10)]
    outcomes = all_at_once(
        *(lambda plan=plan: move(aurora, plan, cause=f"to {plan.name}") for plan in plans)
    )
    assert outcomes == {True: 10}
    assert len(running(aurora).split()) == fresh(aurora).plan.limits["staff"]
    changes = PlanChange.objects.order_by("pk").values_list("from_plan", "to_plan")
    assert len({before for before, _ in changes}) == 10, "Each starts where another ended."


def test_a_keep_list_is_used_by_one_of_two_changes(aurora: Tenant) -> None:
    keys = rows.rows(aurora, 6)
    keep_rows(aurora, "staff", [keys[5]], now=NOW)
    two, one = make_plan("Two", staff=2), make_plan("One", staff=2)
    all_at_once(lambda: move(aurora, two, cause="two"), lambda: move(aurora, one, cause="one"))
    assert running(aurora) == "1 6"
    assert not KeptRows.objects.exists()


def test_an_override_racing_adds_leaves_no_more_than_it_allows(aurora: Tenant) -> None:
    rows.rows(aurora, 2)
    act = lambda: set_override(  # noqa: E731
        aurora, "staff", 4, reason="x", until=None, by=None, now=NOW
    )
    outcomes = all_at_once(*adds(aurora, 10), act, *adds(aurora, 10))
    assert outcomes["done"] + outcomes[LimitReached.__name__] == 21
    assert len(running(aurora).split()) == 4


def test_ten_overrides_of_the_same_at_once_leave_one(aurora: Tenant) -> None:
    rows.rows(aurora, 10)
    outcomes = all_at_once(
        *(
            lambda n=n: set_override(aurora, "staff", n, reason="x", until=None, by=None, now=NOW)
            for n in range(10)
        )
    )
    assert outcomes == {"done": 10}
    last = Override.objects.get(ended_at=None)
    assert Override.objects.count() == 10
    assert fresh(aurora).overrides["limits"]["staff"]["value"] == last.value
    assert len(running(aurora).split()) == last.value


@pytest.mark.req(82)
def test_two_workers_on_the_same_refit_do_each_tenant_once(
    aurora: Tenant, borealis: Tenant, plan: Plan
) -> None:
    for tenant in (aurora, borealis):
        rows.rows(tenant, 6)
    limit(plan, staff=2)
    work = refits.start_refit(plan.pk, NOW)
    assert work is not None
    all_at_once(*[lambda: refits.advance(work.pk, NOW, at_most=100)] * 4)
    while refits.advance(work.pk, NOW, at_most=100):
        pass
    work.refresh_from_db()
    assert (work.done, work.failed, work.total) == (2, 0, 2)
    assert (running(aurora), running(borealis)) == ("1 2", "1 2")


def test_saves_of_a_plan_at_once_leave_one_refit_under_way(aurora: Tenant, plan: Plan) -> None:
    outcomes = all_at_once(*[lambda: refits.start_refit(plan.pk, NOW)] * 8)
    assert outcomes == {"done": 8}
    assert PlanRefit.objects.filter(finished_at=None).count() == 1


@pytest.mark.req(82)
def test_an_edited_plan_also_fits_who_is_just_moving_to_it(aurora: Tenant) -> None:
    """The move read the plan as it was, the edit commits first: what follows the edit waits for the move."""
    rows.rows(aurora, 6)
    target = make_plan("Target", staff=5)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            move(aurora, target)
            editing = in_thread(pool, lambda: save_plan(target, {"limits": {"staff": 2}}))
            wait_for_limit(target, 2)
            assert not editing.done()
        editing.result(timeout=10)
    assert running(aurora) == "1 2 3 4 5"
    work = PlanRefit.objects.get(plan=target)
    assert work.total == 1
    refits.advance(work.pk, NOW, at_most=100)
    assert running(aurora) == "1 2"


def wait_for_limit(plan: Plan, staff: int) -> None:
    """Until somebody else's edit of `plan` is committed: it waits for nobody who moves."""
    deadline = time.monotonic() + 30
    while plan.limits["staff"] != staff:
        assert time.monotonic() < deadline, "An edit of a plan waits for nobody who moves."
        time.sleep(0.02)
        plan.refresh_from_db()


def in_thread(pool: ThreadPoolExecutor, act: Callable[[], object]) -> Any:
    def run() -> object:
        try:
            return act()
        finally:
            connection.close()

    return pool.submit(run)


@pytest.mark.req(1)
def test_a_plan_that_is_deleted_in_the_same_moment_is_refused(aurora: Tenant, plan: Plan) -> None:
    target = make_plan("Going")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            delete_plan(target)
            moving = in_thread(pool, lambda: move(aurora, target))
            wait([moving], timeout=0.5)
            assert not moving.done()
        with pytest.raises(NotHere, match="deleted it"):
            moving.result(timeout=10)
    assert fresh(aurora).plan == plan


@pytest.mark.req(98)
def test_a_plan_is_not_deleted_under_a_tenant_who_is_moving_to_it(aurora: Tenant) -> None:
    target = make_plan("Wanted")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            move(aurora, target)
            deletion = in_thread(pool, lambda: delete_plan(target))
            wait([deletion], timeout=0.5)
            assert not deletion.done()
        with pytest.raises(PlanInUse):
            deletion.result(timeout=10)
    assert fresh(aurora).plan == target
    assert paused(aurora) == ""
