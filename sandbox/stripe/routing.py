"""Which handler answers which request. A handler takes the world, the parameters it declared, and ids of the path."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.stripe.errors import Json
from sandbox.stripe.params import Spec, integer, span, text

Handler = Callable[..., Json]
PAGING: Spec = {"limit": integer, "starting_after": text, "ending_before": text}
CREATED: Spec = {"created": span}


@dataclass(frozen=True)
class Route:
    """`spec` declares the parameters; `path` has `{}` where an id stands."""

    method: str
    path: str
    handler: Handler
    spec: Spec

    def match(self, method: str, path: str) -> tuple[str, ...] | None:
        if method != self.method:
            return None
        found = re.fullmatch(re.escape(self.path).replace(r"\{\}", "([^/]+)"), path)
        return found.groups() if found else None


ROUTES: list[Route] = []


def route(method: str, path: str, *specs: Spec, **spec: Any) -> Callable[[Handler], Handler]:
    """Register a handler. Parameters: `specs`, then `spec`; `expand` is understood everywhere."""

    def register(handler: Handler) -> Handler:
        declared: dict[str, Any] = {"expand": [text]}
        for each in specs:
            declared |= each
        ROUTES.append(Route(method, path, handler, declared | spec))
        return handler

    return register


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    for each in ROUTES:
        ids = each.match(method, path)
        if ids is not None:
            return each, ids
    return None
