"""What a benchmark reports: always the same keys, and a ratio that says how many times better we are."""

import pytest

from bench.rows import against_peer, alternately, figure, met

KEYS = {"name", "unit", "ours", "peer", "peer_name", "ratio", "better", "goal"}


def test_row_beside_a_peer_where_lower_is_better() -> None:
    row = against_peer(
        "tenant_create_5", "ms", ours=80, peer=400, peer_name="save()", better="lower", goal=3
    )

    assert set(row) == KEYS
    assert row["ratio"] == 5
    assert met(row) is True


def test_row_beside_a_peer_where_higher_is_better() -> None:
    row = against_peer(
        "page_rps", "/s", ours=100, peer=800, peer_name="bare", better="higher", goal=0.2
    )

    assert row["ratio"] == 0.125
    assert met(row) is False


def test_row_beside_a_peer_without_a_figure_is_refused() -> None:
    with pytest.raises(ValueError, match="page_rps"):
        against_peer("page_rps", "/s", ours=100, peer=0, peer_name="bare", better="higher")


def test_figure_without_a_peer_has_the_same_keys() -> None:
    row = figure("idle_memory", "MiB", 200.04)

    assert set(row) == KEYS
    assert row["peer"] is row["peer_name"] is row["ratio"] is row["goal"] is None
    assert row["ours"] == 200
    assert met(row) is None


@pytest.mark.parametrize(
    ("ours", "better", "limit", "reached"),
    [
        (6, "lower", 6, True),
        (7, "lower", 6, False),
        (7, "higher", 6, True),
        (5, "higher", 6, False),
    ],
)
def test_figure_with_a_limit(ours: float, better: str, limit: float, reached: bool) -> None:
    row = figure("page_queries", "queries", ours, better=better, limit=limit)

    assert set(row) == KEYS | {"limit"}
    assert met(row) is reached


def test_limit_of_zero_is_a_limit() -> None:
    assert met(figure("entitlement_check_queries", "queries", 1, limit=0)) is False


def test_turns_alternate_and_so_does_who_begins() -> None:
    turns: list[str] = []

    seen = alternately(
        lambda: turns.append("ours") or 1.0, lambda: turns.append("peer") or 2.0, rounds=3
    )

    assert turns == ["ours", "peer", "peer", "ours", "ours", "peer"]
    assert seen == ([1.0, 1.0, 1.0], [2.0, 2.0, 2.0])


def test_ratio_is_never_rounded_up_to_its_goal() -> None:
    row = against_peer(
        "page_rps", "/s", ours=152, peer=761, peer_name="bare", better="higher", goal=0.2
    )

    assert row["ratio"] == 0.199
    assert met(row) is False
