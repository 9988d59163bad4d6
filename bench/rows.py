"""What a benchmark reports, and the two ways to measure."""

import math
from collections.abc import Callable
from typing import Any, Literal, TypeVar

T = TypeVar("T")
Row = dict[str, Any]
Better = Literal["lower", "higher"]
ROUNDS = 5


def against_peer(
    name: str,
    unit: str,
    *,
    ours: float,
    peer: float,
    peer_name: str,
    better: Better,
    goal: float | None = None,
) -> Row:
    """A row with a peer. `ratio` says how many times better we are; `goal` is the least that will do."""
    for value in (ours, peer):
        if value <= 0:
            raise ValueError(f"{name}: {value} {unit} cannot be compared.")
    ratio = ours / peer if better == "higher" else peer / ours
    return {
        "name": name,
        "unit": unit,
        "ours": rounded(ours),
        "peer": rounded(peer),
        "peer_name": peer_name,
        "ratio": rounded_down(ratio),
        "better": better,
        "goal": goal,
    }


def figure(
    name: str, unit: str, ours: float, *, better: Better = "lower", limit: float | None = None
) -> Row:
    """A row without a peer. `limit`, where there is one, is what `ours` should not be worse than."""
    row: Row = {
        "name": name,
        "unit": unit,
        "ours": rounded(ours),
        "peer": None,
        "peer_name": None,
        "ratio": None,
        "better": better,
        "goal": None,
    }
    return row if limit is None else {**row, "limit": limit}


def rounded(value: float) -> float:
    """Three digits that mean something; whole numbers stay whole."""
    if value == 0 or value == int(value):
        return value
    return float(f"{value:.3g}") if abs(value) < 1000 else round(value)


def rounded_down(ratio: float) -> float:
    """Three digits, none of them in our favour: what just misses its goal does not reach it by rounding."""
    step = 10.0 ** (math.floor(math.log10(ratio)) - 2)
    return round(math.floor(ratio / step + 1e-9) * step, 12)


def met(row: Row) -> bool | None:
    """Whether the row reaches its goal or limit; None when it has neither."""
    if row["goal"] is not None:
        return bool(row["ratio"] >= row["goal"])
    if (limit := row.get("limit")) is not None:
        return bool(row["ours"] <= limit if row["better"] == "lower" else row["ours"] >= limit)
    return None


def alternately(
    ours: Callable[[], T], peer: Callable[[], T], rounds: int = ROUNDS
) -> tuple[list[T], list[T]]:
    """What both answered in each round, measured in turns; who goes first changes with every round."""
    seen: tuple[list[T], list[T]] = ([], [])
    for number in range(rounds):
        both = [(seen[0], ours), (seen[1], peer)]
        for figures, measure in both if number % 2 == 0 else reversed(both):
            figures.append(measure())
    return seen
