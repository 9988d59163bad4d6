"""Subscription schedules: another price from the next period on."""

from sandbox.stripe.catalog import plan_of, take
from sandbox.stripe.cycles import boundary
from sandbox.stripe.errors import Json, StripeError
from sandbox.stripe.lifecycle import OVER, count_from, end, period, set_price
from sandbox.stripe.paging import matches, page
from sandbox.stripe.params import (
    flag,
    integer,
    merge_metadata,
    metadata,
    natural,
    one_of,
    required,
    text,
)
from sandbox.stripe.render import completer
from sandbox.stripe.routing import CREATED, PAGING, route
from sandbox.stripe.store import Store, new_id
from sandbox.stripe.subscriptions import PRORATION
from sandbox.stripe.world import World

END = one_of("release", "cancel")
PHASE = {
    "start_date": integer,
    "end_date": integer,
    "duration": {
        "interval": required(one_of("day", "week", "month", "year")),
        "interval_count": natural,
    },
    "items": required([{"price": required(text), "quantity": natural}]),
    "proration_behavior": PRORATION,
    "metadata": metadata,
}


@route("POST", "/v1/subscription_schedules", from_subscription=required(text))
def create_schedule(world: World, given: Json) -> Json:
    """A schedule with one phase: the subscription as it is, to the end of its period."""
    subscription = world.store.referred(
        "subscription", given["from_subscription"], "from_subscription"
    )
    if subscription["schedule"]:
        message = "You cannot migrate a subscription that is already attached to a schedule: "
        message += f"`{subscription['schedule']}`."
        raise StripeError(message, param="from_subscription")
    if subscription["status"] in OVER:
        raise StripeError("You cannot migrate a canceled subscription.", param="from_subscription")
    start, finish = period(subscription)
    phase = new_phase(
        {"items": subscription["items"]["data"], "metadata": {}},
        start,
        finish,
        subscription["currency"],
    )
    schedule = world.store.add(
        {
            "id": new_id("subscription_schedule"),
            "object": "subscription_schedule",
            "application": None,
            "billing_mode": {"flexible": None, "type": "classic"},
            "canceled_at": None,
            "completed_at": None,
            "created": world.now(),
            "current_phase": {"start_date": start, "end_date": finish},
            "customer": subscription["customer"],
            "customer_account": None,
            "default_settings": dict.fromkeys(SETTINGS) | {
                "billing_cycle_anchor": "automatic",
                "collection_method": "charge_automatically",
                "invoice_settings": {"issuer": {"type": "self"}},
            },
            "end_behavior": "release",
            "livemode": False,
            "metadata": {},
            "pause_schedules": [],
            "phases": [phase],
            "released_at": None,
            "released_subscription": None,
            "status": "active",
            "subscription": subscription["id"],
            "test_clock": None,
        }
    )  # fmt: skip
    subscription["schedule"] = schedule["id"]
    world.emit("subscription_schedule.created", schedule)
    return schedule


SETTINGS = (
    "application_fee_percent", "automatic_tax", "billing_thresholds", "default_payment_method", "description",
    "on_behalf_of", "transfer_data",
)  # fmt: skip
UNSET = (
    "application_fee_percent", "automatic_tax", "billing_cycle_anchor", "billing_thresholds", "collection_method",
    "default_payment_method", "description", "invoice_settings", "on_behalf_of", "transfer_data", "trial_end",
)  # fmt: skip


def new_phase(given: Json, start: int, finish: int, unit: str) -> Json:
    items = [
        {
            "billing_thresholds": None,
            "discounts": [],
            "metadata": {},
            "price": each["price"],
            "quantity": each.get("quantity", 1),
            "tax_rates": [],
        }
        for each in given["items"]
    ]
    return dict.fromkeys(UNSET) | {
        "add_invoice_items": [],
        "currency": unit,
        "default_tax_rates": [],
        "discounts": [],
        "end_date": finish,
        "items": items,
        "metadata": merge_metadata({}, given.get("metadata")),
        "proration_behavior": given.get("proration_behavior", "create_prorations"),
        "start_date": start,
    }


@completer("subscription_schedule")
def complete(store: Store, shown: Json) -> None:
    for phase in shown["phases"]:
        for item in phase["items"]:
            item["plan"] = plan_of(store.get("price", item["price"]))


@route("GET", "/v1/subscription_schedules/{}")
def retrieve_schedule(world: World, given: Json, key: str) -> Json:
    return world.store.get("subscription_schedule", key)


@route("GET", "/v1/subscription_schedules", PAGING, CREATED, customer=text)
def list_schedules(world: World, given: Json) -> Json:
    same = matches(given, "customer")
    return page(world, "subscription_schedule", given, "/v1/subscription_schedules", same)


