"""What a subscription is for: the terms of its plan with what it has of its own, and how that is shown."""

from copy import deepcopy
from decimal import Decimal

from sandbox.paypal.catalog import regular
from sandbox.paypal.errors import Json, invalid
from sandbox.paypal.money import parse, write
from sandbox.paypal.world import PayPalWorld, shown, stamp
from sandbox.stripe.cycles import boundary


def overridden(plan: Json, override: Json) -> Json:
    """The plan's terms with what this subscription has of its own: what is paid when it begins."""
    terms = deepcopy({k: plan[k] for k in ("billing_cycles", "product_id", "name")})
    terms["payment_preferences"] = deepcopy(plan.get("payment_preferences") or {})
    if set(override) - {"payment_preferences"}:
        raise invalid("/plan", "This double knows other payment preferences alone.")
    more = override.get("payment_preferences") or {}
    terms["payment_preferences"] |= more
    if "setup_fee" in more:
        terms["payment_preferences"]["setup_fee"] = parse(more["setup_fee"], "setup_fee")
    return terms


def currency_of(subscription: Json) -> str:
    money: Json = regular(subscription["_plan"])["pricing_scheme"]["fixed_price"]
    return str(money["currency_code"])


def due_at(subscription: Json) -> int:
    """When the next regular payment is due."""
    frequency = regular(subscription["_plan"])["frequency"]
    unit = frequency["interval_unit"].lower()
    return boundary(
        subscription["_begins"], unit, frequency.get("interval_count", 1), subscription["_number"]
    )


def whole(world: PayPalWorld, subscription: Json, fields: str = "") -> Json:
    """As PayPal shows it; `fields` names what it leaves out otherwise."""
    out = deepcopy(shown(subscription))
    if subscription["status"] in {"APPROVAL_PENDING", "APPROVED"}:
        wanted = fields.split(",")
        return out | ({"plan": subscription["_plan"]} if "plan" in wanted else {})
    info: Json = {
        "outstanding_balance": write(Decimal(subscription["_open"]), currency_of(subscription)),
        "failed_payments_count": subscription["_failures"],
    }
    if subscription["_last"]:
        info["last_payment"] = subscription["_last"]
    if subscription["_failed"] and "last_failed_payment" in fields:
        info["last_failed_payment"] = subscription["_failed"]
    if subscription["status"] == "ACTIVE":
        info["next_billing_time"] = stamp(due_at(subscription))
    out["billing_info"] = info
    if "plan" in fields.split(","):
        out["plan"] = deepcopy(subscription["_plan"])
        if later := subscription["_later"]:
            regular(out["plan"])["pricing_scheme"]["fixed_price"] = later["price"]
    return out


def take_up_price(world: PayPalWorld, subscription: Json) -> None:
    """A price that was announced in time is the price from now on."""
    later = subscription["_later"]
    if later and world.now() >= later["from"]:
        regular(subscription["_plan"])["pricing_scheme"]["fixed_price"] = later["price"]
        subscription["_later"] = None


def told(world: PayPalWorld, subscription: Json) -> Json:
    """As events have it."""
    return whole(world, subscription)
