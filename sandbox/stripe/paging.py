"""Lists as Stripe pages them: newest first, cursors by id."""

from collections.abc import Callable

from sandbox.stripe.errors import Json, StripeError
from sandbox.stripe.params import in_span
from sandbox.stripe.render import listing
from sandbox.stripe.world import World

MOST = 100


def page(
    world: World,
    kind: str,
    given: Json,
    url: str,
    keep: Callable[[Json], bool] = lambda obj: True,
) -> Json:
    """The objects of `kind` that `keep` accepts and that lie in `created`, one page of them."""
    rows = [
        obj
        for obj in reversed(world.store.all(kind))
        if not obj.get("deleted")
        and keep(obj)
        and in_span(given.get("created", {}), obj.get("created", 0))
    ]
    return cut(rows, given, url)


def cut(rows: list[Json], given: Json, url: str) -> Json:
    """One page out of `rows`: after `starting_after`, or before `ending_before`."""
    limit = given.get("limit", 10)
    if not 1 <= limit <= MOST:
        raise StripeError(
            f"This value must be between 1 and {MOST}.",
            code="parameter_invalid_integer",
            param="limit",
            saved=False,
        )
    if "ending_before" in given:
        before = rows[: place(rows, given["ending_before"], "ending_before")]
        return listing(before[-limit:], url, has_more=len(before) > limit)
    if "starting_after" in given:
        rows = rows[place(rows, given["starting_after"], "starting_after") + 1 :]
    return listing(rows[:limit], url, has_more=len(rows) > limit)


def place(rows: list[Json], key: str, param: str) -> int:
    for number, row in enumerate(rows):
        if row["id"] == key:
            return number
    raise StripeError(f"No such object: '{key}'", code="resource_missing", param=param, saved=False)


def matches(given: Json, *names: str) -> Callable[[Json], bool]:
    """Accepts objects whose fields equal the given parameters of the same names."""
    return lambda obj: all(obj.get(name) == given[name] for name in names if name in given)
