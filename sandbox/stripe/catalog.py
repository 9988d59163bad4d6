"""Products and prices. A price never changes what it costs: https://docs.stripe.com/api/prices/update"""

from typing import Any

from sandbox.stripe.errors import Json, StripeError
from sandbox.stripe.paging import matches, page
from sandbox.stripe.params import (
    clearable,
    currency,
    flag,
    merge_metadata,
    metadata,
    natural,
    one_of,
    or_empty,
    required,
    text,
)
from sandbox.stripe.routing import CREATED, PAGING, route
from sandbox.stripe.store import Store, new_id
from sandbox.stripe.world import World

RECURRING = {
    "interval": required(one_of("day", "week", "month", "year")),
    "interval_count": natural,
}
PRODUCT = {
    "active": flag,
    "description": clearable,
    "metadata": metadata,
    "url": clearable,
    "unit_label": clearable,
}
PRODUCT_DATA = {"name": required(text), "metadata": metadata}


@route("POST", "/v1/products", PRODUCT, name=required(text), id=text)
def create_product(world: World, given: Json) -> Json:
    if world.store.find("product", given.get("id")):
        message = f"Product already exists: {given['id']}"
        raise StripeError(message, code="resource_already_exists", param="id")
    return new_product(world, given)


def new_product(world: World, given: Json) -> Json:
    now = world.now()
    product = world.store.add(
        {
            "id": given.get("id") or new_id("product"),
            "object": "product",
            "active": given.get("active", True),
            "created": now,
            "default_price": None,
            "description": given.get("description"),
            "images": [],
            "livemode": False,
            "marketing_features": [],
            "metadata": merge_metadata({}, given.get("metadata")),
            "name": given["name"],
            "package_dimensions": None,
            "shippable": None,
            "statement_descriptor": None,
            "tax_code": None,
            "type": "service",
            "unit_label": given.get("unit_label"),
            "updated": now,
            "url": given.get("url"),
        }
    )
    world.emit("product.created", product)
    return product


@route("GET", "/v1/products/{}")
def retrieve_product(world: World, given: Json, key: str) -> Json:
    return world.store.get("product", key)


@route("POST", "/v1/products/{}", PRODUCT, name=text, default_price=or_empty(text))
def update_product(world: World, given: Json, key: str) -> Json:
    product = world.store.get("product", key)
    if given.get("default_price"):
        price = world.store.referred("price", given["default_price"], "default_price")
        if price["product"] != key:
            message = f"The price {price['id']} does not belong to the product {key}."
            raise StripeError(message, param="default_price")
    with world.changing(product, "product.updated"):
        take(product, given)
    product["updated"] = world.now()
    return product


@route("GET", "/v1/products", PAGING, CREATED, active=flag, ids=[text])
def list_products(world: World, given: Json) -> Json:
    same = matches(given, "active")
    ids = given.get("ids")
    return page(
        world, "product", given, "/v1/products", lambda o: same(o) and (not ids or o["id"] in ids)
    )


def take(obj: Json, given: Json) -> None:
    """Given values replace those of the object; metadata is merged."""
    for name, value in given.items():
        if name == "metadata":
            obj[name] = merge_metadata(obj[name], value)
        elif name != "expand":
            obj[name] = value


# Prices


@route(
    "POST", "/v1/prices", currency=required(currency), unit_amount=required(natural), product=text,
    product_data=PRODUCT_DATA, recurring=RECURRING, nickname=text, lookup_key=text,
    transfer_lookup_key=flag, active=flag, metadata=metadata,
)  # fmt: skip
def create_price(world: World, given: Json) -> Json:
    if ("product" in given) == ("product_data" in given):
        raise StripeError("You must specify either `product` or `product_data`.", param="product")
    product = (
        world.store.referred("product", given["product"], "product")
        if "product" in given
        else new_product(world, given["product_data"])
    )
    free_lookup_key(world, given)
    return new_price(world, product, given)


def free_lookup_key(world: World, given: Json, but: str = "") -> None:
    """The lookup key belongs to one price; it moves only when that is asked for."""
    if not given.get("lookup_key"):
        return
    for holder in world.store.all("price", lookup_key=given["lookup_key"], active=True):
        if holder["id"] == but:
            continue
        if not given.get("transfer_lookup_key"):
            message = (
                f"A price (`{holder['id']}`) already uses that lookup key. Set `transfer_lookup_key=true` to transfer "
                "the lookup key to the new price."
            )
            raise StripeError(message, code="resource_already_exists", param="lookup_key")
        with world.changing(holder, "price.updated"):
            holder["lookup_key"] = None


def new_price(world: World, product: Json, given: Json, *, active: bool = True) -> Json:
    """A price is added to `product`; `given` has currency, unit_amount and perhaps recurring."""
    recurring = given.get("recurring")
    price = world.store.add(
        {
            "id": new_id("price"),
            "object": "price",
            "active": given.get("active", active),
            "billing_scheme": "per_unit",
            "created": world.now(),
            "currency": given["currency"],
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": given.get("lookup_key"),
            "metadata": merge_metadata({}, given.get("metadata")),
            "nickname": given.get("nickname"),
            "product": product["id"],
            "recurring": recurring and recurrence(recurring),
            "tax_behavior": "unspecified",
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "recurring" if recurring else "one_time",
            "unit_amount": given["unit_amount"],
            "unit_amount_decimal": str(given["unit_amount"]),
        }
    )
    world.emit("price.created", price)
    return price


def recurrence(recurring: Json) -> Json:
    return {
        "interval": recurring["interval"],
        "interval_count": recurring.get("interval_count", 1),
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


@route("GET", "/v1/prices/{}")
def retrieve_price(world: World, given: Json, key: str) -> Json:
    return world.store.get("price", key)


@route(
    "POST", "/v1/prices/{}", active=flag, nickname=clearable, metadata=metadata,
    lookup_key=clearable, transfer_lookup_key=flag,
)  # fmt: skip
def update_price(world: World, given: Json, key: str) -> Json:
    """What a price costs is not among the parameters, so changing it is refused as unknown."""
    price = world.store.get("price", key)
    free_lookup_key(world, given, but=key)
    product = world.store.get("product", price["product"])
    if given.get("active") is False and product["default_price"] == key:
        message = "This price cannot be archived because it is the default price of its product."
        raise StripeError(message, param="active")
    with world.changing(price, "price.updated"):
        take(price, {name: value for name, value in given.items() if "transfer" not in name})
    return price


@route(
    "GET", "/v1/prices", PAGING, CREATED, active=flag, product=text, currency=currency,
    type=one_of("one_time", "recurring"), lookup_keys=[text],
    recurring={"interval": one_of("day", "week", "month", "year")},
)  # fmt: skip
def list_prices(world: World, given: Json) -> Json:
    same = matches(given, "active", "product", "currency", "type")
    keys, interval = given.get("lookup_keys"), given.get("recurring", {}).get("interval")
    return page(
        world,
        "price",
        given,
        "/v1/prices",
        lambda price: (
            same(price)
            and (not keys or price["lookup_key"] in keys)
            and (not interval or (price["recurring"] or {}).get("interval") == interval)
        ),
    )


def plan_of(price: Json) -> Json:
    """The legacy plan object that subscription items still carry."""
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def named(store: Store, price: Json) -> str:
    """What the price sells, by its product's name."""
    product: Any = store.find("product", price["product"])
    return str(product["name"]) if product else "Item"
