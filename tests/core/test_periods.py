from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.core.periods import add_months, month_window


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("anchor", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-01-31", 2, "2026-03-31"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-03-31", -1, "2026-02-28"),
    ],
)
def test_add_months_cuts_the_day_to_the_month(anchor: str, months: int, expected: str) -> None:
    assert add_months(at(anchor), months) == at(expected)


def test_windows_are_counted_from_the_anchor_and_not_from_each_other() -> None:
    anchor = at("2026-01-31")
    assert month_window(anchor, at("2026-02-28")) == (at("2026-02-28"), at("2026-03-31"))
    assert month_window(anchor, at("2026-03-30")) == (at("2026-02-28"), at("2026-03-31"))
    assert month_window(anchor, at("2026-03-31")) == (at("2026-03-31"), at("2026-04-30"))


def test_before_the_anchor_is_the_first_window() -> None:
    assert month_window(at("2026-05-10"), at("2026-04-01")) == (at("2026-05-10"), at("2026-06-10"))


instants = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@given(instants, instants)
def test_every_later_instant_lies_in_its_window(anchor: datetime, now: datetime) -> None:
    start, end = month_window(anchor, max(anchor, now))
    assert start <= max(anchor, now) < end