@route(
    "POST", "/v1/subscription_schedules/{}", phases=[PHASE], end_behavior=END, metadata=metadata,
    proration_behavior=PRORATION,
)  # fmt: skip
def update_schedule(world: World, given: Json, key: str) -> Json:
    schedule = running(world, key, "update")
    phases = laid_out(world, schedule, given["phases"]) if "phases" in given else schedule["phases"]
    with world.changing(schedule, "subscription_schedule.updated"):
        plain = {
            name: value for name, value in given.items() if name in {"end_behavior", "metadata"}
        }
        take(schedule, plain | {"phases": phases})
    return schedule


def running(world: World, key: str, verb: str) -> Json:
    schedule = world.store.get("subscription_schedule", key)
    if schedule["status"] not in {"active", "not_started"}:
        message = f"You cannot {verb} a subscription schedule that is currently in the `{schedule['status']}` status."
        raise StripeError(f"{message} It must be `active` or `not_started`.")
    return schedule


def laid_out(world: World, schedule: Json, given: list[Json]) -> list[Json]:
    """The given phases with their times. The first must be the one that is running: the past does not change."""
    current = schedule["current_phase"]
    if not given or given[0].get("start_date") != current["start_date"]:
        message = "You can not modify the start date of the current phase. Send it first, with its `start_date`."
        raise StripeError(message, param="phases[0][start_date]")
    phases: list[Json] = []
    for number, each in enumerate(given):
        param = f"phases[{number}]"
        start = phases[-1]["end_date"] if phases else current["start_date"]
        if each.get("start_date", start) != start:
            message = "The phase must begin where the one before it ends."
            raise StripeError(message, param=f"{param}[start_date]")
        price = phase_price(world, each, f"{param}[items][0][price]")
        finish = phase_end(each, start, price["recurring"], param)
        phases.append(new_phase(each, start, finish, price["currency"]))
    return phases


def phase_price(world: World, given: Json, param: str) -> Json:
    if len(given["items"]) != 1:
        raise StripeError("This sandbox knows phases of one item.", param=param)
    price = world.store.referred("price", given["items"][0]["price"], param)
    if not price["recurring"]:
        raise StripeError(f"The price {price['id']} is not recurring.", param=param)
    return price


def phase_end(given: Json, start: int, rhythm: Json, param: str) -> int:
    """As given, else after one period of the phase's price."""
    if "end_date" in given and "duration" in given:
        raise StripeError("Pass only one of `end_date` and `duration`.", param=f"{param}[duration]")
    if "end_date" in given:
        if given["end_date"] <= start:
            raise StripeError("A phase must end after it begins.", param=f"{param}[end_date]")
        return int(given["end_date"])
    lasts = given.get("duration", rhythm)
    return boundary(start, lasts["interval"], lasts.get("interval_count", 1), 1)


@route("POST", "/v1/subscription_schedules/{}/release", preserve_cancel_date=flag)
def release_schedule(world: World, given: Json, key: str) -> Json:
    schedule = running(world, key, "release")
    release(world, schedule)
    return schedule


@route("POST", "/v1/subscription_schedules/{}/cancel", invoice_now=flag, prorate=flag)
def cancel_schedule(world: World, given: Json, key: str) -> Json:
    """Cancels the subscription with it, at once."""
    schedule = running(world, key, "cancel")
    subscription = world.store.get("subscription", schedule["subscription"])
    end(world, subscription, "cancellation_requested")
    return schedule


def release(world: World, schedule: Json) -> None:
    """The schedule lets go; the subscription goes on as it is."""
    subscription = world.store.get("subscription", schedule["subscription"])
    schedule |= {"status": "released", "released_at": world.now(), "current_phase": None}
    schedule |= {"released_subscription": subscription["id"], "subscription": None}
    subscription["schedule"] = None
    world.emit("subscription_schedule.released", schedule)


# On the clock


def phase_due(schedule: Json) -> int:
    """When the running phase ends."""
    return int(schedule["current_phase"]["end_date"])


def change_phase(world: World, schedule: Json) -> bool:
    """The running phase is over: enter the next one, or end the schedule as `end_behavior` says.

    True when the subscription's periods count anew from now, because the price has another interval.
    """
    now = world.now()
    following = next((each for each in schedule["phases"] if each["start_date"] == now), None)
    subscription = world.store.get("subscription", schedule["subscription"])
    if following is None:
        if schedule["end_behavior"] == "cancel":
            end(world, subscription, "cancellation_requested")
        else:
            release(world, schedule)
        return False
    item = following["items"][0]
    restarts = set_price(
        world, subscription, world.store.get("price", item["price"]), item["quantity"]
    )
    subscription["metadata"] = merge_metadata(subscription["metadata"], following["metadata"])
    if restarts:
        count_from(world, subscription, now)
    schedule["current_phase"] = {"start_date": now, "end_date": following["end_date"]}
    world.emit("subscription_schedule.updated", schedule)
    return restarts
