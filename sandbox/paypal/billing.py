"""What time brings: orders that are forgotten, renewals, tries of failed payments; each at its own time."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from sandbox.paypal.catalog import regular
from sandbox.paypal.errors import Json
from sandbox.paypal.money import decimal, write
from sandbox.paypal.orders import expire
from sandbox.paypal.subscriptions import can_pay, move, pay_open, take
from sandbox.paypal.terms import currency_of, due_at, take_up_price, told
from sandbox.paypal.world import PayPalWorld, stamp
from sandbox.stripe.cycles import DAY

RETRY = 5 * DAY
Step = Callable[[PayPalWorld, Json], None]


def run_due(world: PayPalWorld) -> int:
    """Carry out everything that is due now, in the order of its times. How many things that were."""
    last, done = world.now(), 0
    while step := min((s for s in due(world) if s[0] <= last), key=lambda s: s[:2], default=None):
        moment, _rank, act, obj = step
        with world.at(moment):
            act(world, obj)
        world.changes += 1
        done += 1
    return done


def due(world: PayPalWorld) -> Iterator[tuple[int, int, Step, Json]]:
    for order in world.store.all("order"):
        if order["status"] != "COMPLETED":
            yield order["_until"], 0, expire, order
    for subscription in world.store.all("subscription"):
        if subscription["status"] == "ACTIVE" and subscription["_retry_at"]:
            yield subscription["_retry_at"], 1, retry, subscription
        if subscription["status"] in {"ACTIVE", "SUSPENDED"}:
            yield due_at(subscription), 2, renew, subscription


def renew(world: PayPalWorld, subscription: Json) -> None:
    """The next cycle begins. Of one that is suspended nothing is taken for it, then or later."""
    take_up_price(world, subscription)
    subscription["_number"] += 1
    if subscription["status"] == "SUSPENDED":
        return
    price = regular(subscription["_plan"])["pricing_scheme"]["fixed_price"]
    if can_pay(subscription):
        take(world, subscription, price)
        subscription["_failures"] = 0
        return
    subscription["_open"] = str(Decimal(subscription["_open"]) + decimal(price))
    fail(world, subscription)


def retry(world: PayPalWorld, subscription: Json) -> None:
    subscription["_retry_at"] = 0
    if can_pay(subscription):
        pay_open(world, subscription)
    else:
        fail(world, subscription)


def fail(world: PayPalWorld, subscription: Json) -> None:
    """Not paid: tried again after five days, or suspended when it has failed too often."""
    subscription["_failures"] += 1
    most = subscription["_plan"]["payment_preferences"].get("payment_failure_threshold", 0)
    is_last = bool(most) and subscription["_failures"] >= most
    subscription["_retry_at"] = 0 if is_last else world.now() + RETRY
    failed = {
        "amount": write(Decimal(subscription["_open"]), currency_of(subscription)),
        "time": stamp(world.now()),
        "reason_code": "PAYER_CANNOT_PAY",
    }
    if not is_last:
        failed["next_payment_retry_time"] = stamp(subscription["_retry_at"])
    subscription["_failed"] = failed
    world.emit("BILLING.SUBSCRIPTION.PAYMENT.FAILED", told(world, subscription))
    if is_last:
        move(world, subscription, ("ACTIVE",), "SUSPENDED")
