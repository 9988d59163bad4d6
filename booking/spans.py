"""Arithmetic of spans of time: pairs of seconds since 1970 (UTC), from the first until before the second.

Lists of them are in order and apart, unless it says otherwise. Pure: nothing here knows what the spans are for.
"""

from collections.abc import Iterable

Span = tuple[int, int]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as `spans`, which may overlap and be in any order; those that touch become one."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def common(ones: list[Span], others: list[Span]) -> list[Span]:
    """What lies in both. Spans that touch within one list stay two, so that each keeps its own beginning."""
    result: list[Span] = []
    i = j = 0
    while i < len(ones) and j < len(others):
        start, end = max(ones[i][0], others[j][0]), min(ones[i][1], others[j][1])
        if start < end:
            result.append((start, end))
        if ones[i][1] < others[j][1]:
            i += 1
        else:
            j += 1
    return result


def without(spans: list[Span], taken: list[Span]) -> list[Span]:
    """What of `spans` does not lie in `taken`."""
    result: list[Span] = []
    first = 0
    for start, end in spans:
        while first < len(taken) and taken[first][1] <= start:
            first += 1
        at, k = start, first
        while k < len(taken) and taken[k][0] < end:
            if taken[k][0] > at:
                result.append((at, taken[k][0]))
            at = max(at, taken[k][1])
            k += 1
        if at < end:
            result.append((at, end))
    return result


def holds(spans: list[Span], start: int, end: int) -> bool:
    """Does one of `spans` hold all of `start` until before `end`?"""
    return any(first <= start and end <= last for first, last in spans)
