"""A grid file as YAML: read within bounds, with the line of every key, so that a refusal can say where."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from saas.core.errors import Conflict, Sentence

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 256 * 1024
MAX_NODES = 50_000
"""Counted as if every alias were written out: a few lines of aliases of aliases can stand for billions."""
MAX_DEPTH = 12
TEXT, MERGE = "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"


class GridError(Conflict):
    """The grid `file` is refused; `key` says where, as in `plans[2].limits.staff`, and `line` counts from 1."""

    def __init__(self, file: str, key: str, reason: Sentence, line: int = 0) -> None:
        place = _("%(file)s, line %(line)s") % {"file": file, "line": line} if line else file
        super().__init__(": ".join(filter(None, [place, key, str(reason)])))
        self.file, self.key, self.line = file, key, line


@dataclass(frozen=True)
class Document:
    """What a file says, as plain values, and on which line each key stands."""

    file: str
    content: Any
    lines: dict[str, int] = field(default_factory=dict)

    def refuse(self, key: str, reason: Sentence) -> GridError:
        """The error for `key`, with its line, or that of the nearest thing around it."""
        around = key
        while around and around not in self.lines:
            around = around[: max(around.rfind("."), around.rfind("["), 0)]
        return GridError(self.file, key, reason, self.lines.get(around, 0))


def parse(file: str, source: bytes) -> Document:
    """The YAML document in `source`, made of plain values alone. Raises GridError naming `file`, line and key."""
    if len(source) > MAX_BYTES:
        size = {"most": MAX_BYTES // 1024}
        raise GridError(file, "", _("A grid has at most %(most)s KB.") % size)
    try:
        text = source.decode("utf-8-sig")
        _check_depth(file, text)
        node = yaml.compose(text, Loader)
        lines: dict[str, int] = {}
        if node is not None:
            _measure(file, node, {})
            for key, line in _walk(file, node, ""):
                lines.setdefault(key, line)
        return Document(file, yaml.load(text, Loader), lines)  # noqa: S506  # a safe loader, in C
    except UnicodeDecodeError:
        raise GridError(file, "", _("This is no text in UTF-8.")) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 0
        raise GridError(file, "", _("This is no YAML: %s.") % error.problem, line) from None
    except (yaml.YAMLError, ValueError) as error:
        raise GridError(file, "", _("This is no YAML: %s.") % str(error)[:200]) from None


def _check_depth(file: str, text: str) -> None:
    """Before anything that recurses."""
    depth = 0
    for event in yaml.parse(text, Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise GridError(file, "", _("This is nested too deeply."), line)


def _measure(file: str, node: Node, known: dict[int, int]) -> int:
    """How many nodes `node` stands for. Raises GridError for too many, and for one that contains itself."""
    if isinstance(node, ScalarNode):
        return 1
    line = node.start_mark.line + 1
    if id(node) not in known:
        known[id(node)] = -1
        parts = node.value
        if isinstance(node, MappingNode):
            parts = [part for pair in node.value for part in pair]
        known[id(node)] = 1 + sum(_measure(file, part, known) for part in parts)
    if known[id(node)] == -1:
        raise GridError(file, "", _("This refers to itself."), line)
    if known[id(node)] > MAX_NODES:
        raise GridError(file, "", _("This stands for too many values."), line)
    return known[id(node)]


def _walk(file: str, node: Node, path: str) -> Iterator[tuple[str, int]]:
    """(key, line) of everything below `node`; a mapping's own keys before those that it takes over."""
    if isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            key = f"{path}[{index}]"
            yield key, item.start_mark.line + 1
            yield from _walk(file, item, key)
    elif isinstance(node, MappingNode):
        own = [(key, value) for key, value in node.value if key.tag != MERGE]
        _check_keys(file, path, [key for key, _value in own])
        for key, value in own:
            below = f"{path}.{key.value}".lstrip(".")
            yield below, key.start_mark.line + 1
            yield from _walk(file, value, below)
        for key, value in node.value:
            if key.tag == MERGE:
                for source in value.value if isinstance(value, SequenceNode) else [value]:
                    yield from _walk(file, source, path)


def _check_keys(file: str, path: str, keys: list[Node]) -> None:
    """YAML itself would let the last of two equal keys win, and read `on` as true."""
    seen: set[str] = set()
    for key in keys:
        line, where = key.start_mark.line + 1, f"{path}.{key.value}".lstrip(".")
        if not isinstance(key, ScalarNode) or key.tag != TEXT:
            raise GridError(file, path, _("A key must be text. Put it in quotes."), line)
        if key.value in seen:
            raise GridError(file, where, _("This key stands here twice."), line)
        seen.add(key.value)
