"""Customers."""

from sandbox.stripe.cards import attach, customers_method, method_given
from sandbox.stripe.catalog import take
from sandbox.stripe.errors import Json
from sandbox.stripe.lifecycle import end
from sandbox.stripe.paging import matches, page
from sandbox.stripe.params import clearable, merge_metadata, metadata, or_empty, text
from sandbox.stripe.render import includable, listing, plain
from sandbox.stripe.routing import CREATED, PAGING, route
from sandbox.stripe.store import Store, new_id, random_text
from sandbox.stripe.world import World

ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), clearable)
CUSTOMER = {
    "address": or_empty(ADDRESS),
    "description": clearable,
    "email": clearable,
    "invoice_settings": {"default_payment_method": or_empty(text)},
    "metadata": metadata,
    "name": clearable,
    "phone": clearable,
    "preferred_locales": [text],
}


@route("POST", "/v1/customers", CUSTOMER, payment_method=text)
def create_customer(world: World, given: Json) -> Json:
    customer = new_customer(world, given)
    if "payment_method" in given:
        attach(world, method_given(world, given["payment_method"], "payment_method"), customer)
    set_default(world, customer, given)
    return customer


def new_customer(world: World, given: Json) -> Json:
    settings = {
        "custom_fields": None,
        "default_payment_method": None,
        "footer": None,
        "rendering_options": None,
    }
    customer = world.store.add(
        {
            "id": new_id("customer"),
            "object": "customer",
            "address": given.get("address"),
            "balance": 0,
            "created": world.now(),
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "description": given.get("description"),
            "discount": None,
            "email": given.get("email"),
            "invoice_prefix": random_text(8).upper(),
            "invoice_settings": settings,
            "livemode": False,
            "metadata": merge_metadata({}, given.get("metadata")),
            "name": given.get("name"),
            "next_invoice_sequence": 1,
            "phone": given.get("phone"),
            "preferred_locales": given.get("preferred_locales", []),
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
        }
    )
    world.emit("customer.created", customer)
    return customer


def set_default(world: World, customer: Json, given: Json) -> None:
    """The card that invoices take when their subscription has none of its own."""
    if "default_payment_method" not in given.get("invoice_settings", {}):
        return
    key = given["invoice_settings"]["default_payment_method"]
    if key is not None:
        param = "invoice_settings[default_payment_method]"
        key = customers_method(world, key, customer["id"], param)["id"]
    customer["invoice_settings"] = customer["invoice_settings"] | {"default_payment_method": key}


@route("GET", "/v1/customers/{}")
def retrieve_customer(world: World, given: Json, key: str) -> Json:
    return gone(world.store.get("customer", key))


def gone(customer: Json) -> Json:
    """A deleted customer is still found, with no more than the fact."""
    if not customer.get("deleted"):
        return customer
    return {"id": customer["id"], "object": "customer", "deleted": True}


@route("POST", "/v1/customers/{}", CUSTOMER)
def update_customer(world: World, given: Json, key: str) -> Json:
    customer = world.store.referred("customer", key, "id")
    with world.changing(customer, "customer.updated"):
        set_default(world, customer, given)
        take(customer, {k: v for k, v in given.items() if k != "invoice_settings"})
    return customer


@route("DELETE", "/v1/customers/{}")
def delete_customer(world: World, given: Json, key: str) -> Json:
    """The customer is gone, and every subscription of theirs is canceled."""
    customer = world.store.referred("customer", key, "id")
    for subscription in world.store.all("subscription", customer=key):
        if subscription["status"] not in {"canceled", "incomplete_expired"}:
            end(world, subscription, "cancellation_requested")
    world.emit("customer.deleted", customer)
    customer["deleted"] = True
    for method in world.store.all("payment_method", customer=key):
        method["customer"] = None
    return gone(customer)


@route("GET", "/v1/customers", PAGING, CREATED, email=text)
def list_customers(world: World, given: Json) -> Json:
    return page(world, "customer", given, "/v1/customers", matches(given, "email"))


@includable("customer", "subscriptions")
def subscriptions_of(store: Store, customer: Json) -> Json:
    rows = [plain(store, each) for each in store.all("subscription", customer=customer["id"])
            if each["status"] not in {"canceled", "incomplete_expired"}]  # fmt: skip
    return listing(rows[::-1], f"/v1/customers/{customer['id']}/subscriptions")
