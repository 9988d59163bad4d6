"""Working time and what of it was booked, beside a model that asks every quarter of an hour."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest

from booking.models import (
    Appointment,
    Customer,
    Service,
    SpecialHours,
    Staff,
    Status,
    TimeOff,
    WorkingHours,
)
from booking.reports import occupancy
from booking.reports.spans import choose
from booking.reports.tallies import Question
from booking.reports.working_time import WorkingTime
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.reports.messy import NOW, ZONE

FIRST, LAST = date(2026, 10, 12), date(2026, 11, 1)
MONDAY = date(2026, 10, 12)


@pytest.fixture
def staff(aurora: Tenant) -> Iterator[list[Staff]]:
    with tenant_scope(aurora):
        yield [Staff.objects.create(name=name) for name in ("Ana", "Bruno", "Inês")]


def minutes(staff: list[Staff], who: Staff, day: date) -> int:
    return WorkingTime(staff, FIRST, LAST, ZONE).minutes(who.pk, day)


def hours(weekday: int, starts: int, ends: int, owner: Staff | None = None) -> None:
    WorkingHours.objects.create(staff=owner, weekday=weekday, starts=starts * 60, ends=ends * 60)


def test_without_any_hours_an_office_week_is_assumed(staff: list[Staff]) -> None:
    assert minutes(staff, staff[0], MONDAY) == 480
    assert minutes(staff, staff[0], MONDAY + timedelta(days=5)) == 0


def test_own_hours_lie_within_those_of_the_business(staff: list[Staff]) -> None:
    ana, bruno = staff[:2]
    hours(0, 9, 13)
    hours(0, 14, 18)
    hours(0, 12, 20, ana)
    assert minutes(staff, bruno, MONDAY) == 480
    assert minutes(staff, ana, MONDAY) == (13 - 12 + 18 - 14) * 60
    assert minutes(staff, ana, MONDAY + timedelta(days=1)) == 0


def test_special_days_and_time_off_are_left_out(staff: list[Staff]) -> None:
    ana, bruno = staff[:2]
    hours(0, 9, 17)
    SpecialHours.objects.create(day=MONDAY, starts=600, ends=720)
    assert minutes(staff, ana, MONDAY) == 120
    start = datetime(2026, 10, 12, 11, 30, tzinfo=ZONE)
    TimeOff.objects.create(staff=ana, starts_at=start, ends_at=start + timedelta(days=1))
    assert minutes(staff, ana, MONDAY) == 90
    assert minutes(staff, bruno, MONDAY) == 120
    SpecialHours.objects.update(starts=None, ends=None)
    assert minutes(staff, bruno, MONDAY) == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_working_time_is_that_of_the_model(staff: list[Staff], seed: int) -> None:
    dice = Random(seed)
    for owner in (None, staff[0], staff[1]):
        for weekday in dice.sample(range(7), 5):
            first, middle, last = sorted(dice.sample(range(6 * 4, 22 * 4), 3))
            for starts, ends in ((first, middle), (middle, last)):
                row = {"starts": starts * 15, "ends": ends * 15}
                WorkingHours.objects.create(staff=owner, weekday=weekday, **row)
    for owner in (None, staff[1], staff[2]):
        for number in dice.sample(range(21), 4):
            starts = dice.choice((None, 600))
            SpecialHours.objects.create(
                staff=owner,
                day=FIRST + timedelta(days=number),
                starts=starts,
                ends=starts and 960,
            )
    for owner in staff:
        start = datetime.combine(FIRST, time(), UTC) + timedelta(minutes=15 * dice.randrange(1800))
        TimeOff.objects.create(staff=owner, starts_at=start, ends_at=start + timedelta(hours=40))
    found, told = WorkingTime(staff, FIRST, LAST, ZONE), Told()
    for one in staff:
        for number in range(21):
            day = FIRST + timedelta(days=number)
            quarters = sum(told.at_work(one, day, quarter * 15) for quarter in range(96))
            assert found.minutes(one.pk, day) == quarters * 15, (one.name, day)


class Told:
    """Who is there at a minute, from everything that is stored."""

    def __init__(self) -> None:
        self.special = list(SpecialHours.objects.all())
        self.weeks = list(WorkingHours.objects.all())
        self.away = list(TimeOff.objects.all())

    def says(self, owner: Staff | None, day: date, minute: int) -> bool | None:
        special = [row for row in self.special if row.staff == owner and row.day == day]
        if special:
            return any(
                row.starts is not None and row.starts <= minute < row.ends for row in special
            )
        week = [row for row in self.weeks if row.staff == owner]
        today = [row for row in week if row.weekday == day.weekday()]
        return any(row.starts <= minute < row.ends for row in today) if week else None

    def at_work(self, one: Staff, day: date, minute: int) -> bool:
        place, own = self.says(None, day, minute), self.says(one, day, minute)
        if place is None and own is None:
            is_open = day.weekday() < 5 and 540 <= minute < 1020
        else:
            is_open = place is not False and own is not False
        instant = datetime.combine(day, time(minute // 60, minute % 60), ZONE)
        mine = [row for row in self.away if row.staff == one]
        return is_open and not any(row.starts_at <= instant < row.ends_at for row in mine)


def test_booked_time_has_buffers_and_no_cancelled_or_joining_ones(staff: list[Staff]) -> None:
    ana, bruno, _ines = staff
    for weekday in range(7):
        hours(weekday, 10, 14)
    service = Service.objects.create(
        name="Class", minutes=60, capacity=5, buffer_before=10, buffer_after=20
    )
    rita = Customer.objects.create(name="Rita")

    def book(who: Staff, start: datetime, **fields: object) -> Appointment:
        row = Appointment(customer=rita, service=service, staff=who, starts_at=start, **fields)
        row.end_after(60)
        row.save()
        return row

    ten = datetime(2026, 11, 5, 9, tzinfo=UTC)  # ten o’clock in Berlin, the last of the seven days
    holder = book(ana, ten)
    book(ana, ten, joins=holder)
    book(ana, ten, status=Status.CANCELLED, cancelled_at=ten)
    book(bruno, ten - timedelta(days=6), status=Status.NO_SHOW)
    book(bruno, ten - timedelta(days=7))  # the week before
    choice = choose({"days": "7"}, NOW, ZONE)
    sheet = occupancy.sheet(Question(), choice)
    week = 3 * 7 * 240
    assert [(one.now, one.before) for one in sheet.figures][:3] == [
        ((180, week), (90, week)), (180, 90), (week, week)
    ]  # fmt: skip
    table = sheet.table("staff")
    assert table is not None
    assert {row[0]: row[1] for row in table.rows} == {"Ana": 90, "Bruno": 90, "Inês": 0}
    days = sheet.table("days")
    assert days is not None
    assert [row[1] for row in days.rows] == [90, 0, 0, 0, 0, 0, 90]
    assert all(row[2] == 3 * 240 for row in days.rows)
    one = occupancy.sheet(Question(staff=ana.pk), choice)
    assert one.figures[0].now == (90, 7 * 240)
