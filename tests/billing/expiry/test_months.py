"""Which cycle a renewal is for: counted from where it began, and only one however late it is."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import BalanceEntry, Payment
from billing.quotes import cycle_around
from billing.renewal import Step
from plans.models import Plan
from tenants.models import Tenant
from tests.billing.expiry.due import fresh, in_hand, live, runs_out, standing, subscribe, swept
from tests.billing.money import give_funds
from tests.tenants.services.rows import make_plan

JANUARY_31 = datetime(2027, 1, 31, 8, 30, tzinfo=UTC)
LATE = timedelta(minutes=4)


def day(year: int, month: int, number: int) -> datetime:
    return datetime(year, month, number, 8, 30, tzinfo=UTC)


@pytest.mark.req(54)
def test_months_that_begin_on_the_31st_keep_to_it(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    subscribe(aurora, plan, start=JANUARY_31)
    give_funds(aurora, 12 * 2900)
    ends = [fresh(aurora).expires_at]
    for _ in range(12):
        assert swept(ends[-1] + LATE) == {Step.RENEW: 1}
        ends.append(fresh(aurora).expires_at)
    assert [f"{end:%d.%m.%y}" for end in ends] == [
        "28.02.27", "31.03.27", "30.04.27", "31.05.27", "30.06.27", "31.07.27", "31.08.27",
        "30.09.27", "31.10.27", "30.11.27", "31.12.27", "31.01.28", "29.02.28",
    ]  # fmt: skip
    assert in_hand(aurora) == 0


def test_years_that_begin_on_29_february_keep_to_it(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    subscribe(aurora, plan, cycle="annual", start=day(2028, 2, 29))
    give_funds(aurora, 4 * 29000)
    for year, number in ((2029, 28), (2030, 28), (2031, 28)):
        assert swept(day(year, 2, number)) == {Step.RENEW: 1}
    assert fresh(aurora).expires_at == day(2032, 2, 29)
    assert in_hand(aurora) == 29000


@pytest.mark.req(54)
def test_three_months_without_a_sweep_are_one_renewal(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    paid = subscribe(aurora, plan, start=day(2026, 12, 31))
    give_funds(aurora, 9000)
    assert swept(day(2027, 5, 5)) == {Step.RENEW: 1}
    assert swept(day(2027, 5, 5)) == {}
    assert standing(aurora) == ("Team", day(2027, 5, 31), day(2027, 5, 31))
    paid.refresh_from_db()
    assert (paid.period_start, paid.period_end) == (day(2027, 4, 30), day(2027, 5, 31))
    assert in_hand(aurora) == 6100
    assert Payment.objects.count() == 1
    assert BalanceEntry.objects.filter(kind="payment").count() == 1


def test_three_months_without_a_sweep_lapse_once(aurora: Tenant, plan: Plan, expired: Plan) -> None:
    subscribe(aurora, plan, start=day(2026, 12, 31))
    assert swept(day(2027, 5, 5)) == {Step.LAPSE: 1}
    assert swept(day(2027, 8, 5)) == {}


def test_end_that_was_moved_by_hand_is_what_later_cycles_are_counted_from(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    """Ten days were a gift: nobody pays a month for the twenty that are left of it."""
    subscribe(aurora, plan, start=JANUARY_31)
    runs_out(aurora, plan, day(2027, 3, 10))
    give_funds(aurora, 9000)
    assert swept(day(2027, 3, 10)) == {Step.RENEW: 1}
    assert standing(aurora)[1] == day(2027, 4, 10)
    assert swept(day(2027, 4, 10)) == {Step.RENEW: 1}
    assert standing(aurora)[1] == day(2027, 5, 10)


@pytest.mark.parametrize(
    ("before", "after", "ends"),
    [
        ("monthly", "annual", [day(2028, 2, 28), day(2029, 2, 28)]),
        ("monthly", "monthly", [day(2027, 3, 31), day(2027, 4, 30)]),
        ("annual", "monthly", [day(2028, 2, 29), day(2028, 3, 31)]),
    ],
)
def test_chosen_plan_with_another_cycle_has_whole_cycles(
    aurora: Tenant, plan: Plan, expired: Plan, before: str, after: str, ends: list[datetime]
) -> None:
    solo = make_plan("Solo", price=900)
    price = 9000 if after == "annual" else 900
    subscribe(
        aurora, plan, cycle=before, start=JANUARY_31,
        next_plan=solo, next_cycle=after, next_amount=price,
    )  # fmt: skip
    give_funds(aurora, 2 * price)
    for end in ends:
        assert swept(fresh(aurora).expires_at) == {Step.RENEW: 1}
        goes_on = live(aurora)
        assert goes_on
        assert (goes_on.period_end, standing(aurora)) == (end, ("Solo", end, end))
    assert in_hand(aurora) == 0


@pytest.mark.parametrize("cycle", ["monthly", "annual"])
def test_cycle_around_an_instant_touches_the_ones_beside_it(cycle: str) -> None:
    at, starts = JANUARY_31, []
    for _ in range(30):
        start, end = cycle_around(JANUARY_31, cycle, at)
        assert start == at < end
        assert cycle_around(JANUARY_31, cycle, end - timedelta(microseconds=1)) == (start, end)
        starts.append(start)
        at = end
    assert len(set(starts)) == 30
