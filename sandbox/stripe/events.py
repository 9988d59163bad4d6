"""Events, as the API lists them. They are recorded by `World.emit`."""

from fnmatch import fnmatchcase

from sandbox.stripe.cycles import DAY
from sandbox.stripe.errors import Json, StripeError, unknown_object
from sandbox.stripe.paging import page
from sandbox.stripe.params import flag, text
from sandbox.stripe.routing import CREATED, PAGING, route
from sandbox.stripe.world import World

KEPT = 30 * DAY  # https://docs.stripe.com/api/events


@route("GET", "/v1/events/{}")
def retrieve_event(world: World, given: Json, key: str) -> Json:
    event = world.store.get("event", key)
    if event["created"] < world.now() - KEPT:
        raise unknown_object("event", key)
    return event


@route("GET", "/v1/events", PAGING, CREATED, type=text, types=[text], delivery_success=flag)
def list_events(world: World, given: Json) -> Json:
    """Newest first, of the last 30 days. `delivery_success=false`: those that an endpoint has not taken yet."""
    if "type" in given and "types" in given:
        raise StripeError(
            "You may only specify one of these parameters: type, types.", param="types"
        )
    wanted = given.get("types") or ([given["type"]] if "type" in given else ["*"])
    success = given.get("delivery_success")
    return page(
        world, "event", given, "/v1/events",
        lambda event: event["created"] >= world.now() - KEPT
        and any(fnmatchcase(event["type"], each) for each in wanted)
        and success in {None, event["pending_webhooks"] == 0},
    )  # fmt: skip
