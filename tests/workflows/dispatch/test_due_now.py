"""At its time a reminder is looked at once more: what has changed since it was laid ahead counts."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plans.models import Plan
from saas.core.events import emit
from tenants.models import Tenant, User
from tenants.services.administration import TenantEdit, edit_tenant, version_of
from tests.workflows.dispatch.bakery import EATEN_AT, NOW, bake, listen
from tests.workflows.dispatch.rules import ahead, dispatch, outcomes, texts
from workflows.models import Message, Occurrence, Workflow
from workflows.services import timing
from workflows.services.dispatch import dispatch_due

pytestmark = [pytest.mark.usefixtures("cakes"), pytest.mark.django_db]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
Cakes = dict[int, datetime]


@pytest.fixture
def reminder(aurora: Tenant, cakes: Cakes) -> Workflow:
    """The day before cake 7 is eaten, laid ahead."""
    cakes[7] = EATEN_AT
    made = listen(aurora, "cake.eaten", amount=24, unit="hours")
    timing.follow(made, NOW)
    return made


def test_what_is_gone_by_then_is_not_told(reminder: Workflow, cakes: Cakes) -> None:
    del cakes[7]
    assert dispatch(EATEN_AT) == 1
    assert outcomes(reminder) == []


def test_what_has_moved_by_then_lies_ahead_again(reminder: Workflow, cakes: Cakes) -> None:
    cakes[7] = EATEN_AT + 3 * DAY
    assert dispatch(EATEN_AT - DAY) == 1
    assert outcomes(reminder) == []
    assert ahead(reminder) == [EATEN_AT + 2 * DAY]
    dispatch(EATEN_AT + 2 * DAY)
    assert texts() == ["Cake 7"]


@pytest.mark.parametrize("moved", [None, 3 * DAY])
def test_change_in_the_very_moment_counts(
    reminder: Workflow, cakes: Cakes, moved: timedelta | None
) -> None:
    """The news of it and the reminder are found by the same worker at the same time."""
    bake(reminder.tenant, 7, at=EATEN_AT - DAY)  # type: ignore[arg-type]
    if moved:
        cakes[7] += moved
    else:
        del cakes[7]
    assert dispatch_due(EATEN_AT - DAY) == 2
    assert texts() == []
    assert ahead(reminder) == ([EATEN_AT - DAY + moved] if moved else [])


def test_event_that_no_workflow_hears_still_moves_what_it_should(
    reminder: Workflow, aurora: Tenant, cakes: Cakes
) -> None:
    """“cake.moved” is in nobody’s registry."""
    cakes[7] = EATEN_AT + DAY
    emit("cake.moved", tenant_id=aurora.pk, cake_id=7)
    assert Occurrence.objects.filter(workflow=None).update(due_at=NOW) == 1
    assert dispatch_due(NOW) == 1
    assert ahead(reminder) == [EATEN_AT]


def test_told_once_though_it_is_laid_ahead_again(reminder: Workflow) -> None:
    due = EATEN_AT - DAY
    dispatch(due)
    timing.follow(reminder, due - timedelta(seconds=1))
    assert ahead(reminder) == [due]
    assert dispatch(due + HOUR) == 1
    assert texts() == ["Cake 7"]
    assert len(outcomes(reminder)) == 1


def test_one_that_failed_is_tried_again_though_its_subject_was_touched(
    reminder: Workflow, aurora: Tenant, cakes: Cakes
) -> None:
    due = EATEN_AT - DAY
    later = due + timedelta(minutes=1)
    Occurrence.objects.filter(workflow=reminder).update(attempts=1, due_at=later)
    bake(aurora, 7, at=due)
    dispatch(due)
    assert ahead(reminder) == [later]
    cakes[7] = EATEN_AT + DAY
    bake(aurora, 7, at=due)
    dispatch(due)
    assert ahead(reminder) == [due + DAY]


def test_closed_business_reminds_nobody_and_goes_on_when_it_is_open_again(
    reminder: Workflow, aurora: Tenant, cakes: Cakes
) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(suspended_at=NOW)
    cakes[8] = EATEN_AT + DAY
    bake(aurora, 8)
    dispatch(EATEN_AT - DAY)
    assert texts() == []
    assert ahead(reminder) == [EATEN_AT]
    Tenant.objects.filter(pk=aurora.pk).update(suspended_at=None)
    dispatch(EATEN_AT)
    assert texts() == ["Cake 8"]


def test_switched_off_at_its_time_it_says_nothing(reminder: Workflow) -> None:
    Workflow.objects.update(is_on=False)
    assert dispatch(EATEN_AT - DAY) == 1
    assert outcomes(reminder) == []


def test_day_before_follows_the_clock_of_the_business(
    aurora: Tenant, plan: Plan, olivia: User, cakes: Cakes
) -> None:
    """From UTC to Lisbon, whose clocks change in between: by the day at 10:00 there, by hours as it was (D20)."""
    cakes[7] = datetime(2027, 3, 28, 9, tzinfo=UTC)  # 10:00 of the first day of summer time
    days = listen(aurora, "cake.eaten", amount=1, unit="days")
    hours = listen(aurora, "cake.eaten", amount=24, unit="hours")
    for one in (days, hours):
        timing.follow(one, NOW)
        assert ahead(one) == [cakes[7] - DAY]
    there = TenantEdit(aurora.name, "Europe/Lisbon", plan, aurora.cycle, aurora.expires_at)
    moved = edit_tenant(aurora, there, token="1", seen=version_of(aurora), by=olivia, now=NOW)
    timing.follow_time_zone(moved, NOW)
    assert ahead(days) == [datetime(2027, 3, 27, 10, tzinfo=UTC)]
    assert ahead(hours) == [cakes[7] - DAY]


def test_no_time_between_is_the_instant_itself(aurora: Tenant, cakes: Cakes) -> None:
    """Also in the hour that comes twice, where a clock alone would not say which one."""
    Tenant.objects.filter(pk=aurora.pk).update(time_zone="Europe/Lisbon")
    aurora.refresh_from_db()
    cakes[7] = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    made = listen(aurora, "cake.eaten", amount=0, unit="days")
    timing.follow(made, NOW)
    assert ahead(made) == [cakes[7]]


@pytest.mark.parametrize("count", [1, 30])
def test_queries_do_not_grow_with_what_is_due(aurora: Tenant, cakes: Cakes, count: int) -> None:
    cakes |= dict.fromkeys(range(1, count + 1), EATEN_AT)
    for _ in range(2):
        timing.follow(listen(aurora, "cake.eaten", amount=24, unit="hours"), NOW)
    with CaptureQueriesContext(connection) as asked:
        assert dispatch_due(EATEN_AT - DAY) == 2 * count
    assert Message.objects.count() == 2 * count
    statements = [one["sql"] for one in asked.captured_queries if "search_path" not in one["sql"]]
    assert len(statements) == 12, statements


@pytest.mark.parametrize("count", [1, 30])
def test_queries_do_not_grow_with_what_moves(aurora: Tenant, cakes: Cakes, count: int) -> None:
    cakes |= dict.fromkeys(range(1, count + 1), EATEN_AT)
    made = [listen(aurora, "cake.eaten", amount=24, unit="hours") for _ in range(2)]
    bake(aurora, *cakes)
    dispatch_due(NOW)
    assert len(ahead(made[0])) == len(ahead(made[1])) == count
    cakes |= dict.fromkeys(cakes, EATEN_AT + DAY)
    bake(aurora, *cakes)
    with CaptureQueriesContext(connection) as asked:
        assert dispatch_due(NOW) == count
    assert set(ahead(made[0])) == set(ahead(made[1])) == {EATEN_AT}
    statements = [one["sql"] for one in asked.captured_queries if "search_path" not in one["sql"]]
    assert len(statements) == 10, statements
