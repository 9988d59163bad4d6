"""Figures, their changes, and what a table says on the screen and in a file."""

from datetime import date
from decimal import Decimal

import pytest

from booking.reports.sheets import (
    COUNT,
    MINUTES,
    MONEY,
    PLACE,
    SHARE,
    TEXT,
    Column,
    Figure,
    Table,
    change_text,
)


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (112, 100, "+12%"), (95, 100, "−5%"), (100, 100, "0%"), (0, 100, "−100%"), (5, 0, ""), (0, 0, ""),
        (None, 5, ""), (5, None, ""), (100_000, 3, ""), (1001, 1000, "0%"), (999, 1000, "0%"),
    ],
)  # fmt: skip
def test_change_is_said_where_it_says_something(
    now: int | None, before: int | None, text: str
) -> None:
    assert change_text(now, before) == text


def test_more_is_not_always_better() -> None:
    assert Figure("Revenue", COUNT, 5, 4).mood == "up"
    assert Figure("No-shows", COUNT, 5, 4, good=-1).mood == "down"
    assert Figure("Working time", COUNT, 5, 4, good=0).mood == ""
    assert Figure("Revenue", COUNT, 4, 4).mood == ""
    assert Figure("Rate", SHARE, (1, 2), (1, 4)).mood == "up"
    assert Figure("Rate", SHARE, (1, 2), (0, 0)).mood == ""


def test_share_of_nothing_is_a_dash_and_is_not_compared() -> None:
    figure = Figure("Rate", SHARE, (0, 0), (0, 0))
    assert (figure.text, figure.was, figure.change) == ("–", "", "")
    assert Figure("Each", MONEY, None, None, currency="USD").text == "–"


def test_table_says_and_files_the_same_values() -> None:
    columns = [
        Column("When", PLACE), Column("Who", TEXT), Column("Visits"), Column("Revenue", MONEY), Column("Share", SHARE),
        Column("Booked", MINUTES),
    ]  # fmt: skip
    row = [(date(2026, 11, 2), "2 – 8 Nov"), "=HYPERLINK()", 1284, 123456, (1, 3), 75]
    empty = [(date(2026, 11, 9), "9 – 15 Nov"), "–", 0, None, (0, 0), 0]
    table = Table("days", "In figures", columns, [row, empty], currency="USD")
    assert [text for text, _css in table.shown[0]] == [
        "2 – 8 Nov", "=HYPERLINK()", "1,284", "$1,234.56", "33%", "1 h 15"
    ]  # fmt: skip
    assert [text for text, _css in table.shown[1]][2:] == ["0", "–", "–", "0 h"]
    assert table.file_head == [
        "When", "Who", "Visits", "Revenue (USD)", "Share (%)", "Booked (min)"
    ]  # fmt: skip
    assert table.file_rows == [
        ["2026-11-02", "=HYPERLINK()", 1284, Decimal("1234.56"), 33.3, 75],
        ["2026-11-09", "–", 0, None, None, 0],
    ]
