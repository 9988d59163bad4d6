"""Products and billing plans."""

from copy import deepcopy

from sandbox.paypal.errors import Json, PayPalError, invalid
from sandbox.paypal.money import parse
from sandbox.paypal.routing import route
from sandbox.paypal.world import PayPalWorld, new_id, shown, stamp

UNITS = {"DAY": "day", "WEEK": "week", "MONTH": "month", "YEAR": "year"}


@route(
    "POST", "/v1/catalogs/products", "id name description type category image_url home_url", status=201
)  # fmt: skip
def create_product(world: PayPalWorld, given: Json) -> Json:
    key = given.get("id") or new_id("product")
    if not 6 <= len(key) <= 50 or not given.get("name"):
        raise invalid(
            "/id", "The ID of a product has 6 to 50 characters, and a product has a name."
        )
    if world.store.find("product", key):
        raise PayPalError("DUPLICATE_RESOURCE_IDENTIFIER", "Product id already exists.")
    now = stamp(world.now())
    made = {"type": "SERVICE"} | given | {"create_time": now, "update_time": now}
    return shown(world.store.add(made | {"id": key, "object": "product"}))


@route("GET", "/v1/catalogs/products/{}")
def show_product(world: PayPalWorld, given: Json, key: str) -> Json:
    return shown(world.get("product", key))


# Plans


@route(
    "POST",
    "/v1/billing/plans",
    "product_id name status description billing_cycles payment_preferences taxes quantity_supported",
    status=201,
)
def create_plan(world: PayPalWorld, given: Json) -> Json:
    if not world.store.find("product", given.get("product_id")):
        raise PayPalError("INVALID_PRODUCT_ID", "The product does not exist.")
    if not given.get("name") or len(given["name"]) > 127 or len(given.get("description", "")) > 127:
        raise invalid(
            "/name", "A plan has a name; name and description have 127 characters at most."
        )
    now = stamp(world.now())
    made = {"status": "ACTIVE", "quantity_supported": False} | given
    made["billing_cycles"] = [cycle(each) for each in given.get("billing_cycles") or []]
    if [each["tenure_type"] for each in made["billing_cycles"]].count("REGULAR") != 1:
        raise invalid("/billing_cycles", "A plan has one regular cycle.")
    made |= {"create_time": now, "update_time": now}
    return shown(world.store.add(made | {"id": new_id("plan"), "object": "plan"}))


def cycle(given: Json) -> Json:
    frequency = given["frequency"]
    if frequency["interval_unit"] not in UNITS:
        raise invalid("/billing_cycles/frequency/interval_unit", "Unknown unit.")
    money = parse(given["pricing_scheme"]["fixed_price"], "fixed_price")
    return deepcopy(given) | {"pricing_scheme": {"version": 1, "fixed_price": money}}


@route("GET", "/v1/billing/plans/{}")
def show_plan(world: PayPalWorld, given: Json, key: str) -> Json:
    return shown(world.get("plan", key))


@route("GET", "/v1/billing/plans", "product_id page_size page total_required")
def list_plans(world: PayPalWorld, given: Json) -> Json:
    """Newest first, twenty at most. Whole, as `Prefer: return=representation` asks for."""
    size, page = int(given.get("page_size", 10)), int(given.get("page", 1))
    if not 1 <= size <= 20:
        raise invalid("/page_size", "1 to 20.")
    wanted = {"product_id": given["product_id"]} if "product_id" in given else {}
    found = list(reversed(world.store.all("plan", **wanted)))
    return {"plans": [shown(each) for each in found[(page - 1) * size : page * size]]}


@route("PATCH", "/v1/billing/plans/{}", None, status=204)
def patch_plan(world: PayPalWorld, given: list[Json], key: str) -> None:
    plan = world.get("plan", key)
    if plan["status"] == "INACTIVE":
        raise PayPalError("PLAN_STATUS_INACTIVE", "Nothing of an inactive plan can be changed.")
    for change in given:
        name = change["path"].removeprefix("/")
        if change["op"] != "replace" or name not in {"name", "description"}:
            raise PayPalError("INVALID_PATCH_PATH", f"{change['path']} cannot be changed.")
        plan[name] = change["value"]


@route("POST", "/v1/billing/plans/{}/activate", status=204)
def activate_plan(world: PayPalWorld, given: Json, key: str) -> None:
    move(world.get("plan", key), ("CREATED", "INACTIVE"), "ACTIVE")


@route("POST", "/v1/billing/plans/{}/deactivate", status=204)
def deactivate_plan(world: PayPalWorld, given: Json, key: str) -> None:
    move(world.get("plan", key), ("ACTIVE",), "INACTIVE")


def move(plan: Json, before: tuple[str, ...], status: str) -> None:
    if plan["status"] not in before:
        raise PayPalError("PLAN_STATUS_INVALID", f"The plan is {plan['status']}.")
    plan["status"] = status


def regular(plan: Json) -> Json:
    found: Json = next(each for each in plan["billing_cycles"] if each["tenure_type"] == "REGULAR")
    return found
