"""The table that `make bench` prints."""

from bench.rows import against_peer, figure
from bench.table import table


def test_table_shows_both_figures_the_ratio_and_the_goal() -> None:
    row = against_peer(
        "tenant_create_5", "ms", ours=81.26, peer=369, peer_name="save()", better="lower", goal=3
    )

    _, line = table([row]).splitlines()

    assert line.split() == [
        "tenant_create_5",
        "81.3",
        "ms",
        "369",
        "ms",
        "save()",
        "4.54×",
        "≥",
        "3×",
        "met",
    ]


def test_table_marks_what_was_missed() -> None:
    _, line = table([figure("page_panel_queries", "queries", 7, limit=6)]).splitlines()

    assert line.split() == ["page_panel_queries", "7", "queries", "≤", "6", "queries", "MISSED"]


def test_table_leaves_the_outcome_empty_where_nothing_is_wanted() -> None:
    _, line = table([figure("idle_memory", "MiB", 12345)]).splitlines()

    assert line.split() == ["idle_memory", "12,345", "MiB"]


def test_columns_stand_below_each_other() -> None:
    rows = [figure("short", "ms", 1), figure("a_much_longer_name", "ms", 1000)]

    head, *lines = table(rows).splitlines()

    assert len({line.index(" ms") for line in lines}) == 1
    assert head.index("ours") + len("ours") == lines[0].index(" ms") + len(" ms")
