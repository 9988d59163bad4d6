"""Money that goes back: refunds by the seller, chargebacks by the payer's bank."""

from decimal import Decimal

from sandbox.mercadopago.errors import Json, Refusal
from sandbox.mercadopago.payments import change, left_of, refunded_more
from sandbox.mercadopago.routing import Given, route
from sandbox.mercadopago.world import World, exact, figure, new_number, shown, written


@route("POST", "/v1/payments/{}/refunds", status=201)
def create_refund(world: World, given: Given, key: str) -> Json:
    payment = world.store.get("payment", key)
    amount = given.body.get("amount")
    return refund(world, payment, None if amount is None else exact(amount))


@route("GET", "/v1/payments/{}/refunds")
def list_refunds(world: World, given: Given, key: str) -> list[Json]:
    payment = world.store.get("payment", key)
    return [shown(one) for one in world.store.all("refund", payment_id=payment["id"])]


@route("GET", "/v1/payments/{}/refunds/{}")
def retrieve_refund(world: World, given: Given, key: str, refund_key: str) -> Json:
    found = world.store.get("refund", refund_key)
    if str(found["payment_id"]) != key:
        raise Refusal("Refund not found", status=404)
    return shown(found)


@route("GET", "/v1/chargebacks/{}")
def retrieve_chargeback(world: World, given: Given, key: str) -> Json:
    return shown(world.store.get("chargeback", key))


@route("GET", "/users/me")
def retrieve_account(world: World, given: Given) -> Json:
    return {
        "id": world.settings.collector_id,
        "nickname": world.settings.business.upper().replace(" ", ""),
        "email": "sandbox@example.com",
        "site_id": world.settings.site,
        "country_id": "BR",
    }


def refund(world: World, payment: Json, amount: Decimal | None) -> Json:
    """So much of it goes back, all that is left by default. Raises Refusal."""
    left = left_of(payment)
    amount = left if amount is None else amount
    if payment["status"] != "approved":
        raise Refusal("The action requested is not valid for the current payment state")
    if not 0 < amount <= left:
        raise Refusal("Amount for refund is invalid", causes=(f"{left} are left.",))
    made = world.store.add(
        "refund",
        {
            "id": new_number(10),
            "payment_id": payment["id"],
            "amount": figure(amount),
            "metadata": {},
            "source": {
                "id": str(world.settings.collector_id),
                "name": world.settings.business,
                "type": "collector",
            },
            "date_created": written(world.moment()),
            "unique_sequence_number": "",
            "refund_mode": "standard",
            "adjustment_amount": 0,
            "status": "approved",
            "reason": None,
            "label": None,
            "partition_details": [],
        },
    )
    refunded_more(payment, amount)
    is_whole = not left_of(payment)
    state = ("refunded", "refunded") if is_whole else ("approved", "partially_refunded")
    change(world, payment, *state)
    return shown(made)


def open_chargeback(world: World, payment: Json) -> Json:
    """The payer's bank takes the money back, until it is decided who is right. Raises Refusal."""
    if payment["status"] != "approved":
        raise Refusal("Only an approved payment can be charged back")
    now = written(world.moment())
    made = world.store.add(
        "chargeback",
        {
            "id": str(new_number(18)),
            "payments": [{"id": payment["id"]}],
            "currency": payment["currency_id"],
            "amount": payment["transaction_amount"],
            "coverage_applied": False,
            "coverage_elegible": True,
            "documentation_required": True,
            "documentation_status": "not_supplied",
            "date_created": now,
            "date_last_updated": now,
        },
    )
    change(world, payment, "charged_back", "in_process")
    world.notify("chargebacks", made["id"])
    return made


def close_chargeback(world: World, chargeback: Json, status: str) -> None:
    """`status`: won or lost, from the seller's side."""
    payment = world.store.get("payment", chargeback["payments"][0]["id"])
    chargeback["date_last_updated"] = written(world.moment())
    change(world, payment, "charged_back", "reimbursed" if status == "won" else "settled")
    world.notify("chargebacks", chargeback["id"])
