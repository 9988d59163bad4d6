"""Payments: what became of a preference, any number of times."""

from typing import Any

from sandbox.mercadopago.errors import Json, Refusal
from sandbox.mercadopago.routing import Given, page, route
from sandbox.mercadopago.world import World, exact, figure, new_number, read_time, shown, written

RANGES = ("date_created", "date_last_updated", "money_release_date")
OPEN = {"pending", "in_process", "authorized"}
DEEPEST = 10_000
"""From where on a list goes no further by its numbers."""


@route("GET", "/v1/payments/search")
def search_payments(world: World, given: Given) -> Json:
    asked = given.query
    rows = [shown(one) for one in world.store.all("payment")]
    for name in ("external_reference", "status"):
        rows = [one for one in rows if asked.get(name) in {None, one[name]}]
    if field := asked.get("range"):
        rows = [one for one in rows if is_between(one, field, asked)]
    if int(asked.get("offset", 0)) >= DEEPEST:
        raise Refusal("offset invalid")
    order = asked.get("sort", "date_created")
    rows.sort(
        key=lambda one: (
            read_time(one[order]) if order.startswith("date") else one[order],
            one["id"],
        ),
        reverse=asked.get("criteria") == "desc",
    )
    return page(rows, given, "results")


def is_between(payment: Json, field: str, asked: Any) -> bool:
    if field not in RANGES:
        raise Refusal("range invalid")
    moment = payment.get(field)
    if moment is None:
        return False
    first, last = asked.get("begin_date"), asked.get("end_date")
    return not (
        (first and read_time(moment) < read_time(first))
        or (last and read_time(moment) > read_time(last))
    )


@route("GET", "/v1/payments/{}")
def retrieve_payment(world: World, given: Given, key: str) -> Json:
    return shown(world.store.get("payment", key))


@route("PUT", "/v1/payments/{}")
def update_payment(world: World, given: Given, key: str) -> Json:
    payment = world.store.get("payment", key)
    if given.body.get("status") == "cancelled":
        if payment["status"] not in OPEN:
            raise Refusal("You cannot cancel this payment", causes=(f"It is {payment['status']}.",))
        change(world, payment, "cancelled", "by_collector")
    elif given.body.get("capture") is True:
        if payment["status"] != "authorized":
            raise Refusal("You cannot capture this payment")
        approve(world, payment)
    return shown(payment)


def open_payment(world: World, preference: Json, method: Json, **more: Any) -> Json:
    """Somebody has pressed Pay: a payment of the whole preference, in whatever state `more` says."""
    item = preference["items"][0]
    now = written(world.moment())
    amount = preference["total_amount"]
    payment = {
        "id": new_number(11),
        "date_created": now,
        "date_approved": None,
        "date_last_updated": now,
        "date_of_expiration": None,
        "money_release_date": None,
        "operation_type": "regular_payment",
        "issuer_id": None,
        "status": "pending",
        "status_detail": "",
        "currency_id": item.get("currency_id", "BRL"),
        "description": item["title"],
        "live_mode": False,
        "collector_id": world.settings.collector_id,
        "payer": {"id": "987654321", "email": (preference.get("payer") or {}).get("email", "payer@example.com"),
                  "identification": {"type": "CPF", "number": "12345678909"}, "type": "registered"},
        "transaction_amount": amount,
        "transaction_amount_refunded": 0,
        "coupon_amount": 0,
        "transaction_details": {"net_received_amount": 0, "total_paid_amount": amount, "overpaid_amount": 0},
        "captured": True,
        "binary_mode": bool(preference.get("binary_mode")),
        "installments": 1,
        "external_reference": preference["external_reference"],
        "metadata": {},
        "_preference": preference["id"],
        **method,
        **more,
    }  # fmt: skip
    world.store.add("payment", payment)
    if payment["status"] == "approved":
        settle(world, payment)
    tell(world, payment, "payment.created")
    return payment


def settle(world: World, payment: Json) -> None:
    payment["date_approved"] = payment["money_release_date"] = written(world.moment())
    payment["transaction_details"]["net_received_amount"] = payment["transaction_amount"]


def approve(world: World, payment: Json) -> None:
    """What was waited for has come."""
    settle(world, payment)
    change(world, payment, "approved", "accredited")


def change(world: World, payment: Json, status: str, detail: str) -> None:
    """The payment is in another state, and that is told."""
    payment |= {
        "status": status,
        "status_detail": detail,
        "date_last_updated": written(world.moment()),
    }
    tell(world, payment, "payment.updated")


def tell(world: World, payment: Json, action: str) -> None:
    preference = world.store.find("preference", payment["_preference"]) or {}
    url = preference.get("notification_url", "")
    world.notify("payment", payment["id"], action=action, url=url)


def left_of(payment: Json) -> Any:
    return exact(payment["transaction_amount"]) - exact(payment["transaction_amount_refunded"])


def refunded_more(payment: Json, amount: Any) -> None:
    payment["transaction_amount_refunded"] = figure(
        exact(payment["transaction_amount_refunded"]) + amount
    )
