"""Webhook endpoints: where events are sent, and the secrets that sign them."""

from sandbox.stripe.catalog import take
from sandbox.stripe.errors import Json
from sandbox.stripe.paging import page
from sandbox.stripe.params import clearable, flag, merge_metadata, metadata, required, text
from sandbox.stripe.routing import PAGING, route
from sandbox.stripe.store import new_id, random_text
from sandbox.stripe.world import API_VERSION, World


@route(
    "POST", "/v1/webhook_endpoints", url=required(text), enabled_events=required([text]), description=clearable,
    api_version=text, metadata=metadata,
)  # fmt: skip
def create_endpoint(world: World, given: Json) -> Json:
    """The answer alone shows the secret."""
    endpoint = register(world, given["url"], given["enabled_events"], given)
    return endpoint | {"secret": endpoint["_secrets"][0]}


def register(
    world: World, url: str, wanted: list[str], given: Json | None = None, secret: str = ""
) -> Json:
    given = given or {}
    return world.store.add(
        {
            "id": new_id("webhook_endpoint"),
            "object": "webhook_endpoint",
            "api_version": API_VERSION,
            "application": None,
            "created": world.now(),
            "description": given.get("description"),
            "enabled_events": wanted,
            "livemode": False,
            "metadata": merge_metadata({}, given.get("metadata")),
            "status": "enabled",
            "url": url,
            "_secrets": [secret or f"whsec_{random_text(32)}"],
        }
    )


@route("GET", "/v1/webhook_endpoints/{}")
def retrieve_endpoint(world: World, given: Json, key: str) -> Json:
    return world.store.get("webhook_endpoint", key)


@route("GET", "/v1/webhook_endpoints", PAGING)
def list_endpoints(world: World, given: Json) -> Json:
    return page(world, "webhook_endpoint", given, "/v1/webhook_endpoints")


@route(
    "POST", "/v1/webhook_endpoints/{}", url=text, enabled_events=[text], description=clearable, disabled=flag,
    metadata=metadata,
)  # fmt: skip
def update_endpoint(world: World, given: Json, key: str) -> Json:
    endpoint = world.store.get("webhook_endpoint", key)
    if "disabled" in given:
        endpoint["status"] = "disabled" if given.pop("disabled") else "enabled"
    take(endpoint, given)
    return endpoint


@route("DELETE", "/v1/webhook_endpoints/{}")
def delete_endpoint(world: World, given: Json, key: str) -> Json:
    world.store.get("webhook_endpoint", key)
    del world.store.objects["webhook_endpoint"][key]
    return {"id": key, "object": "webhook_endpoint", "deleted": True}


def rotate(endpoint: Json, secret: str = "") -> str:
    """A new secret; both sign until `forget_old`. https://docs.stripe.com/webhooks#roll-endpoint-secrets"""
    endpoint["_secrets"] = [secret or f"whsec_{random_text(32)}", *endpoint["_secrets"]]
    return str(endpoint["_secrets"][0])


def forget_old(endpoint: Json) -> None:
    endpoint["_secrets"] = endpoint["_secrets"][:1]
