"""Preferences: what is to be paid, and the address of the page where it is."""

import uuid
from datetime import datetime
from typing import Any

from sandbox.mercadopago.errors import Json, Refusal
from sandbox.mercadopago.routing import Given, page, route
from sandbox.mercadopago.world import World, exact, figure, read_time, shown, written

TAKEN = (
    "items", "payer", "payment_methods", "back_urls", "auto_return", "external_reference", "expires",
    "expiration_date_from", "expiration_date_to", "notification_url", "statement_descriptor", "additional_info",
    "binary_mode",
)  # fmt: skip
NOT_LISTED = ("init_point", "sandbox_init_point")


@route("POST", "/checkout/preferences", status=201)
def create_preference(world: World, given: Given) -> Json:
    wish = given.body
    check(world, wish)
    until = wish.get("expiration_date_to")
    if until and read_time(until) <= world.moment():
        raise Refusal("expiration_date_to invalid. It must be in the future")
    key = f"{world.settings.collector_id}-{uuid.uuid4()}"
    address = f"{world.base_url}/checkout/v1/redirect?pref_id={key}"
    preference = {
        "id": key,
        "init_point": address,
        "sandbox_init_point": address,
        "collector_id": world.settings.collector_id,
        "client_id": str(world.settings.application_id),
        "external_reference": "",
        "expires": False,
        "date_created": written(world.moment()),
    }
    take(world, preference, wish)
    return shown(world.store.add("preference", preference))


@route("GET", "/checkout/preferences/search")
def search_preferences(world: World, given: Given) -> Json:
    wanted = given.query.get("external_reference")
    rows = [
        {name: value for name, value in shown(one).items() if name not in NOT_LISTED}
        for one in reversed(world.store.all("preference"))
        if wanted in {None, one["external_reference"]}
    ]
    return page(rows, given, "elements")


@route("GET", "/checkout/preferences/{}")
def retrieve_preference(world: World, given: Given, key: str) -> Json:
    return shown(world.store.get("preference", key))


@route("PUT", "/checkout/preferences/{}")
def update_preference(world: World, given: Given, key: str) -> Json:
    preference = world.store.get("preference", key)
    check(world, {**preference, **given.body})
    take(world, preference, given.body)
    return shown(preference)


def take(world: World, preference: Json, wish: Json) -> None:
    preference |= {name: wish[name] for name in TAKEN if name in wish}
    preference["items"] = [{"id": "", **item} for item in preference["items"]]
    preference["last_updated"] = written(world.moment())
    preference["total_amount"] = figure(
        sum((exact(one["unit_price"]) * one["quantity"] for one in preference["items"]), exact(0))
    )


def check(world: World, wish: Json) -> None:
    """What Mercado Pago looks at beside the shape. Raises Refusal."""
    items = wish.get("items")
    if not isinstance(items, list) or not items:
        raise Refusal("items needed")
    for item in items:
        check_item(item)
    back = wish.get("back_urls") or {}
    if wish.get("auto_return") and not back.get("success"):
        raise Refusal("auto_return invalid. back_url.success must be defined")


def check_item(item: dict[str, Any]) -> None:
    price = item.get("unit_price")
    if isinstance(price, bool) or not isinstance(price, int | float) or price <= 0:
        raise Refusal("unit_price invalid")
    if item.get("currency_id") == "CLP" and price != int(price):
        raise Refusal("unit_price invalid", causes=("CLP has no decimals.",))
    if exact(price) != round(exact(price), 2):
        raise Refusal("unit_price invalid", causes=("At most two decimals.",))


def is_over(preference: Json, at: datetime) -> bool:
    until = preference.get("expiration_date_to")
    return bool(preference["expires"] and until and read_time(until) <= at)
