"""Which handler answers which request. A handler takes the world, a `Given`, and the ids of the path."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.mercadopago.errors import Json


@dataclass(frozen=True)
class Given:
    """What came with a request."""

    query: Mapping[str, str]
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[..., Any]


@dataclass(frozen=True)
class Route:
    """`path` has `{}` where an id stands. `status` is what it is answered when all is well."""

    method: str
    path: str
    handler: Handler
    status: int = 200

    def match(self, method: str, path: str) -> tuple[str, ...] | None:
        if method != self.method:
            return None
        found = re.fullmatch(re.escape(self.path).replace(r"\{\}", "([^/]+)"), path)
        return found.groups() if found else None


ROUTES: list[Route] = []


def route(method: str, path: str, *, status: int = 200) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method, path, handler, status))
        return handler

    return register


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """The first that was registered and fits."""
    for each in ROUTES:
        ids = each.match(method, path)
        if ids is not None:
            return each, ids
    return None


def page(rows: list[Json], given: Given, name: str) -> Json:
    """A part of a list, as `limit` and `offset` ask for it."""
    limit, offset = int(given.query.get("limit", 30)), int(given.query.get("offset", 0))
    return {
        name: rows[offset : offset + limit],
        "paging": {"total": len(rows), "limit": limit, "offset": offset},
    }
