"""Charts as numbers for an SVG that a template draws: pure geometry, no colours, no words but the ones it is given.

A drawing is stretched to the width of its frame, so its units say nothing about pixels. Figures are whole numbers of
zero or more; `say` writes one for people. Templates: `ui/chart_columns.html`, `_area`, `_stackbar`, `_spark`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from saas.core.errors import Sentence

HEIGHT, SLOT, WIDE = 200, 100, 56
"""How high a drawing is, how much of its width one place on the axis has, and how much of that its column takes."""
TONES, REST = 4, 5
"""How many colours are taken in turn, and that of what is only the rest of something."""
ALL_LABELS, FEW_LABELS = 13, 5
"""Up to so many places each has its label; of more places, so many at most."""

Say = Callable[[int], str]


@dataclass(frozen=True)
class Series:
    """One figure for each place on the axis. `tone` 0: the colours go by the order of the series."""

    label: Sentence
    values: Sequence[int]
    tone: int = 0


@dataclass(frozen=True)
class Mark:
    """A rectangle: one figure, or a part of it. `tone` numbers the colours from 1."""

    x: int
    y: int
    width: int
    height: int
    tone: int
    title: str


@dataclass(frozen=True)
class Axis:
    """What stands along the drawing. `ticks` from the top to zero; some `labels` are empty where they were too many."""

    ticks: list[str]
    labels: list[str]
    is_thinned: bool


@dataclass(frozen=True)
class Columns:
    """Columns side by side, made of one part for each series, the first at the foot."""

    marks: list[Mark]
    axis: Axis
    legend: list[tuple[int, Sentence]]
    width: int
    height: int = HEIGHT


@dataclass(frozen=True)
class Area:
    """A line over the axis and the area below it, both as path data. `marks` are unseen, for what each place says."""

    line: str
    area: str
    marks: list[Mark]
    axis: Axis
    width: int
    height: int = HEIGHT


@dataclass(frozen=True)
class Part:
    """One part of a stacked bar, and what it is called below it."""

    mark: Mark
    label: Sentence
    value: str


@dataclass(frozen=True)
class Stackbar:
    """One whole, told as its parts: the widths are the figures themselves."""

    parts: list[Part]
    width: int


@dataclass(frozen=True)
class Spark:
    """A line without an axis, as path data; `is_flat` where there is nothing but zeroes."""

    line: str
    width: int
    is_flat: bool
    height: int = 40


def columns(
    places: Sequence[str],
    series: Sequence[Series],
    say: Say,
    *,
    unit: int = 1,
    names: Sequence[str] = (),
    tick: Say | None = None,
) -> Columns:
    """`series` over `places`. The axis ends at a round number of `unit` (100 for whole money of two decimals).

    `names` are the places in full, for what a mark says; without it the labels of the axis are taken. `tick` writes
    the figures along the axis where they are shorter than what `say` writes.
    """
    top = round_up(max((sum(column) for column in _columns(series)), default=0), unit)
    marks = [
        mark
        for place, values in enumerate(_columns(series))
        for mark in _column(place, values, top, series, (names or places)[place], say)
    ]
    legend = [(one.tone or tone_of(number), one.label) for number, one in enumerate(series)]
    return Columns(marks, _axis(places, top, tick or say), legend, SLOT * len(places))


def area(
    places: Sequence[str],
    series: Series,
    say: Say,
    *,
    unit: int = 1,
    names: Sequence[str] = (),
    tick: Say | None = None,
) -> Area:
    """One series as a line, from the middle of the first place to that of the last."""
    top = round_up(max(series.values, default=0), unit)
    heights = [HEIGHT - HEIGHT * value // top for value in series.values]
    points = [(place * SLOT + SLOT // 2, y) for place, y in enumerate(heights)]
    width = SLOT * len(places)
    if len(points) == 1:
        points = [(0, heights[0]), (width, heights[0])]
    line = path(points)
    below = f"{line}L{points[-1][0]} {HEIGHT}L{points[0][0]} {HEIGHT}Z" if points else ""
    marks = [
        Mark(place * SLOT, 0, SLOT, HEIGHT, 1, f"{(names or places)[place]}: {say(value)}")
        for place, value in enumerate(series.values)
    ]
    return Area(line, below, marks, _axis(places, top, tick or say), width)


def stackbar(parts: Sequence[tuple[Sentence, int]], say: Say) -> Stackbar | None:
    """The parts that are not zero, in their order; None where none is left. Tones go by the place in `parts`."""
    shown, start = [], 0
    for place, (label, value) in enumerate(parts):
        if value:
            mark = Mark(start, 0, value, 10, tone_of(place), f"{label}: {say(value)}")
            shown.append(Part(mark, label, say(value)))
            start += value
    return Stackbar(shown, start) if shown else None


def spark(values: Sequence[int], height: int = 40) -> Spark:
    """The shape of `values` alone, from zero to the highest."""
    top = max(values, default=0)
    rim = 2  # so that the stroke is not cut off
    points = [
        (place * 10, height - rim - ((height - 2 * rim) * value // top if top else 0))
        for place, value in enumerate(values)
    ]
    if len(points) == 1:
        points.append((10, points[0][1]))
    return Spark(path(points), max((points or [(0, 0)])[-1][0], 1), not top, height)


def path(points: Sequence[tuple[int, int]]) -> str:
    """Path data of a line through `points`."""
    return "".join(f"{'L' if number else 'M'}{x} {y}" for number, (x, y) in enumerate(points))


def tone_of(place: int) -> int:
    return place % TONES + 1


def round_up(most: int, unit: int = 1) -> int:
    """The next of 2, 4, 6, 10, 20 … times `unit`: half of it is a whole number of them, too."""
    step = unit
    while True:
        for part in (2, 4, 6, 10):
            if most <= part * step:
                return part * step
        step *= 10


def _columns(series: Sequence[Series]) -> list[tuple[int, ...]]:
    return list(zip(*(one.values for one in series), strict=True))


def _column(
    place: int, values: Sequence[int], top: int, series: Sequence[Series], name: str, say: Say
) -> list[Mark]:
    """Every part that is there at all is seen: at least one unit high."""
    marks, below = [], 0
    x = place * SLOT + (SLOT - WIDE) // 2
    for number, value in enumerate(values):
        if not value:
            continue
        foot, head = HEIGHT * below // top, HEIGHT * (below + value) // top
        height = max(head - foot, 1)
        title = f"{series[number].label}, {name}: {say(value)}"
        y = max(HEIGHT - foot - height, 0)
        marks.append(Mark(x, y, WIDE, height, series[number].tone or tone_of(number), title))
        below += value
    return marks


def _axis(places: Sequence[str], top: int, say: Say) -> Axis:
    ticks = [say(part) for part in (top, top // 2, 0)]
    if len(places) <= ALL_LABELS:
        return Axis(ticks, list(places), is_thinned=False)
    every = -(-len(places) // FEW_LABELS)
    labels = [place if number % every == 0 else "" for number, place in enumerate(places)]
    return Axis(ticks, labels, is_thinned=True)
