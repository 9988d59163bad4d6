"""A plan is edited: its tenants fit it, in the background, once, whatever happens on the way."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from plans.models import Plan
from plans.services.plans import save_plan
from tenants import plan_tasks
from tenants.models import PlanRefit, Tenant, User
from tenants.services import refits
from tests.booking.pages import counted
from tests.tenants.conftest import create_tenant
from tests.tenants.services import rows
from tests.tenants.services.rows import NOW, limit, make_plan, move, paused, running

EVERY = 10**6


def carry_out(plan: Plan, now: datetime = NOW) -> PlanRefit:
    """All of the work that the stored plan makes now."""
    work = refits.start_refit(plan.pk, now)
    assert work is not None
    assert not refits.advance(work.pk, now, at_most=EVERY)
    work.refresh_from_db()
    return work


@pytest.fixture
def eagerly(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> Callable[[Callable[[], object]], None]:
    """Do something, then all the work that it leaves for the worker, here and now."""

    def run(act: Callable[[], object]) -> None:
        monkeypatch.setattr(plan_tasks.refit_plan, "delay", plan_tasks.refit_plan)
        with django_capture_on_commit_callbacks(execute=True):
            act()

    return run


@pytest.mark.req(82)
def test_a_lower_and_a_higher_limit_reach_every_tenant_of_the_plan(
    salon: Tenant, borealis: Tenant, pro: Plan, eagerly: Callable
) -> None:
    move(borealis, pro)
    rows.rows(borealis, 5)
    eagerly(lambda: save_plan(pro, {"limits": {"staff": 4}}))
    assert (running(salon), running(borealis)) == ("1 2 3 4", "1 2 3 4")
    eagerly(lambda: save_plan(pro, {"limits": {"staff": 6}}))
    assert (running(salon), running(borealis)) == ("1 2 3 4 5 6", "1 2 3 4 5")
    assert [(work.total, work.done, work.failed) for work in PlanRefit.objects.all()] == [
        (2, 2, 0)
    ] * 2
    assert not PlanRefit.objects.filter(finished_at__isnull=True).exists()


@pytest.mark.req(82)
def test_adding_is_blocked_at_once_before_the_worker_comes(
    salon: Tenant, pro: Plan, ana: User, client_for: Callable[..., Client]
) -> None:
    save_plan(pro, {"limits": {"staff": 4}})
    page = client_for(ana, salon).get("/panel/staff/").content.decode()
    assert "10 / 4" in page


def test_tenants_of_other_plans_are_left_alone(
    salon: Tenant, borealis: Tenant, pro: Plan, eagerly: Callable
) -> None:
    rows.rows(borealis, 5)
    eagerly(lambda: save_plan(pro, {"limits": {"staff": 0}}))
    assert running(salon) == ""
    assert running(borealis) == "1 2 3 4 5"


def test_a_feature_that_comes_back_is_fitted_too(
    salon: Tenant, pro: Plan, eagerly: Callable
) -> None:
    eagerly(lambda: save_plan(pro, {"limits": {"staff": 2}, "capabilities": {"staff": False}}))
    assert len(running(salon).split()) == 10
    eagerly(lambda: save_plan(pro, {"capabilities": {"staff": True}}))
    assert running(salon) == "1 2"


@pytest.mark.parametrize("data", [{"name": "Professional"}, {"monthly_price": 1}, {"limits": {}}])
def test_a_save_that_changes_nothing_for_tenants_makes_no_work(
    salon: Tenant, pro: Plan, eagerly: Callable, data: dict[str, Any]
) -> None:
    eagerly(lambda: save_plan(pro, data))
    assert not PlanRefit.objects.exists()


def test_a_plan_without_tenants_makes_no_work(solo: Plan, eagerly: Callable) -> None:
    eagerly(lambda: save_plan(solo, {"limits": {"staff": 1}}))
    eagerly(lambda: save_plan(None, {"name": "New", "limits": {"staff": 1}}))
    assert not PlanRefit.objects.exists()
    assert refits.start_refit(10**9, NOW) is None


@pytest.fixture
def many(pro: Plan) -> list[Tenant]:
    """Seven tenants of Pro, without schemas."""
    return [create_tenant(pro) for _ in range(7)]


def test_progress_can_be_read_and_the_work_taken_up_again(many: list[Tenant], pro: Plan) -> None:
    work = refits.start_refit(pro.pk, NOW)
    assert work is not None
    assert (work.done, work.total) == (0, 7)
    assert refits.advance(work.pk, NOW, at_most=3)
    work.refresh_from_db()
    assert (work.done, work.total, work.finished_at) == (3, 7, None)
    assert [tenant.pk for tenant in refits.waiting(work)] == [tenant.pk for tenant in many[3:]]
    assert not refits.advance(work.pk, NOW, at_most=EVERY)
    work.refresh_from_db()
    assert (work.done, work.finished_at) == (7, NOW)
    assert not refits.advance(work.pk, NOW, at_most=EVERY), "It is done."


def test_the_task_goes_on_slice_by_slice(
    many: list[Tenant], pro: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[int] = []
    monkeypatch.setattr(plan_tasks, "SLICE", 3)
    monkeypatch.setattr(plan_tasks.refit_plan, "delay", again.append)
    work = refits.start_refit(pro.pk, NOW)
    assert work is not None
    plan_tasks.refit_plan(work.pk)
    plan_tasks.refit_plan(work.pk)
    assert again == [work.pk, work.pk]
    plan_tasks.refit_plan(work.pk)
    assert again == [work.pk, work.pk], "Seven tenants are three slices."


def test_a_later_edit_takes_over(many: list[Tenant], pro: Plan) -> None:
    first = refits.start_refit(pro.pk, NOW)
    assert first is not None
    refits.advance(first.pk, NOW, at_most=3)
    second = refits.start_refit(pro.pk, NOW)
    assert second is not None
    first.refresh_from_db()
    assert (first.superseded, first.finished_at) == (True, NOW)
    assert not refits.advance(first.pk, NOW, at_most=EVERY)
    refits.advance(second.pk, NOW, at_most=EVERY)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.done, second.done) == (3, 7)
    with pytest.raises(IntegrityError):
        PlanRefit.objects.bulk_create(
            PlanRefit(plan=pro, total=1, started_at=NOW, moved_at=NOW) for _ in range(2)
        )


def test_a_worker_that_was_overtaken_stops(
    many: list[Tenant], pro: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers got the same message: whoever is behind sees it at its next tenant."""
    work = refits.start_refit(pro.pk, NOW)
    assert work is not None
    once = refits.refit
    fitted: list[int] = []

    def overtaken(tenant: Tenant, now: Any) -> Any:
        fitted.append(tenant.pk)
        monkeypatch.setattr(refits, "refit", once)
        refits.advance(work.pk, NOW, at_most=EVERY)
        return once(tenant, now)

    monkeypatch.setattr(refits, "refit", overtaken)
    assert not refits.advance(work.pk, NOW, at_most=EVERY)
    work.refresh_from_db()
    assert (work.done, fitted) == (7, [many[0].pk])


