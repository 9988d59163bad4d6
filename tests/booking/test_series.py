"""Appointments that repeat: all or none, at the same time on the wall clock, changed and cancelled from one on."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.models import Appointment, Staff
from booking.services import series
from booking.services.appointments import add_appointment, cancel_appointment
from booking.services.resources import WrongChoice
from booking.services.series import DatesRefused, Repeats
from plans.entitlements import LimitReached
from plans.models import Plan
from saas.core import clock
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.pages import Salon, allow, booked, make_salon, stop

LISBON = ZoneInfo("Europe/Lisbon")
NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
FIRST = datetime(
    2026, 10, 12, 9, tzinfo=UTC
)  # Monday, 10:00 in Lisbon; the clocks go back on the 25th


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    aurora.time_zone = "Europe/Lisbon"
    aurora.save()
    return make_salon(aurora)


def repeat(
    salon: Salon, repeats: Repeats, at: datetime = FIRST, **more: object
) -> list[Appointment]:
    made = {"customer": salon.rita, "now": NOW, "starts_at": at, "repeats": repeats}
    return series.add_series(salon.tenant, **made | salon.chosen | more)


def take(salon: Salon, *days: date) -> None:
    for day in days:
        start = datetime(day.year, day.month, day.day, 10, tzinfo=LISBON)
        add_appointment(
            salon.tenant,
            customer=salon.rita,
            now=NOW,
            starts_at=start.astimezone(UTC),
            **salon.chosen,
        )


def walls(rows: list[Appointment]) -> list[str]:
    return [f"{row.starts_at.astimezone(LISBON):%d %b %H:%M}" for row in rows]


def standing(salon: Salon) -> list[Appointment]:
    rows = [row for row in booked(salon.tenant) if not row.is_cancelled]
    return sorted(rows, key=lambda row: row.starts_at)


@pytest.mark.parametrize(
    ("repeats", "days"),
    [
        (Repeats("weeks", count=3), ["2026-01-31", "2026-02-07", "2026-02-14"]),
        (Repeats("weeks", 3, count=3), ["2026-01-31", "2026-02-21", "2026-03-14"]),
        (Repeats("weeks", until=date(2026, 2, 14)), ["2026-01-31", "2026-02-07", "2026-02-14"]),
        (Repeats("months", count=4), ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        (Repeats("months", 6, count=3), ["2026-01-31", "2026-07-31", "2027-01-31"]),
        (Repeats("weeks", count=9, until=date(2026, 2, 8)), ["2026-01-31", "2026-02-07"]),
    ],
)
def test_dates_of_a_series(repeats: Repeats, days: list[str]) -> None:
    assert [str(day) for day in repeats.days(date(2026, 1, 31))] == days


def test_time_stays_on_the_wall_clock_when_the_clocks_change(salon: Salon) -> None:
    rows = repeat(salon, Repeats("weeks", count=4))
    assert walls(rows) == ["12 Oct 10:00", "19 Oct 10:00", "26 Oct 10:00", "02 Nov 10:00"]
    assert [row.starts_at.hour for row in rows] == [9, 9, 10, 10]
    assert len({row.series for row in rows}) == 1
    assert rows[0].series is not None


def test_all_or_none_with_the_dates_that_cannot_be_had(salon: Salon) -> None:
    take(salon, date(2026, 10, 19), date(2026, 11, 2))
    with pytest.raises(DatesRefused, match="2 of the 4 dates cannot be had") as refusal:
        repeat(salon, Repeats("weeks", count=4), customer="Marta")
    assert [(day, str(why)) for day, why in refusal.value.refused] == [
        (date(2026, 10, 19), "Bruno is taken at that time."),
        (date(2026, 11, 2), "Bruno is taken at that time."),
    ]
    assert len(booked(salon.tenant)) == 2
    with tenant_scope(salon.tenant):
        assert not type(salon.rita).objects.filter(name="Marta").exists()


def test_dates_that_are_left_out_are_not_booked_and_the_others_are(salon: Salon) -> None:
    take(salon, date(2026, 10, 19))
    without = {date(2026, 10, 19)}
    rows = repeat(salon, Repeats("weeks", count=3), customer="Marta", without=without)
    assert walls(rows) == ["12 Oct 10:00", "26 Oct 10:00"]
    assert len({row.customer_id for row in rows}) == 1


def test_when_every_date_is_left_out_nothing_is_left_to_book(salon: Salon) -> None:
    with pytest.raises(WrongChoice, match="No date is left"):
        repeat(
            salon,
            Repeats("weeks", count=2),
            without={date(2026, 10, 12), date(2026, 10, 19)},
        )


def test_date_on_which_the_clocks_skip_that_time_cannot_be_had(salon: Salon) -> None:
    start = datetime(2027, 3, 21, 1, 30, tzinfo=UTC)
    with pytest.raises(DatesRefused) as refusal:
        repeat(salon, Repeats("weeks", count=2), at=start)
    assert refusal.value.refused == [(date(2027, 3, 28), series.SKIPPED)]


def test_limit_counts_each_of_them_before_anything_is_written(salon: Salon, plan: Plan) -> None:
    allow(plan, appointments=4)
    now = clock.now()
    soon = now.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=3)
    more = {"now": now}
    with pytest.raises(LimitReached) as refusal:
        repeat(salon, Repeats("weeks", count=5), at=soon, **more)
    assert (refusal.value.used, refusal.value.ceiling) == (0, 4)
    assert booked(salon.tenant) == []
    assert len(repeat(salon, Repeats("weeks", count=4), at=soon, **more)) == 4
    with pytest.raises(LimitReached):
        repeat(salon, Repeats("weeks", count=2), at=soon + timedelta(days=1), **more)


@pytest.mark.parametrize(
    ("repeats", "sentence"),
    [
        (Repeats("weeks", until=date(2028, 9, 1)), "at most 52"),
        (Repeats("months", 12, count=4), "less than two years away"),
        (Repeats("weeks", until=date(2026, 10, 13)), "not more than one"),
    ],
)
def test_series_out_of_measure_is_refused(repeats: Repeats, sentence: str, salon: Salon) -> None:
    with pytest.raises(WrongChoice, match=sentence) as refusal:
        repeat(salon, repeats)
    assert refusal.value.field == "repeats"


def test_what_is_wrong_for_all_is_said_once(salon: Salon) -> None:
    stop(salon.tenant, salon.bruno, "off")
    with pytest.raises(WrongChoice, match="switched off") as refusal:
        repeat(salon, Repeats("weeks", count=4))
    assert refusal.value.field == "staff"


def test_longest_series_is_booked(salon: Salon) -> None:
    rows = repeat(salon, Repeats("weeks", count=52))
    assert len(rows) == 52
    assert {f"{row.starts_at.astimezone(LISBON):%H:%M}" for row in rows} == {"10:00"}


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (timedelta(hours=1), ["12 Oct 10:00", "19 Oct 11:00", "26 Oct 11:00", "02 Nov 11:00"]),
        (timedelta(days=7), ["12 Oct 10:00", "26 Oct 10:00", "02 Nov 10:00", "09 Nov 10:00"]),
        (-timedelta(minutes=10), ["12 Oct 10:00", "19 Oct 09:50", "26 Oct 09:50", "02 Nov 09:50"]),
    ],
)
def test_moving_this_and_all_that_follow_keeps_the_wall_clock(
    to: timedelta, expected: list[str], salon: Salon
) -> None:
    rows = repeat(salon, Repeats("weeks", count=4))
    wall = rows[1].starts_at.astimezone(LISBON).replace(tzinfo=None) + to
    start = wall.replace(tzinfo=LISBON).astimezone(UTC)
    series.edit_following(salon.tenant, rows[1].pk, starts_at=start)
    assert walls(standing(salon)) == expected


def test_changing_all_that_follow_is_all_or_none(salon: Salon) -> None:
    rows = repeat(salon, Repeats("weeks", count=3))
    with tenant_scope(salon.tenant):
        noor = Staff.objects.create(name="Noor")
    add_appointment(
        salon.tenant, customer=salon.rita, now=NOW, starts_at=rows[2].starts_at, service=salon.cut, staff=noor
    )  # fmt: skip
    with pytest.raises(DatesRefused, match="One of the 3 dates") as refusal:
        series.edit_following(salon.tenant, rows[0].pk, staff=noor, note="x")
    assert [day for day, _why in refusal.value.refused] == [date(2026, 10, 26)]
    assert {row.staff for row in standing(salon)[:2]} == {salon.bruno}
    series.edit_following(salon.tenant, rows[0].pk, note="Bring the card")
    assert [row.note for row in standing(salon)].count("Bring the card") == 3


def test_cancelling_this_and_all_that_follow_leaves_those_before(salon: Salon) -> None:
    rows = repeat(salon, Repeats("weeks", count=4))
    cancel_appointment(salon.tenant, rows[3].pk, now=NOW)
    gone = series.cancel_following(salon.tenant, rows[1].pk, now=NOW)
    assert [row.pk for row in gone] == [rows[1].pk, rows[2].pk]
    assert walls(standing(salon)) == ["12 Oct 10:00"]


def test_one_that_does_not_repeat_is_cancelled_alone(salon: Salon) -> None:
    take(salon, date(2026, 10, 12), date(2026, 10, 19))
    first = standing(salon)[0]
    assert len(series.cancel_following(salon.tenant, first.pk, now=NOW)) == 1
    assert len(standing(salon)) == 1
