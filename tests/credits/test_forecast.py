"""How long credits last: by hand, and against somebody who sends every minute of every day."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credits.forecast import LOOKS_BACK, Forecast, Pace, Supply, forecast, pace_of
from saas.core.periods import add_months, month_window

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ANCHOR = datetime(2026, 2, 3, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def a_day(credits: int) -> Pace:
    return Pace(credits * 30, LOOKS_BACK)


def test_nothing_can_be_said_without_a_history() -> None:
    assert pace_of(0, None, NOW) is None
    assert pace_of(0, NOW - DAY, NOW) is None
    assert pace_of(-3, NOW - DAY, NOW) is None, "More came back than was sent."
    assert forecast(Supply(5, 5, 0), None, ANCHOR, NOW) is None


@pytest.mark.parametrize(
    ("began", "over"),
    [
        (timedelta(minutes=5), DAY),
        (timedelta(days=9), timedelta(days=9)),
        (timedelta(days=400), LOOKS_BACK),
    ],
)
def test_pace_is_that_of_thirty_days_or_since_the_first_message(
    began: timedelta, over: timedelta
) -> None:
    assert pace_of(60, NOW - began, NOW) == Pace(60, over)


def test_pace_that_fits_the_month_does_not_run_out() -> None:
    assert forecast(Supply(100, 200, 0), a_day(6), ANCHOR, NOW) == Forecast(None)
    assert forecast(Supply(0, 200, 400), a_day(6), ANCHOR, NOW) == Forecast(None)


def test_month_that_is_too_small_is_used_up_within_it() -> None:
    told = forecast(Supply(20, 200, 0), a_day(10), ANCHOR, NOW)
    assert told == Forecast(NOW + 2 * DAY)


def test_pace_that_fits_still_runs_out_where_this_month_is_used_up_already() -> None:
    assert forecast(Supply(0, 200, 0), a_day(6), ANCHOR, NOW) == Forecast(NOW)
    assert forecast(Supply(0, 200, 12), a_day(6), ANCHOR, NOW) == Forecast(NOW + 2 * DAY)


def test_purchased_ones_last_over_the_months_that_bring_too_little() -> None:
    """20 left until 3 December, then 200 a month, ten a day."""
    told = forecast(Supply(20, 200, 1240), a_day(10), ANCHOR, NOW)
    assert told is not None
    assert told.ends_at is not None
    assert told.ends_at.date().isoformat() == "2027-11-02"


def test_without_a_month_only_what_was_bought_counts() -> None:
    assert forecast(Supply(0, 0, 100), a_day(10), ANCHOR, NOW) == Forecast(NOW + 10 * DAY)
    assert forecast(Supply(0, 0, 0), a_day(10), ANCHOR, NOW) == Forecast(NOW)


def test_what_lasts_ten_years_does_not_run_out() -> None:
    assert forecast(Supply(0, 0, 10**12), a_day(1), ANCHOR, NOW) == Forecast(None)


@settings(max_examples=300, deadline=None)
@given(
    month_left=st.integers(0, 60),
    ceiling=st.integers(0, 60),
    purchased=st.integers(0, 300),
    spent=st.integers(1, 120),
    days=st.integers(1, 30),
    anchor=st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 20), timezones=st.just(UTC)),
    hours=st.integers(0, 24 * 400),
)
def test_forecast_is_what_a_simulation_of_every_day_finds(
    month_left: int,
    ceiling: int,
    purchased: int,
    spent: int,
    days: int,
    anchor: datetime,
    hours: int,
) -> None:
    now = NOW + timedelta(hours=hours)
    supply = Supply(month_left, ceiling, purchased)
    pace = Pace(spent, timedelta(days=days))
    told = forecast(supply, pace, anchor, now)
    assert told is not None
    found = simulated(supply, spent / days, anchor, now)
    if told.ends_at is None:
        assert found is None
    else:
        assert found is not None
        assert abs(found - told.ends_at) <= timedelta(seconds=1)


def simulated(supply: Supply, daily: float, anchor: datetime, now: datetime) -> datetime | None:
    """Day by day, cut where a month begins: the month's own first, then what was bought. None after ten years."""
    month, bought, at = float(supply.month_left), float(supply.purchased), now
    renews = month_window(anchor, now)[1]
    last = add_months(renews, 119)
    while at < last:
        until = min(at + DAY, renews)
        wanted = daily * ((until - at) / DAY)
        if wanted > month + bought + 1e-7:
            return at + DAY * ((month + bought) / daily)
        from_month = min(month, wanted)
        month -= from_month
        bought = max(0.0, bought - (wanted - from_month))
        at = until
        if at == renews:
            month, renews = float(supply.ceiling), month_window(anchor, at)[1]
    return None
