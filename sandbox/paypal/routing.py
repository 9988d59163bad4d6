"""Which handler answers which request. A handler takes the world, what it was given, and the ids of the path."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.paypal.errors import Json, invalid

Handler = Callable[..., Any]


@dataclass(frozen=True)
class Route:
    """`known`: what it may be given; None for what is not an object. `status`: of its answer."""

    method: str
    path: str
    handler: Handler
    known: frozenset[str] | None
    status: int

    def match(self, method: str, path: str) -> tuple[str, ...] | None:
        if method != self.method:
            return None
        found = re.fullmatch(re.escape(self.path).replace(r"\{\}", "([^/]+)"), path)
        return found.groups() if found else None


ROUTES: list[Route] = []


def route(
    method: str, path: str, known: str | None = "", *, status: int = 200
) -> Callable[[Handler], Handler]:
    """Register a handler. `known` names the parameters; any other is refused, never ignored."""

    def register(handler: Handler) -> Handler:
        names = None if known is None else frozenset(known.split())
        ROUTES.append(Route(method, path, handler, names, status))
        return handler

    return register


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    for each in ROUTES:
        ids = each.match(method, path)
        if ids is not None:
            return each, ids
    return None


def check(route: Route, given: Any) -> Json:
    """Raises PayPalError for a parameter that the handler does not know."""
    if route.known is None:
        return given  # type: ignore[no-any-return]
    for name in given:
        if name not in route.known:
            raise invalid(f"/{name}", "PayPal may know this parameter, this double does not.")
    return given  # type: ignore[no-any-return]
