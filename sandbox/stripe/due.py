"""What time brings: expiries, renewals, retries and changes of phase, carried out in the order of their times."""

from collections.abc import Callable, Iterator

from sandbox.stripe.checkout import expire
from sandbox.stripe.collecting import attempt
from sandbox.stripe.errors import Json
from sandbox.stripe.invoices import draw_up
from sandbox.stripe.lifecycle import OVER, end, next_period, period
from sandbox.stripe.schedules import change_phase, phase_due
from sandbox.stripe.world import World

FIRST_PAYMENT = (
    23 * 60 * 60
)  # an incomplete subscription waits so long; https://docs.stripe.com/billing/subscriptions/overview
Step = Callable[[World, Json], None]


def run_due(world: World, until: int | None = None) -> int:
    """Carry out everything that is due at `until` (now), each thing at its own time. How many things that were."""
    last, done = world.now() if until is None else until, 0
    before: tuple[int, int, str] | None = None
    while step := next_step(world, last):
        moment, rank, act, obj = step
        if before == (before := (moment, rank, obj["id"])):
            raise RuntimeError(f"{obj['id']} is still due at {moment} after it was carried out.")
        with world.at(moment):
            act(world, obj)
        world.changes += 1
        done += 1
    return done


def next_step(world: World, last: int) -> tuple[int, int, Step, Json] | None:
    """The earliest due thing; at the same second in the order of `due`, then of creation."""
    steps = (step for step in due(world) if step[0] <= last)
    return min(steps, key=lambda step: step[:2], default=None)


def due(world: World) -> Iterator[tuple[int, int, Step, Json]]:
    """Everything that waits for a time: when, rank, what is done, to what."""
    for session in world.store.all("checkout.session", status="open"):
        yield session["expires_at"], 0, expire, session
    for invoice in world.store.all("invoice", status="open"):
        if invoice["next_payment_attempt"] is not None:
            yield invoice["next_payment_attempt"], 1, retry, invoice
    for subscription in world.store.all("subscription"):
        if subscription["status"] == "incomplete":
            yield subscription["created"] + FIRST_PAYMENT, 2, give_up, subscription
        elif subscription["status"] not in OVER:
            yield subscription_due(world, subscription), 3, turn, subscription


def subscription_due(world: World, subscription: Json) -> int:
    """The end of the period, or of a schedule's phase that ends earlier."""
    schedule = world.store.find("subscription_schedule", subscription["schedule"])
    finish = period(subscription)[1]
    return min(finish, phase_due(schedule)) if schedule else finish


def retry(world: World, invoice: Json) -> None:
    attempt(world, invoice)


def give_up(world: World, subscription: Json) -> None:
    """The first payment never came."""
    invoice = world.store.get("invoice", subscription["latest_invoice"])
    invoice |= {"status": "void"}
    invoice["status_transitions"]["voided_at"] = world.now()
    world.emit("invoice.voided", invoice)
    end(world, subscription, "payment_failed", status="incomplete_expired")


def turn(world: World, subscription: Json) -> None:
    """A period or a phase is over: change the phase, then end or renew the subscription."""
    with world.changing(subscription, "customer.subscription.updated"):
        schedule = world.store.find("subscription_schedule", subscription["schedule"])
        restarted = bool(
            schedule and phase_due(schedule) == world.now() and change_phase(world, schedule)
        )
        renews = restarted or (
            subscription["status"] not in OVER and period(subscription)[1] == world.now()
        )
        if renews and not subscription["cancel_at_period_end"]:
            if not restarted:
                next_period(world, subscription)
            if subscription["status"] == "trialing":
                subscription["status"] = "active"
    if not renews:
        return
    if subscription["cancel_at_period_end"]:
        end(world, subscription, subscription["cancellation_details"]["reason"])
    else:
        attempt(world, draw_up(world, subscription, "subscription_cycle"))