def test_one_tenant_that_fails_stops_no_other(
    salon: Tenant, borealis: Tenant, pro: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(borealis, pro)
    rows.rows(borealis, 5)
    limit(pro, staff=3)
    once = refits.refit

    def fail(tenant: Tenant, now: Any) -> Any:
        once(tenant, now)
        if tenant.pk == salon.pk:
            raise RuntimeError("Broken")

    monkeypatch.setattr(refits, "refit", fail)
    monkeypatch.setattr(refits.log, "exception", lambda *args: None)
    work = carry_out(pro)
    assert (work.done, work.total, work.failed) == (2, 2, 1)
    assert paused(salon) == "", "All of one tenant, or nothing."
    assert paused(borealis) == "4 5"


def test_work_that_stands_still_is_found(many: list[Tenant], pro: Plan) -> None:
    work = refits.start_refit(pro.pk, NOW)
    assert work is not None
    assert refits.stale(NOW + timedelta(minutes=4)) == []
    assert refits.stale(NOW + timedelta(minutes=6)) == [work.pk]
    refits.advance(work.pk, NOW + timedelta(minutes=6), at_most=3)
    assert refits.stale(NOW + timedelta(minutes=7)) == []


def test_the_sweep_sends_lost_work_again(
    many: list[Tenant], pro: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    refits.start_refit(pro.pk, NOW - timedelta(days=900))
    monkeypatch.setattr(plan_tasks.refit_plan, "delay", plan_tasks.refit_plan)
    plan_tasks.resume_refits()
    assert PlanRefit.objects.get().done == 7


def test_starting_costs_the_same_for_any_number_of_tenants(solo: Plan) -> None:
    costs = []
    for count in (1, 30):
        for _ in range(count):
            create_tenant(solo)
        with counted() as queries:
            refits.start_refit(solo.pk, NOW)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_plan_that_narrows_nothing_reads_and_notes_only(salon: Tenant, pro: Plan) -> None:
    """What 10,000 tenants cost in vain: per tenant a lock, a count and a note."""
    make_plan("Another")
    work = refits.start_refit(pro.pk, NOW)
    assert work is not None
    with counted() as queries:
        refits.advance(work.pk, NOW, at_most=EVERY)
    of_the_tenant = [sql for sql in queries if "SAVEPOINT" not in sql]
    assert len(of_the_tenant) <= 8
