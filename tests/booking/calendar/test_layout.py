"""Where an appointment stands: hours of ordinary days, of those with 23 and 25 hours, and what overlaps."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.calendar_pages.layout import Column, Ruler, own_tints, tint_of
from booking.calendar_pages.reading import DAY, MONTH, WEEK, CalendarQuestion
from booking.models import Appointment, Service, Staff

LISBON = ZoneInfo("Europe/Lisbon")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def row(start: datetime, minutes: int, **fields: object) -> Appointment:
    staff = Staff(pk=1, name="Bruno")
    service = Service(pk=3, name="Cut", minutes=minutes)
    return Appointment(
        starts_at=start, ends_at=start + timedelta(minutes=minutes), staff=staff, service=service, **fields
    )  # fmt: skip


def column(*spans: tuple[int, int], day: date = date(2026, 12, 1)) -> list[tuple[int, int]]:
    """The lanes of appointments from minute to minute after ten."""
    made = Column(day, "", Ruler(day, LISBON, 8, 19))
    for start, end in spans:
        at = datetime(day.year, day.month, day.day, 10, tzinfo=LISBON) + timedelta(minutes=start)
        made.put(row(at.astimezone(UTC), end - start), by_staff=False, version="")
    made.arrange()
    return [(block.lane, block.lanes) for block in made.blocks]


@pytest.mark.parametrize(
    ("spans", "lanes"),
    [
        ([(0, 30), (30, 60)], [(0, 1), (0, 1)]),
        ([(0, 60), (30, 90)], [(0, 2), (1, 2)]),
        ([(0, 90), (0, 30), (30, 60)], [(0, 2), (1, 2), (1, 2)]),
        ([(0, 60)] * 3, [(0, 3), (1, 3), (2, 3)]),
        ([(0, 60)] * 8, [(0, 6), (1, 6), (2, 6), (3, 6), (4, 6), (5, 6), (5, 6), (5, 6)]),
        ([(0, 120), (30, 60), (130, 160)], [(0, 2), (1, 2), (0, 1)]),
    ],
)
def test_what_overlaps_stands_side_by_side(
    spans: list[tuple[int, int]], lanes: list[tuple[int, int]]
) -> None:
    assert column(*spans) == lanes


def test_place_is_said_in_hours_and_units_of_five_minutes() -> None:
    made = Column(date(2026, 12, 1), "", Ruler(date(2026, 12, 1), LISBON, 8, 19))
    made.put(row(datetime(2026, 12, 1, 9, 35, tzinfo=UTC), 75), by_staff=False, version="")
    made.arrange()
    assert made.blocks[0].place == "h1 u7 lh1 lu3 lane0 of1"
    assert made.blocks[0].is_whole


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 12, 1), 24)])
def test_day_that_stands_alone_has_the_hours_that_pass(day: date, hours: int) -> None:
    ruler = Ruler(day, LISBON, 0, 24, elapsed=True)
    assert len(ruler.cells) == hours
    steps = {b.at - a.at for a, b in zip(ruler.cells, ruler.cells[1:], strict=False)}
    assert steps == {3600}
    labels = [cell.label for cell in ruler.cells]
    assert labels.count("01:00") == {23: 0, 24: 1, 25: 2}[hours]


def test_hour_that_comes_twice_has_a_place_for_each() -> None:
    ruler = Ruler(AUTUMN, LISBON, 0, 24, elapsed=True)
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert (ruler.units(first), ruler.units(second)) == (18, 30)  # both are half past one there


def test_week_has_the_same_hours_on_every_day_and_knows_the_one_that_is_skipped() -> None:
    ruler = Ruler(SPRING, LISBON, 0, 24)
    assert len(ruler.cells) == 24
    assert [cell.label for cell in ruler.cells if cell.at is None] == ["01:00"]
    assert ruler.units(datetime(2026, 3, 29, 9, tzinfo=UTC)) == 10 * 12  # ten in summer


@pytest.mark.parametrize("elapsed", [False, True])
def test_hours_of_a_working_day_are_right_after_the_clocks_have_changed(elapsed: bool) -> None:
    for day, utc in ((SPRING, 8), (AUTUMN, 9)):
        ruler = Ruler(day, LISBON, 8, 19, elapsed=elapsed)
        assert len(ruler.cells) == 11
        assert ruler.units(datetime(day.year, day.month, day.day, utc, tzinfo=UTC)) == 12
        assert (
            ruler.cells[1].at == datetime(day.year, day.month, day.day, utc, tzinfo=UTC).timestamp()
        )


def test_appointment_over_midnight_is_cut_and_cannot_be_moved_from_there() -> None:
    start = datetime(2026, 12, 1, 23, tzinfo=UTC)
    for day, top, length in ((date(2026, 12, 1), 23 * 12, 12), (date(2026, 12, 2), 0, 24)):
        made = Column(day, "", Ruler(day, LISBON, 0, 24))
        made.put(row(start, 180), by_staff=False, version="")
        block = made.blocks[0]
        assert (block.top, block.length, block.is_whole) == (top, length, False)


def test_colour_is_the_services_or_in_a_week_that_of_who_serves() -> None:
    one = row(datetime(2026, 12, 1, 9, tzinfo=UTC), 30)
    assert tint_of(one, by_staff=False) == "tint-3"
    assert tint_of(one, by_staff=True) == "tint-1"
    one.service.color = "#AA00bb"
    assert tint_of(one, by_staff=True) == tint_of(one, by_staff=False) == "tint-aa00bb"
    one.staff.color = "#112233"
    assert tint_of(one, by_staff=True) == "tint-112233"
    assert own_tints(["tint-112233", "tint-7", "tint-aa00bb", "tint-112233"]) == [
        "112233",
        "aa00bb",
    ]


@pytest.mark.parametrize(
    ("view", "first", "last", "count"),
    [
        (DAY, "2026-11-30", "2026-11-30", 1),
        (WEEK, "2026-11-30", "2026-12-06", 7),
        (MONTH, "2026-10-26", "2026-12-06", 42),
    ],
)
def test_days_of_a_view(view: str, first: str, last: str, count: int) -> None:
    days = CalendarQuestion(view, date(2026, 11, 30)).days
    assert (str(days[0]), str(days[-1]), len(days)) == (first, last, count)


@pytest.mark.parametrize("start", [date(2026, 1, 31), date(2024, 2, 29), date(2026, 12, 31)])
def test_steps_of_a_month_reach_every_month(start: date) -> None:
    question = CalendarQuestion(MONTH, start)
    months = []
    for _n in range(24):
        question = question.step(1)
        months.append(question.day.year * 12 + question.day.month)
    assert months == list(range(months[0], months[0] + 24))
    for _n in range(24):
        question = question.step(-1)
    assert (question.day.year, question.day.month) == (start.year, start.month)
