"""Which days are meant, and what they are compared with."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.reports.spans import Span, choose, days_text

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 5, 23, 30, tzinfo=UTC)  # the 6th in Berlin


def span(asked: dict[str, str], now: datetime = NOW) -> tuple[date, date, date, date]:
    choice = choose(asked, now, BERLIN)
    return choice.span.first, choice.span.last, choice.before.first, choice.before.last


def test_days_end_with_today_on_the_clock_of_the_business() -> None:
    assert span({"days": "7"}) == (
        date(2026, 10, 31), date(2026, 11, 6), date(2026, 10, 24), date(2026, 10, 30)
    )  # fmt: skip
    assert span({}) == span({"days": "30"}) == span({"days": "nonsense"})


def test_months_and_what_comes_before_them() -> None:
    assert span({"days": "month"}) == (
        date(2026, 11, 1), date(2026, 11, 6), date(2026, 10, 26), date(2026, 10, 31)
    )  # fmt: skip
    assert span({"days": "last-month"}) == (
        date(2026, 10, 1), date(2026, 10, 31), date(2026, 9, 1), date(2026, 9, 30)
    )  # fmt: skip
    march = datetime(2026, 3, 2, tzinfo=UTC)
    assert span({"days": "last-month"}, march)[2:] == (date(2026, 1, 1), date(2026, 1, 31))


@pytest.mark.parametrize(
    ("since", "until", "sentence"),
    [
        ("", "2026-11-01", "Choose the first and the last day."),
        ("2026-02-31", "2026-11-01", "Choose the first and the last day."),
        ("x", "y", "Choose the first and the last day."),
        ("1899-01-01", "1899-02-01", "Choose the first and the last day."),
        ("2026-11-02", "2026-11-01", "The first day comes after the last one."),
        ("2025-11-01", "2026-11-02", "Choose at most 366 days."),
    ],
)
def test_days_that_make_no_sense_are_said_to(since: str, until: str, sentence: str) -> None:
    choice = choose({"days": "custom", "since": since, "until": until}, NOW, BERLIN)
    assert choice.problem == sentence
    assert choice.span == choose({}, NOW, BERLIN).span


def test_a_year_and_a_single_day_may_be_chosen() -> None:
    asked = {"days": "custom", "since": "2025-11-01", "until": "2026-11-01"}
    assert choose(asked, NOW, BERLIN).span.days == 366
    one = choose(asked | {"since": "2026-10-25", "until": "2026-10-25"}, NOW, BERLIN).span
    assert (one.end - one.start).total_seconds() == 24 * 3600  # wall clock
    assert (one.end.astimezone(UTC) - one.start.astimezone(UTC)).total_seconds() == 25 * 3600


@given(st.dates(date(2001, 1, 1), date(2099, 1, 1)), st.integers(0, 365))
def test_every_day_belongs_to_one_place(first: date, more: int) -> None:
    one = Span(first, date.fromordinal(first.toordinal() + more), BERLIN)
    places = one.places
    assert places == sorted(set(places))
    assert len(places) <= 31
    assert places[0] <= one.first
    assert places[-1] <= one.last
    for number in range(one.days):
        day = date.fromordinal(first.toordinal() + number)
        home = max(place for place in places if place <= day)
        if one.unit == "month":
            assert (home.year, home.month, home.day) == (day.year, day.month, 1)
        elif one.unit == "week":
            assert home.weekday() == 0
            assert (day - home).days < 7
        else:
            assert home == day
    assert all(one.short(place) and one.long(place) for place in places)


def test_days_are_written_as_shortly_as_they_can_be() -> None:
    assert days_text(date(2026, 11, 3), date(2026, 11, 3)) == "3 Nov 2026"
    assert days_text(date(2026, 11, 1), date(2026, 11, 30)) == "1 – 30 Nov 2026"
    assert days_text(date(2026, 10, 28), date(2026, 11, 26)) == "28 Oct – 26 Nov 2026"
    assert days_text(date(2025, 12, 3), date(2026, 1, 2)) == "3 Dec 2025 – 2 Jan 2026"
