"""What every report is made of: figures, a chart and tables. One template draws them all, whatever they are about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.numbers import format_percent

from booking.models.base import duration_text
from saas.core.charts import Area, Columns
from saas.core.errors import Sentence
from saas.core.money import MINUS, format_money, locale_of, to_major
from saas.core.templatetags.ui import number

TEXT, PLACE, COUNT, MONEY, SHARE, MINUTES = "text", "place", "count", "money", "share", "minutes"
"""Kinds of values. A place is (its first day, what it is called); money is in minor units; a share is (part, whole);
minutes are whole. None, and a share of nothing, is shown as a dash."""
NOTHING = "–"
MOST_CHANGE = 999
"""Percent: what has grown by more than that was next to nothing before."""


@dataclass(frozen=True)
class Figure:
    """One big number, and what it was in the days before. `good`: 1 where more is better, -1 where less is, or 0.

    `before` None: it is not compared.
    """

    label: Sentence
    kind: str
    now: Any
    before: Any = None
    good: int = 1
    currency: str = ""
    note: Sentence = ""

    @property
    def text(self) -> str:
        return say(self.now, self.kind, self.currency)

    @property
    def was(self) -> str:
        """What it was; empty where it is not compared, or could not be."""
        return "" if amount(self.before) is None else say(self.before, self.kind, self.currency)

    @property
    def change(self) -> str:
        """“+12%”; empty for shares, whose two values say it better, and where a percentage would say nothing."""
        return "" if self.kind == SHARE else change_text(amount(self.now), amount(self.before))

    @property
    def mood(self) -> str:
        """The class of the change: `up` for better, `down` for worse."""
        now, before = amount(self.now), amount(self.before)
        if now is None or before is None or now == before or not self.good:
            return ""
        return "up" if (now > before) == (self.good > 0) else "down"


@dataclass(frozen=True)
class Column:
    label: Sentence
    kind: str = COUNT
    css: str = ""


@dataclass(frozen=True)
class Table:
    """`rows` hold plain values, as the columns say; `key` is its name in the address of its file."""

    key: str
    title: Sentence
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    currency: str = ""
    note: Sentence = ""
    is_folded: bool = False
    """It says once more what a chart says: it can be unfolded."""

    @property
    def head(self) -> list[tuple[Sentence, str]]:
        return [(column.label, css_of(column)) for column in self.columns]

    @property
    def shown(self) -> list[list[tuple[str, str]]]:
        """Every row as texts and their classes."""
        return [
            [
                (say(value, column.kind, self.currency), css_of(column))
                for value, column in zip(row, self.columns, strict=True)
            ]
            for row in self.rows
        ]

    @property
    def file_head(self) -> list[str]:
        units = {MONEY: f" ({self.currency})", SHARE: " (%)", MINUTES: " (min)"}
        return [f"{column.label}{units.get(column.kind, '')}" for column in self.columns]

    @property
    def file_rows(self) -> list[list[Any]]:
        return [
            [
                bare(value, column.kind, self.currency)
                for value, column in zip(row, self.columns, strict=True)
            ]
            for row in self.rows
        ]


@dataclass(frozen=True)
class Sheet:
    """A whole report. `is_empty`: there is nothing to draw, neither now nor before."""

    figures: Sequence[Figure]
    chart_title: Sentence
    chart: Columns | Area | None
    tables: Sequence[Table]
    is_empty: bool = False
    note: Sentence = ""

    @property
    def is_line(self) -> bool:
        return isinstance(self.chart, Area)

    def table(self, key: str) -> Table | None:
        return next((table for table in self.tables if table.key == key), None)


def say(value: Any, kind: str, currency: str = "") -> str:
    """`value` for people."""
    if amount(value) is None and kind not in {TEXT, PLACE}:
        return NOTHING
    return str(SAID[kind](value, currency))


def bare(value: Any, kind: str, currency: str = "") -> Any:
    """`value` for a spreadsheet: money in whole units, shares in percent with one decimal, days as ISO writes them."""
    if kind == PLACE:
        day: date = value[0]
        return day.isoformat()
    if value is None or (kind == SHARE and not value[1]):
        return None
    if kind == MONEY:
        return to_major(value, currency)
    return round(100 * value[0] / value[1], 1) if kind == SHARE else value


def amount(value: Any) -> float | None:
    """The number that can be compared; None where there is none."""
    if isinstance(value, tuple):
        part, whole = value
        return part / whole if whole and not isinstance(part, date) else None
    return None if value is None or isinstance(value, str) else value


def hours(minutes: int) -> str:
    return duration_text(minutes) if minutes else "0 h"


def percent(part: int, whole: int) -> str:
    return str(format_percent(part / whole, locale=locale_of())).replace("-", MINUS)


def change_text(now: float | None, before: float | None) -> str:
    """“+12%”, “−5%”, “0%”; empty without anything before, and where it would be beyond all measure."""
    if now is None or not before:
        return ""
    change = (now - before) / before
    if abs(change) * 100 > MOST_CHANGE:
        return ""
    text = str(format_percent(change, locale=locale_of())).replace("-", MINUS)
    is_up = change > 0 and round(change * 100) != 0
    return f"+{text}" if is_up else text.replace(MINUS, "") if round(change * 100) == 0 else text


SAID: dict[str, Callable[[Any, str], Any]] = {
    TEXT: lambda value, _currency: value,
    PLACE: lambda value, _currency: value[1],
    COUNT: lambda value, _currency: number(value),
    MONEY: format_money,
    SHARE: lambda value, _currency: percent(*value),
    MINUTES: lambda value, _currency: hours(value),
}


def css_of(column: Column) -> str:
    figures = "" if column.kind in {TEXT, PLACE} else "num"
    return f"{figures} {column.css}".strip()
