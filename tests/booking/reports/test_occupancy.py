"""Working time and what of it was booked, beside a model that asks every quarter of an hour."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from booking.models import (
    Appointment,
    Customer,
    Location,
    Service,
    SpecialHours,
    Staff,
    Status,
    TimeOff,
    WorkingHours,
)
from booking.presence import with_places
from booking.reports import occupancy
from booking.reports.spans import choose
from booking.reports.tallies import Question
from booking.reports.working_time import WorkingTime
from plans.models import Plan
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.pages import switch
from tests.booking.reports.messy import NOW, ZONE

FIRST, LAST = date(2026, 10, 12), date(2026, 11, 1)
MONDAY = date(2026, 10, 12)


@pytest.fixture
def staff(aurora: Tenant) -> Iterator[list[Staff]]:
    with tenant_scope(aurora):
        yield [Staff.objects.create(name=name) for name in ("Ana", "Bruno", "Inês")]


@pytest.fixture(autouse=True)
def _in_berlin(aurora: Tenant) -> None:
    aurora.time_zone = ZONE.key
    aurora.save()


def working_time(tenant: Tenant, location: Location | None = None) -> WorkingTime:
    everybody = with_places(Staff.objects.all())
    return WorkingTime(tenant, everybody, FIRST, LAST, location.pk if location else None)


def minutes(tenant: Tenant, who: Staff, day: date, location: Location | None = None) -> int:
    return working_time(tenant, location).minutes(who.pk, day)


def hours(
    weekday: int,
    starts: int,
    ends: int,
    owner: Staff | None = None,
    location: Location | None = None,
) -> None:
    WorkingHours.objects.create(
        staff=owner, location=location, weekday=weekday, starts=starts * 60, ends=ends * 60
    )


def test_without_any_hours_an_office_week_is_assumed(staff: list[Staff], aurora: Tenant) -> None:
    assert minutes(aurora, staff[0], MONDAY) == 480
    assert minutes(aurora, staff[0], MONDAY + timedelta(days=5)) == 0


def test_own_hours_lie_within_those_of_the_business(staff: list[Staff], aurora: Tenant) -> None:
    ana, bruno = staff[:2]
    hours(0, 9, 13)
    hours(0, 14, 18)
    hours(0, 12, 20, ana)
    assert minutes(aurora, bruno, MONDAY) == 480
    assert minutes(aurora, ana, MONDAY) == (13 - 12 + 18 - 14) * 60
    assert minutes(aurora, ana, MONDAY + timedelta(days=1)) == 0


def test_special_days_and_time_off_are_left_out(staff: list[Staff], aurora: Tenant) -> None:
    ana, bruno = staff[:2]
    hours(0, 9, 17)
    SpecialHours.objects.create(day=MONDAY, starts=600, ends=720)
    assert minutes(aurora, ana, MONDAY) == 120
    start = datetime(2026, 10, 12, 11, 30, tzinfo=ZONE)
    TimeOff.objects.create(staff=ana, starts_at=start, ends_at=start + timedelta(days=1))
    assert minutes(aurora, ana, MONDAY) == 90
    assert minutes(aurora, bruno, MONDAY) == 120
    SpecialHours.objects.update(starts=None, ends=None)
    assert minutes(aurora, bruno, MONDAY) == 0


def test_own_hours_follow_the_clocks_of_whose_they_are(staff: list[Staff], aurora: Tenant) -> None:
    ana = staff[0]
    Staff.objects.filter(pk=ana.pk).update(time_zone="America/New_York")
    hours(0, 20, 23, ana)  # from 2:00 until 5:00 on Tuesday in Berlin
    assert minutes(aurora, ana, MONDAY) == 0
    assert minutes(aurora, ana, MONDAY + timedelta(days=1)) == 180
    for weekday in range(7):
        hours(weekday, 4, 20)
    assert minutes(aurora, ana, MONDAY + timedelta(days=1)) == 60


def test_everybody_works_the_hours_of_their_places(staff: list[Staff], aurora: Tenant) -> None:
    ana, bruno, ines = staff
    hours(0, 10, 12)
    baixa, alta, closed = (Location.objects.create(name=name) for name in ("Baixa", "Alta", "Old"))
    hours(0, 9, 13, location=baixa)
    hours(0, 11, 16, location=alta)
    hours(0, 0, 24, location=closed)
    Location.objects.filter(pk=closed.pk).update(is_active=False)
    ana.locations.set([alta, closed])
    bruno.locations.set([closed])
    hours(0, 12, 20, ines)
    assert minutes(aurora, ana, MONDAY) == 5 * 60
    assert minutes(aurora, bruno, MONDAY) == 2 * 60, "at no place in use: those of the business"
    assert minutes(aurora, ines, MONDAY) == 4 * 60, "at every place, within her own"
    assert minutes(aurora, ana, MONDAY, baixa) == 0, "she does not work there"
    assert minutes(aurora, ines, MONDAY, baixa) == 60


def test_places_count_for_nothing_where_the_plan_has_none(
    staff: list[Staff], aurora: Tenant, plan: Plan
) -> None:
    hours(0, 10, 12)
    hours(0, 9, 13, location=Location.objects.create(name="Baixa"))
    switch(plan, "locations", on=False)
    assert minutes(Tenant.objects.get(pk=aurora.pk), staff[0], MONDAY) == 2 * 60


@pytest.mark.parametrize("seed", range(1, 6))
def test_working_time_is_that_of_the_model(staff: list[Staff], aurora: Tenant, seed: int) -> None:
    dice = Random(seed)
    places = [Location.objects.create(name=name) for name in ("Baixa", "Alta", "Norte")]
    for one, zone in zip(staff, ("", "America/Sao_Paulo", "Asia/Kathmandu"), strict=True):
        Staff.objects.filter(pk=one.pk).update(time_zone=zone)
        one.locations.set(dice.sample(places, dice.randrange(3)))
    owners = [{}, {"staff": staff[0]}, {"staff": staff[1]}, {"location": places[0]}]
    for owner in owners:
        for weekday in dice.sample(range(7), 5):
            first, middle, last = sorted(dice.sample(range(4 * 4, 24 * 4), 3))
            for starts, ends in ((first, middle), (middle, last)):
                row = {"starts": starts * 15, "ends": ends * 15}
                WorkingHours.objects.create(weekday=weekday, **owner, **row)
    for owner in ({}, {"staff": staff[1]}, {"staff": staff[2]}, {"location": places[1]}):
        for number in dice.sample(range(21), 4):
            starts = dice.choice((None, 600))
            day = FIRST + timedelta(days=number)
            SpecialHours.objects.create(day=day, starts=starts, ends=starts and 960, **owner)
    for one in staff:
        start = datetime.combine(FIRST, time(), UTC) + timedelta(minutes=15 * dice.randrange(1800))
        TimeOff.objects.create(staff=one, starts_at=start, ends_at=start + timedelta(hours=40))
    found, there, told = working_time(aurora), working_time(aurora, places[0]), Told()
    for one in Staff.objects.all():
        for number in range(21):
            day = FIRST + timedelta(days=number)
            assert found.minutes(one.pk, day) == told.minutes(one, day), (one.name, day)
            at_one = told.minutes(one, day, places[0])
            assert there.minutes(one.pk, day) == at_one, (one.name, day)


class Told:
    """Who is there at an instant, from everything that is stored."""

    def __init__(self) -> None:
        self.special = list(SpecialHours.objects.all())
        self.weeks = list(WorkingHours.objects.all())
        self.away = list(TimeOff.objects.all())
        self.places = list(Location.objects.all())
        self.works = {one.pk: set(one.locations.all()) for one in Staff.objects.all()}

    def minutes(self, one: Staff, day: date, location: Location | None = None) -> int:
        at = datetime.combine(day, time(), ZONE).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=1), time(), ZONE).astimezone(UTC)
        quarters = [
            at + timedelta(minutes=15) * n for n in range((end - at) // timedelta(hours=0.25))
        ]
        mine = self.works[one.pk] or set(self.places)
        places = mine & {location} if location else mine
        return 15 * sum(
            any(self.is_there(one, at, quarter) for at in places) for quarter in quarters
        )

    def is_there(self, one: Staff, place: Location, instant: datetime) -> bool:
        wall = instant.astimezone(ZONE)
        here = self.says([(None, place.pk), (None, None)], wall)
        zone = ZoneInfo(one.time_zone) if one.time_zone else ZONE
        own = self.says([(one.pk, None)], instant.astimezone(zone))
        if here is None and own is None:
            is_open = wall.weekday() < 5 and 9 <= wall.hour < 17
        else:
            is_open = here is not False and own is not False
        mine = [row for row in self.away if row.staff_id == one.pk]
        return is_open and not any(row.starts_at <= instant < row.ends_at for row in mine)

    def says(self, owners: list[tuple[int | None, int | None]], wall: datetime) -> bool | None:
        """What the first says that says anything: special days of all before the weeks of all."""
        minute = wall.hour * 60 + wall.minute
        for owner in owners:
            mine = [row for row in self.special if (row.staff_id, row.location_id) == owner]
            if special := [row for row in mine if row.day == wall.date()]:
                return any(
                    row.starts is not None and row.starts <= minute < row.ends for row in special
                )
        for owner in owners:
            if week := [row for row in self.weeks if (row.staff_id, row.location_id) == owner]:
                today = [row for row in week if row.weekday == wall.weekday()]
                return any(row.starts <= minute < row.ends for row in today)
        return None


def test_booked_time_has_buffers_and_no_cancelled_or_joining_ones(
    staff: list[Staff], aurora: Tenant
) -> None:
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
    sheet = occupancy.sheet(aurora, Question(), choice)
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
    one = occupancy.sheet(aurora, Question(staff=ana.pk), choice)
    assert one.figures[0].now == (90, 7 * 240)
