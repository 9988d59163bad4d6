"""Plans as PayPal's products, their prices as PayPal's billing plans.

A price that has changed is another billing plan, and the one before it is deactivated: subscriptions that were bought
at it go on, and nobody can buy it any more. Everything is looked for before it is made, so that doing it again, after
an answer that was lost or for a plan that is as it was, makes nothing twice.
"""

import hashlib
from typing import Any

from django.conf import settings

from billing.gateways.base import PlanPrices
from billing.gateways.paypal import facts
from billing.gateways.paypal.amounts import to_paypal
from billing.gateways.paypal.checkout import LONGEST, digest
from billing.gateways.paypal.client import Client, Json, Refused

UNITS = {"monthly": "MONTH", "annual": "YEAR"}
PAGE = 20
MOST_FAILURES = 3
"""Payments in a row that may fail before PayPal suspends a subscription; it tries every five days."""
PRODUCTS, PLANS = "/v1/catalogs/products", "/v1/billing/plans"


def sync_plan(client: Client, plan: PlanPrices) -> dict[str, str]:
    """Product and prices are as `plan` says; {"product": …, "monthly": …, "annual": …}, without what is not offered."""
    product_id = _product(client, plan)
    there = _prices(client, product_id)
    ids = {"product": product_id}
    for cycle, amount in plan.amounts.items():
        if amount > 0:
            ids[cycle] = _price(client, product_id, there, plan, cycle)
    for one in there:
        if one["status"] == "ACTIVE" and one["id"] not in ids.values() and _is_ours(one):
            _deactivate(client, one["id"])
    return ids


def archive_plan(client: Client, known: dict[str, str]) -> None:
    """Nobody can buy at these prices any more. What is not there is fine; a product has no end at PayPal."""
    for price_id in (known[cycle] for cycle in UNITS if known.get(cycle)):
        found = client.find(f"{PLANS}/{price_id}")
        if found and found["status"] == "ACTIVE":
            _deactivate(client, price_id)


def _deactivate(client: Client, price_id: str) -> None:
    try:
        client.post(f"{PLANS}/{price_id}/deactivate")
    except Refused:
        stands = client.find(f"{PLANS}/{price_id}")
        if stands and stands["status"] == "ACTIVE":
            raise


# Products


def _product(client: Client, plan: PlanPrices) -> str:
    """The plan's product, under a name of our own, so that it is found again. Its name is for ourselves alone."""
    known = plan.known.get("product", "")
    for name in filter(None, (known, product_id_of(plan.plan_id))):
        if client.find(f"{PRODUCTS}/{name}"):
            return name
    name = product_id_of(plan.plan_id)
    body = {"id": name, "name": plan.name[:LONGEST], "type": "SERVICE", "category": "SOFTWARE"}
    key = f"product:{name}:{digest([body, plan.attempt])}"
    try:
        return str(client.post(PRODUCTS, body, key=key)["id"])
    except Refused:
        if client.find(f"{PRODUCTS}/{name}"):  # somebody was faster
            return name
        raise


def product_id_of(plan_id: int) -> str:
    """Several installations may share one account: the name has the platform's address in it."""
    mark = hashlib.sha256(settings.PLATFORM_URL.encode()).hexdigest()[:10].upper()
    return f"TENANTRY-{mark}-{plan_id}"


# Prices


def _prices(client: Client, product_id: str) -> list[Json]:
    """Every billing plan of the product, those that nobody can buy any more, too."""
    found: list[Json] = []
    page = 1
    while True:
        params = {"product_id": product_id, "page_size": PAGE, "page": page}
        some = client.get(PLANS, params).get("plans") or []
        found += some
        if len(some) < PAGE:
            return found
        page += 1


def _price(client: Client, product_id: str, there: list[Json], plan: PlanPrices, cycle: str) -> str:
    """The price of `cycle`: the one that is there, else one from before that says the same, else a new one."""
    terms = _cycle(plan, cycle)
    same = [one for one in there if _says(one, terms)]
    for price in sorted(same, key=lambda one: one["status"] != "ACTIVE"):
        if price["status"] != "ACTIVE":
            client.post(f"{PLANS}/{price['id']}/activate")
        _describe(client, price, plan, cycle)
        return str(price["id"])
    body = {
        "product_id": product_id,
        "status": "ACTIVE",
        **_words(plan, cycle),
        "billing_cycles": [terms],
        "payment_preferences": {
            # What could not be collected is not added to the next payment: that would be another amount.
            "auto_bill_outstanding": False,
            "payment_failure_threshold": MOST_FAILURES,
        },
    }
    key = f"price:{digest([body, plan.attempt])}"
    return str(client.post(PLANS, body, key=key)["id"])


def _words(plan: PlanPrices, cycle: str) -> dict[str, str]:
    """What the payer reads."""
    words = {"name": f"{plan.name}, {cycle}"[:LONGEST]}
    return words | ({"description": plan.description[:LONGEST]} if plan.description else {})


def _is_ours(price: Json) -> bool:
    """Not one that was added to the product by hand: ours are named by their cycle."""
    return str(price.get("name") or "").endswith(tuple(f", {cycle}" for cycle in UNITS))


def _describe(client: Client, price: Json, plan: PlanPrices, cycle: str) -> None:
    changes = [
        {"op": "replace", "path": f"/{name}", "value": value}
        for name, value in _words(plan, cycle).items()
        if price.get(name) != value
    ]
    if changes:
        client.patch(f"{PLANS}/{price['id']}", changes)


def _cycle(plan: PlanPrices, cycle: str) -> dict[str, Any]:
    return {
        "frequency": {"interval_unit": UNITS[cycle], "interval_count": 1},
        "tenure_type": "REGULAR",
        "sequence": 1,
        "total_cycles": 0,
        "pricing_scheme": {"fixed_price": to_paypal(plan.amounts[cycle], plan.currency)},
    }


def _says(price: Json, terms: dict[str, Any]) -> bool:
    if not price.get("billing_cycles") or len(price["billing_cycles"]) != 1:
        return False
    theirs = facts.regular_cycle(price)
    frequency = theirs["frequency"]
    asked = terms["pricing_scheme"]["fixed_price"]
    money = theirs["pricing_scheme"]["fixed_price"]
    return (
        frequency["interval_unit"] == terms["frequency"]["interval_unit"]
        and int(frequency.get("interval_count") or 1) == 1
        and money["currency_code"] == asked["currency_code"]
        and float(money["value"]) == float(asked["value"])
    )
