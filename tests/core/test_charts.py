"""Charts are plain arithmetic: what is drawn stays inside, stands where it should, and says what it shows."""

import re

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from saas.core.charts import (
    HEIGHT,
    SLOT,
    Series,
    area,
    columns,
    round_up,
    spark,
    stackbar,
)

FIGURES = st.integers(0, 10**9)
POINT = re.compile(r"[ML](\d+) (\d+)")


@given(st.lists(st.tuples(FIGURES, FIGURES, FIGURES), min_size=1, max_size=40))
def test_columns_stay_inside_and_stand_on_each_other(rows: list[tuple[int, int, int]]) -> None:
    series = [
        Series(name, values) for name, values in zip("abc", zip(*rows, strict=True), strict=True)
    ]
    chart = columns([str(n) for n in range(len(rows))], series, str)
    assert len(chart.marks) == sum(value > 0 for row in rows for value in row)
    for mark in chart.marks:
        assert mark.height >= 1
        assert mark.y >= 0
        assert mark.y + mark.height <= HEIGHT
        assert mark.x >= 0
        assert mark.x + mark.width <= chart.width
    for place, row in enumerate(rows):
        feet = [m for m in chart.marks if m.x // SLOT == place]
        if row[0]:
            assert feet[0].y + feet[0].height == HEIGHT


def test_columns_are_proportional_and_say_what_they_are() -> None:
    chart = columns(
        ["M", "T"],
        [Series("Came", [10, 0]), Series("Missed", [5, 1])],
        lambda n: f"{n}!",
        names=["Monday", "Tuesday"],
    )
    assert [(m.y, m.height, m.tone, m.title) for m in chart.marks] == [
        (100, 100, 1, "Came, Monday: 10!"),
        (50, 50, 2, "Missed, Monday: 5!"),
        (190, 10, 2, "Missed, Tuesday: 1!"),
    ]
    assert chart.axis.ticks == ["20!", "10!", "0!"]
    assert chart.axis.labels == ["M", "T"]


@pytest.mark.parametrize(
    ("most", "unit", "top"),
    [(0, 1, 2), (1, 1, 2), (3, 1, 4), (11, 1, 20), (1, 100, 200), (200, 100, 200), (201, 100, 400),
     (700, 100, 1000), (1001, 100, 2000), (999_999, 100, 1_000_000)],
)  # fmt: skip
def test_top_of_a_chart_is_round(most: int, unit: int, top: int) -> None:
    assert round_up(most, unit) == top


@pytest.mark.parametrize("count", [1, 7, 13, 14, 31, 60])
def test_labels_are_few_enough_to_be_read(count: int) -> None:
    axis = columns([f"d{n}" for n in range(count)], [Series("x", [1] * count)], str).axis
    shown = [label for label in axis.labels if label]
    assert len(axis.labels) == count
    assert len(shown) == (count if count <= 13 else len(shown))
    assert len(shown) <= 13
    assert axis.is_thinned == (count > 13)
    assert axis.labels[0] == "d0"


@given(st.lists(FIGURES, min_size=1, max_size=40))
def test_line_stays_inside_and_ends_where_it_began_below(values: list[int]) -> None:
    chart = area([str(n) for n in range(len(values))], Series("x", values), str)
    points = [(int(x), int(y)) for x, y in POINT.findall(chart.line)]
    assert all(0 <= x <= chart.width and 0 <= y <= HEIGHT for x, y in points)
    assert len(points) == max(len(values), 2)
    assert chart.area.endswith(f"L{points[0][0]} {HEIGHT}Z")
    assert [mark.title for mark in chart.marks] == [f"{n}: {v}" for n, v in enumerate(values)]


def test_stackbar_leaves_out_what_is_not_there_and_keeps_the_colours() -> None:
    bar = stackbar([("a", 3), ("b", 0), ("c", 1)], str)
    assert bar is not None
    assert bar.width == 4
    assert [(part.mark.x, part.mark.width, part.mark.tone) for part in bar.parts] == [
        (0, 3, 1),
        (3, 1, 3),
    ]
    assert stackbar([("a", 0)], str) is None


@given(st.lists(FIGURES, max_size=40))
def test_spark_stays_inside(values: list[int]) -> None:
    line = spark(values)
    points = [(int(x), int(y)) for x, y in POINT.findall(line.line)]
    assert all(0 <= x <= line.width and 2 <= y <= 38 for x, y in points)
    assert line.is_flat == (not any(values))


def test_marks_are_drawn_with_their_titles_escaped() -> None:
    chart = columns(["M"], [Series("<b>", [1])], str)
    html = render_to_string("ui/chart_columns.html", {"chart": chart, "labelled": "h"})
    assert "<title>&lt;b&gt;, M: 1</title>" in html
    assert 'aria-labelledby="h"' in html
    assert "style=" not in html
    bar = render_to_string("ui/chart_stackbar.html", {"chart": stackbar([("<i>", 2)], str)})
    assert "&lt;i&gt;: 2" in bar


def test_figures_are_written_without_grouping_in_the_drawing() -> None:
    chart = columns([str(n) for n in range(40)], [Series("x", [1] * 40)], str)
    html = render_to_string("ui/chart_columns.html", {"chart": chart, "labelled": "h"})
    assert 'viewBox="0 0 4000 200"' in html
