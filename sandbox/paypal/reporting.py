"""The search of transactions. PayPal lists them some hours late, this double at once."""

from datetime import datetime
from typing import Any

from sandbox.paypal.errors import Json, PayPalError
from sandbox.paypal.routing import route
from sandbox.paypal.world import PayPalWorld, stamp
from sandbox.stripe.cycles import DAY, seconds


@route(
    "GET", "/v1/reporting/transactions", "start_date end_date transaction_status fields page_size page"
)  # fmt: skip
def search(world: PayPalWorld, given: Json) -> Json:
    first, last = (seconds(datetime.fromisoformat(given[n])) for n in ("start_date", "end_date"))
    if last - first > 31 * DAY or first > last:
        raise PayPalError("INVALID_REQUEST", "Date range is greater than 31 days", status=400)
    if last > world.now():
        raise PayPalError("INVALID_REQUEST", "The end date is in the future.", status=400)
    every = [each for each in transactions(world) if first <= each["_at"] <= last]
    every.sort(key=lambda each: each["_at"])
    size, page = int(given.get("page_size", 100)), int(given.get("page", 1))
    some = every[(page - 1) * size : page * size]
    return {
        "transaction_details": [{"transaction_info": without(each)} for each in some],
        "total_items": len(every),
        "total_pages": max(-(-len(every) // size), 1),
        "page": page,
    }


def transactions(world: PayPalWorld) -> list[Json]:
    captures = [in_(each) for each in world.store.all("capture")]
    return captures + [out(world, each) for each in world.store.all("refund")]


def in_(capture: Json) -> Json:
    agreement = capture.get("_subscription")
    return info(
        capture,
        "T0002" if agreement else "T0006",
        capture["amount"],
        paypal_reference_id=agreement or capture["_order"],
        paypal_reference_id_type="SUB" if agreement else "ODR",
        custom_field=capture["custom_id"],
    )


def out(world: PayPalWorld, refund: Json) -> Json:
    amount = refund["amount"] | {"value": f"-{refund['amount']['value']}"}
    custom = world.get("capture", refund["_capture"])["custom_id"]
    return info(
        refund,
        "T1107",
        amount,
        paypal_reference_id=refund["_capture"],
        paypal_reference_id_type="TXN",
        custom_field=custom,
    )


def info(obj: Json, code: str, amount: Json, **more: Any) -> Json:
    at = stamp(obj["_at"]).replace("Z", "+0000")
    return {
        "transaction_id": obj["id"],
        "transaction_event_code": code,
        "transaction_initiation_date": at,
        "transaction_updated_date": at,
        "transaction_amount": amount,
        "transaction_status": "S",
        "_at": obj["_at"],
        **more,
    }


def without(each: Json) -> Json:
    return {k: v for k, v in each.items() if not k.startswith("_")}
