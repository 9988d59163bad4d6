"""Plans as Stripe's products, their prices as Stripe's prices.

A price never changes what it costs (https://docs.stripe.com/products-prices/manage-prices): another amount is another
price, and the one before it is archived. Everything is looked for before it is made, so that doing it again, after an
answer that was lost or for a plan that is as it was, makes nothing twice.
"""

from collections.abc import Collection
from typing import Any

import stripe
from django.conf import settings

from billing.gateways.base import PlanPrices
from billing.gateways.stripe.amounts import to_stripe
from billing.gateways.stripe.checkout import PLATFORM, digest
from billing.gateways.stripe.client import Json, found, plain

INTERVALS = {"monthly": "month", "annual": "year"}
PLAN = "plan_id"
"""Name in the metadata of products and prices."""
PAGE = 100
TRIES = 3


def sync_plan(client: stripe.StripeClient, plan: PlanPrices) -> dict[str, str]:
    """Product and prices are as `plan` says; {"product": …, "monthly": …, "annual": …}, without what is not offered."""
    product = _product(client, plan)
    there = _prices(client, product["id"], plan.plan_id)
    ids = {"product": product["id"]}
    for cycle, amount in plan.amounts.items():
        if amount > 0:
            ids[cycle] = _price(client, product["id"], there, plan, cycle)
    in_force = set(ids.values())
    old = [one["id"] for one in there if one["active"] and one["id"] not in in_force]
    if product["default_price"] in old:
        _let_go(client, product["id"])
    for price_id in old:
        client.v1.prices.update(price_id, {"active": False})
    return ids


def archive_plan(client: stripe.StripeClient, known: dict[str, str]) -> None:
    """Product and prices are archived. What is not there any more is fine."""
    price_ids = [known[cycle] for cycle in INTERVALS if known.get(cycle)]
    product_id = known.get("product") or _product_of(client, price_ids)
    product = _find_product(client, product_id) if product_id else None
    if product and product["default_price"]:
        _let_go(client, product_id)
    for price_id in price_ids:
        price = _find_price(client, price_id)
        if price and price["active"]:
            client.v1.prices.update(price_id, {"active": False})
    if product and product["active"]:
        client.v1.products.update(product_id, {"active": False})


def _let_go(client: stripe.StripeClient, product_id: str) -> None:
    """The product has no default price: Stripe archives none that is."""
    client.v1.products.update(product_id, {"default_price": ""})


def _product_of(client: stripe.StripeClient, price_ids: Collection[str]) -> str:
    for price_id in price_ids:
        if price := _find_price(client, price_id):
            return str(price["product"])
    return ""


# Products


def _product(client: stripe.StripeClient, plan: PlanPrices) -> Json:
    """The plan's product, as the plan is now. One that was archived is taken up again, a deleted one made anew."""
    known = plan.known.get("product", "")
    product = (_find_product(client, known) if known else None) or _look_around(client, plan)
    if product is None:
        return _new_product(client, plan)
    wanted = _description(plan)
    changes: Any = {name: value for name, value in wanted.items() if product[name] != value}
    if not product["active"]:
        changes["active"] = True
    if changes:
        # Stripe unsets what is sent empty.
        sent: Any = {name: "" if value is None else value for name, value in changes.items()}
        product = plain(client.v1.products.update(product["id"], sent))
    return product


def _description(plan: PlanPrices) -> dict[str, Any]:
    return {"name": plan.name, "description": plan.description or None, "metadata": _own(plan)}


def _own(plan: PlanPrices) -> dict[str, str]:
    return {PLAN: str(plan.plan_id), PLATFORM: settings.PLATFORM_URL}


def _find_product(client: stripe.StripeClient, product_id: str) -> Json | None:
    product = found(lambda: client.v1.products.retrieve(product_id))
    return None if product is None or product.get("deleted") else product


def _look_around(client: stripe.StripeClient, plan: PlanPrices) -> Json | None:
    """The product that was made when the answer got lost, by what it says of itself."""
    for one in client.v1.products.list({"active": True, "limit": PAGE}).auto_paging_iter():
        product = plain(one)
        if _is_ours(product, plan):
            return product
    return None


def _is_ours(product: Json, plan: PlanPrices) -> bool:
    metadata = product.get("metadata") or {}
    return all(metadata.get(name) == value for name, value in _own(plan).items())


def _new_product(client: stripe.StripeClient, plan: PlanPrices) -> Json:
    """Made under a key, so that two at once make one; a key whose product was deleted since is followed by another.

    Stripe repeats under a key for 24 hours what it answered first, be that trouble of its own or a deleted product.
    """
    params: Any = {name: value for name, value in _description(plan).items() if value}
    for number in range(TRIES):
        key = f"product:{digest([params, plan.known, plan.attempt])}:{number}"
        made = client.v1.products.create(params, {"idempotency_key": key})
        if product := _find_product(client, made.id):
            return product
    raise RuntimeError("Stripe made a product and does not know it.")


# Prices


def _find_price(client: stripe.StripeClient, price_id: str) -> Json | None:
    return found(lambda: client.v1.prices.retrieve(price_id))


def _prices(client: stripe.StripeClient, product_id: str, plan_id: int) -> list[Json]:
    """What we have made of prices for the product, archived ones, too. Others, made by hand, are nothing of ours."""
    page = client.v1.prices.list({"product": product_id, "limit": PAGE})
    prices = [plain(one) for one in page.auto_paging_iter()]
    return [one for one in prices if (one.get("metadata") or {}).get(PLAN) == str(plan_id)]


def _price(
    client: stripe.StripeClient, product_id: str, there: list[Json], plan: PlanPrices, cycle: str
) -> str:
    """The price of `cycle`: the one that is there, else an archived one that says the same, else a new one."""
    terms = _terms(plan, cycle)
    same = [one for one in there if _says(one, terms)]
    for price in sorted(same, key=lambda one: not one["active"]):
        if not price["active"]:
            client.v1.prices.update(price["id"], {"active": True})
        return str(price["id"])
    params: Any = {
        "product": product_id,
        "nickname": f"{plan.name}, {cycle}"[:100],
        "metadata": _own(plan) | {"cycle": cycle},
        **terms,
    }
    key = f"price:{digest([params, plan.attempt])}"
    return str(client.v1.prices.create(params, {"idempotency_key": key}).id)


def _terms(plan: PlanPrices, cycle: str) -> dict[str, Any]:
    return {
        "unit_amount": to_stripe(plan.amounts[cycle], plan.currency),
        "currency": plan.currency.lower(),
        "recurring": {"interval": INTERVALS[cycle]},
    }


def _says(price: Json, terms: dict[str, Any]) -> bool:
    rhythm = price.get("recurring") or {}
    return (
        price["unit_amount"] == terms["unit_amount"]
        and price["currency"] == terms["currency"]
        and rhythm.get("interval") == terms["recurring"]["interval"]
        and rhythm.get("interval_count") == 1
    )
