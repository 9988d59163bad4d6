"""The table that `make bench` prints."""

from collections.abc import Sequence
from typing import Any

from bench.rows import Row, met

HEADS = ("", "ours", "peer", "ratio", "wanted", "")
LEFT = {0, 4, 5}


def table(rows: Sequence[Row]) -> str:
    """The rows as text, one line each; a goal or limit that was missed says so."""
    lines = [HEADS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    return "\n".join(_line(cells, widths) for cells in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.ljust(width) if column in LEFT else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    outcome = {True: "met", False: "MISSED", None: ""}[met(row)]
    peer = (
        "" if row["peer"] is None else f"{with_unit(row['peer'], row['unit'])} {row['peer_name']}"
    )
    ratio = "" if row["ratio"] is None else f"{number(row['ratio'])}×"
    return row["name"], with_unit(row["ours"], row["unit"]), peer, ratio, _wanted(row), outcome


def _wanted(row: Row) -> str:
    if row["goal"] is not None:
        return f"≥ {number(row['goal'])}×"
    if row.get("limit") is not None:
        sign = "≤" if row["better"] == "lower" else "≥"
        return f"{sign} {with_unit(row['limit'], row['unit'])}"
    return ""


def with_unit(value: Any, unit: str) -> str:
    return f"{number(value)} {unit}"


def number(value: float) -> str:
    """12345 as 12,345; 0.0421 as it is."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,g}"
