"""Columns by month, one on the other for each channel: numbers for an SVG that the page draws."""

from dataclasses import dataclass

from django.utils.formats import date_format

from credits.console.figures import Month, Revenue
from credits.console.rows import label_of
from saas.core.errors import Sentence
from saas.core.money import decimals, format_money

HEIGHT, SLOT, WIDE = 200, 100, 56
"""Units of the drawing: how high it is, how much room a month has, and how wide its column is."""
TONES = 3


@dataclass(frozen=True)
class Mark:
    """One channel's part of a column."""

    x: int
    y: int
    height: int
    tone: int
    title: str


@dataclass(frozen=True)
class Chart:
    """What the template draws."""

    marks: list[Mark]
    ticks: list[str]
    """From the top to zero."""
    months: list[str]
    legend: list[tuple[int, Sentence]]
    width: int
    height: int = HEIGHT
    wide: int = WIDE


def chart_of(revenue: Revenue) -> Chart:
    """The highest column fits below the uppermost tick."""
    top = round_up(max(month.total for month in revenue.months), revenue.currency)
    marks = [
        mark
        for place, month in enumerate(revenue.months)
        for mark in _column(month, place, top, revenue.currency)
    ]
    ticks = [format_money(part, revenue.currency, short=True) for part in (top, top // 2, 0)]
    names = [date_format(month.start, "M") for month in revenue.months]
    legend = [(tone_of(place), label) for place, label in enumerate(revenue.labels)]
    return Chart(marks, ticks, names, legend, SLOT * len(revenue.months))


def _column(month: Month, place: int, top: int, currency: str) -> list[Mark]:
    marks, below = [], 0
    for number, (channel, money) in enumerate(month.by_channel.items()):
        if not money:
            continue
        foot, head = HEIGHT * below // top, HEIGHT * (below + money) // top
        height = max(head - foot, 1)
        title = f"{label_of(channel)}, {date_format(month.start, 'F Y')}: {format_money(money, currency)}"
        x = place * SLOT + (SLOT - WIDE) // 2
        marks.append(Mark(x, max(HEIGHT - foot - height, 0), height, tone_of(number), title))
        below += money
    return marks


def tone_of(place: int) -> int:
    return place % TONES + 1


def round_up(most: int, currency: str) -> int:
    """The next of 2, 4, 6, 10, 20 … of whole money: half of it is whole, too."""
    step = 10 ** decimals(currency)
    while True:
        for part in (2, 4, 6, 10):
            if most <= part * step:
                return part * step
        step *= 10
