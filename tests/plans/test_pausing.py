"""Which rows a ceiling pauses and which it brings back."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.models import Staff
from plans.entitlements import UNLIMITED
from plans.pausing import to_pause, to_resume
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.pages import counted
from tests.tenants.services.rows import BORN, NOW, rows

ON = Staff.objects.filter(is_active=True)


def named(found: object) -> str:
    return " ".join(sorted((row.name for row in found.all()), key=int))


@pytest.fixture
def salon(aurora: Tenant) -> Tenant:
    with tenant_scope(aurora):
        yield aurora


@pytest.mark.req(72, 73)
def test_the_newest_above_the_ceiling_are_paused(salon: Tenant) -> None:
    rows(salon, 10)
    assert named(to_pause(ON.all(), 3)) == "4 5 6 7 8 9 10"


@pytest.mark.req(34)
def test_no_ceiling_pauses_nothing_and_resumes_all(salon: Tenant) -> None:
    rows(salon, 2)
    rows(salon, 2, paused_at=NOW)
    assert named(to_pause(ON.all(), UNLIMITED)) == ""
    assert named(to_resume(ON.all(), UNLIMITED)) == "3 4"


@pytest.mark.req(35)
def test_zero_pauses_all_and_resumes_none(salon: Tenant) -> None:
    rows(salon, 2)
    rows(salon, 2, paused_at=NOW)
    assert named(to_pause(ON.all(), 0)) == "1 2"
    assert named(to_resume(ON.all(), 0)) == ""


@pytest.mark.parametrize("ceiling", [4, 5, 100])
def test_nothing_is_paused_that_has_room(salon: Tenant, ceiling: int) -> None:
    rows(salon, 4)
    assert named(to_pause(ON.all(), ceiling)) == ""


@pytest.mark.req(77)
def test_the_oldest_paused_come_back_first_into_the_room_left(salon: Tenant) -> None:
    rows(salon, 3, paused_at=NOW)
    rows(salon, 2)
    rows(salon, 2, paused_at=NOW - timedelta(days=9))
    assert named(to_resume(ON.all(), 4)) == "1 2"


def test_no_newer_row_makes_way_for_an_older_one(salon: Tenant) -> None:
    rows(salon, 2, paused_at=NOW)
    rows(salon, 3)
    assert named(to_resume(ON.all(), 3)) == ""
    assert named(to_resume(ON.all(), 2)) == ""
    assert named(to_pause(ON.all(), 3)) == ""


@pytest.mark.req(79)
def test_rows_switched_off_by_hand_are_out_of_it(salon: Tenant) -> None:
    rows(salon, 2, is_active=False)
    rows(salon, 3)
    rows(salon, 1, is_active=False, paused_at=NOW)
    assert named(to_pause(ON.all(), 2)) == "5"
    assert named(to_resume(ON.all(), UNLIMITED)) == ""


def test_equally_old_rows_go_by_their_key(salon: Tenant) -> None:
    rows(salon, 4, created_at=BORN)
    assert named(to_pause(ON.all(), 2)) == "3 4"
    Staff.objects.update(paused_at=NOW)
    assert named(to_resume(ON.all(), 2)) == "1 2"


def test_kept_rows_are_paused_last(salon: Tenant) -> None:
    keys = rows(salon, 5)
    assert named(to_pause(ON.all(), 2, keep=[keys[4], keys[2]])) == "1 2 4"
    assert named(to_pause(ON.all(), 1, keep=[keys[4], keys[2]])) == "1 2 4 5"
    assert named(to_pause(ON.all(), 3, keep=[keys[4]])) == "3 4"


def test_each_is_applied_with_one_statement(salon: Tenant) -> None:
    rows(salon, 6)
    with counted() as queries:
        assert to_pause(ON.all(), 2).update(paused_at=NOW) == 4
        assert to_resume(ON.all(), 5).update(paused_at=None) == 3
    assert len(queries) == 2
    assert named(Staff.objects.in_use()) == "1 2 3 4 5"


ROW = st.tuples(st.booleans(), st.booleans(), st.integers(0, 3), st.booleans())


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=st.lists(ROW, max_size=8), ceiling=st.integers(-1, 8))
def test_applying_both_fills_the_ceiling_and_no_more(
    salon: Tenant, drawn: list[tuple[bool, bool, int, bool]], ceiling: int
) -> None:
    """Whatever is there: never too many, none waits where there is room, and again changes nothing."""
    Staff.objects.all().delete()
    for is_active, is_paused, age, _kept in drawn:
        rows(
            salon, 1, is_active=is_active, paused_at=NOW if is_paused else None,
            created_at=BORN + timedelta(days=age),
        )  # fmt: skip
    keys = list(Staff.objects.order_by("pk").values_list("pk", flat=True))
    keep = [pk for pk, (*_rest, kept) in zip(keys, drawn, strict=True) if kept]
    before = {row.pk: row for row in Staff.objects.all()}
    to_pause(ON.all(), ceiling, keep).update(paused_at=NOW)
    to_resume(ON.all(), ceiling).update(paused_at=None)
    on = sum(is_active for is_active, *_ in drawn)
    assert Staff.objects.in_use().count() == (on if ceiling == UNLIMITED else min(on, ceiling))
    for row in Staff.objects.filter(is_active=False):
        assert row.paused_at == before[row.pk].paused_at
    assert not to_pause(ON.all(), ceiling, keep).exists()
    assert not to_resume(ON.all(), ceiling).exists()
