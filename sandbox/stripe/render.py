"""Objects as they are shown: without what Stripe keeps to itself, with `expand` carried out."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from sandbox.stripe.errors import Json, StripeError
from sandbox.stripe.store import Store, kind_of

DEEPEST = 4  # levels; https://docs.stripe.com/expand

Include = Callable[[Store, Json], Any]
INCLUDABLE: dict[tuple[str, str], Include] = {}
"""Fields that are left out unless asked for: (kind, field) → how to make them."""
COMPLETERS: dict[str, Callable[[Store, Json], None]] = {}
"""By kind: puts in what an object shows of others, in place."""


def includable(kind: str, field: str) -> Callable[[Include], Include]:
    def register(make: Include) -> Include:
        INCLUDABLE[kind, field] = make
        return make

    return register


def completer(
    kind: str,
) -> Callable[[Callable[[Store, Json], None]], Callable[[Store, Json], None]]:
    def register(complete: Callable[[Store, Json], None]) -> Callable[[Store, Json], None]:
        COMPLETERS[kind] = complete
        return complete

    return register


def listing(data: list[Any], url: str, *, has_more: bool = False) -> Json:
    """Stripe's list object."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def show(store: Store, obj: Json, expand: list[str] | None = None) -> Json:
    """`obj` or the objects of a list, as a reader outside sees them. Raises StripeError for a wrong `expand`."""
    if obj.get("object") == "list":
        shown: Json = obj | {"data": [plain(store, each) for each in obj["data"]]}
    else:
        shown = plain(store, obj)
    for path in expand or []:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            message = (
                f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}"
            )
            raise StripeError(message, param="expand", saved=False)
        open_up(store, shown, steps, path)
    return shown


def plain(store: Store, obj: Json) -> Json:
    shown = {key: deepcopy(value) for key, value in obj.items() if not key.startswith("_")}
    if complete := COMPLETERS.get(obj.get("object", "")):
        complete(store, shown)
    return shown


def open_up(store: Store, node: Any, steps: list[str], path: str) -> None:
    """Replace ids by objects along `steps`."""
    if isinstance(node, list):
        for each in node:
            open_up(store, each, steps, path)
        return
    if not isinstance(node, dict):
        return
    field, rest = steps[0], steps[1:]
    if field not in node:
        node[field] = included(store, node, field, path)
    if isinstance(node[field], list):
        node[field] = [opened(store, each, field) for each in node[field]]
    elif not rest or isinstance(node[field], str):
        node[field] = target(store, node[field], field, path)
    if rest and node[field] is not None:
        open_up(store, node[field], rest, path)


def included(store: Store, node: Json, field: str, path: str) -> Any:
    make = INCLUDABLE.get((node.get("object", ""), field))
    stored = store.find(node.get("object", ""), node.get("id", ""))
    if make is None or stored is None:
        raise cannot_expand(path)
    return make(store, stored)


def opened(store: Store, value: Any, field: str) -> Any:
    found = looked_up(store, value, field) if isinstance(value, str) else None
    return plain(store, found) if found else value


def target(store: Store, value: Any, field: str, path: str) -> Any:
    if value is None or (isinstance(value, dict) and "object" in value):
        return value
    found = looked_up(store, value, field) if isinstance(value, str) else None
    if found is None:
        raise cannot_expand(path)
    return plain(store, found)


def looked_up(store: Store, key: str, field: str) -> Json | None:
    kind = "coupon" if field == "coupon" else kind_of(key)
    return store.find(kind, key) if kind else None


def cannot_expand(path: str) -> StripeError:
    return StripeError(f"This property cannot be expanded ({path}).", param="expand", saved=False)
