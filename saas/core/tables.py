"""Tables that sort by their heads, each head being a plain link."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from saas.core.errors import Sentence

Column = tuple[str, Sentence, str]
"""Its name in the address, its label, its classes."""


@dataclass(frozen=True)
class Head:
    """One column's head: a link that sorts by it, the other way round when it does so already."""

    label: Sentence
    css: str
    query: str
    aria_sort: str


def heads(
    columns: Iterable[Column], *, by: str, descending: bool, query: Callable[[str], str]
) -> list[Head]:
    """The heads of `columns` in a table that is sorted `by` one of them.

    `query` gives the address, after the question mark, of the same table sorted by a name, with a minus before
    it for descending. Rendered by `ui/sort_head.html`.
    """
    return [
        _current(name, label, css, descending=descending, query=query)
        if name == by
        else Head(label, css, query(name), "")
        for name, label, css in columns
    ]


def _current(
    name: str, label: Sentence, css: str, *, descending: bool, query: Callable[[str], str]
) -> Head:
    turned = query(name if descending else f"-{name}")
    return Head(label, css, turned, "descending" if descending else "ascending")
