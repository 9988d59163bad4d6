"""What Stripe has no API for: moving the clock, failing cards, disputes, faults, deliveries. Paths: README.md."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qsl

from sandbox.stripe.clocks import MovableClock
from sandbox.stripe.due import run_due
from sandbox.stripe.errors import Json, StripeError
from sandbox.stripe.faults import Fault, Plan
from sandbox.stripe.idempotency import Flights
from sandbox.stripe.refunds import close_dispute, create_refund, open_dispute
from sandbox.stripe.render import show
from sandbox.stripe.webhooks import Courier, Outcome
from sandbox.stripe.world import World

BEHAVIOURS = ("fail", "work")


class Control:
    """The levers of one sandbox; each is a method here and an address below `/_sandbox/`."""

    def __init__(self, world: World, plan: Plan, courier: Courier) -> None:
        self.world, self.plan, self.courier = world, plan, courier
        self.flights = Flights()

    # Levers

    def state(self, kind: str = "") -> Json:
        """How many objects there are of each kind, or, with `kind`, the objects."""
        with self.world.lock:
            if kind:
                return {
                    "data": [show(self.world.store, each) for each in self.world.store.all(kind)]
                }
            counts = {name: len(rows) for name, rows in self.world.store.objects.items()}
            return {
                "now": self.world.now(),
                "counts": counts,
                "pending_deliveries": len(self.world.deliveries),
                "faults": self.plan.listed(),
            }

    def move_clock(self, now: datetime) -> int:
        """Move the tests' clock, and carry out what is due then. How many things that were."""
        clock = self.world.clock
        if not isinstance(clock, MovableClock):
            raise StripeError("This sandbox's clock is not its own to move.")
        with self.world.lock:
            clock.move_to(now)
            return run_due(self.world)

    def run_due(self) -> int:
        with self.world.lock:
            return run_due(self.world)

    def deliver(self) -> Outcome:
        return self.courier.deliver()

    def fault(self, kind: str, **details: object) -> None:
        """See faults.py. Raises ValueError for an unknown kind, TypeError for an unknown detail."""
        self.plan.add(Fault(kind, **details))  # type: ignore[arg-type]

    def plan_faults(self, faults: list[Json]) -> int:
        """Several at once; how many those are."""
        for each in faults:
            self.fault(**each)
        return len(faults)

    def set_cards(self, customer: str, behaviour: str) -> None:
        """From now on charges of the customer's saved cards `fail`, or `work`, whatever the card is."""
        if behaviour not in BEHAVIOURS:
            raise ValueError(f"behaviour is one of {', '.join(BEHAVIOURS)}.")
        with self.world.lock:
            self.world.store.get("customer", customer)["_behaviour"] = behaviour
            self.world.changes += 1

    def dispute(
        self, payment_intent: str, amount: int | None = None, reason: str = "fraudulent"
    ) -> Json:
        wish = {"payment_intent": payment_intent, "amount": amount, "reason": reason}
        with self.world.lock:
            return show(self.world.store, open_dispute(self.world, wish))

    def close_dispute(self, key: str, status: str) -> Json:
        """`status`: won or lost, from the merchant's side."""
        if status not in {"won", "lost"}:
            raise ValueError("status is won or lost.")
        with self.world.lock:
            dispute = self.world.store.get("dispute", key)
            close_dispute(self.world, dispute, status)
            return show(self.world.store, dispute)

    def refund(self, payment_intent: str, amount: int | None = None) -> Json:
        """As if somebody refunded in Stripe's dashboard."""
        wish = {"payment_intent": payment_intent, "amount": amount}
        with self.world.lock:
            return show(self.world.store, create_refund(self.world, wish))

    def redeliver(self, key: str) -> int:
        """The event is queued again for every endpoint. How many those are."""
        with self.world.lock:
            event = self.world.store.get("event", key)
            endpoints = self.world.store.all("webhook_endpoint", status="enabled")
            for endpoint in endpoints:
                self.world.queue(event, endpoint)
            return len(endpoints)

    def reset(self) -> None:
        """Forget everything but the webhook endpoints."""
        with self.world.lock:
            endpoints = self.world.store.objects.get("webhook_endpoint", {})
            self.world.store.objects = {"webhook_endpoint": endpoints}
            self.world.deliveries.clear()
            self.world.answers.clear()
            self.plan.clear()
            self.world.changes += 1

    # Addresses

    def act(self, method: str, path: str, given: Json, query: str) -> Json:
        """Carry out a request below `/_sandbox/`. Raises StripeError 404 for an unknown address."""
        match (method, *path.strip("/").split("/")):
            case ("GET", "state"):
                return self.state(dict(parse_qsl(query)).get("type", ""))
            case ("POST", "disputes", key, "close"):
                return self.close_dispute(key, **given)
            case ("POST", "events", key, "redeliver"):
                return {"queued": self.redeliver(key)}
            case ("POST", name) if name in self._posts():
                result = self._posts()[name](given)
                return result if isinstance(result, dict) else {"result": result}
        raise StripeError(f"No such lever: {method} {path}", status=404)

    def _posts(self) -> dict[str, Callable[[Json], object]]:
        return {
            "clock": lambda given: self.move_clock(datetime.fromisoformat(given["now"])),
            "run_due": lambda given: self.run_due(),
            "deliver": lambda given: vars(self.deliver()),
            "faults": lambda given: self.plan_faults(given["faults"]),
            "cards": lambda given: self.set_cards(**given),
            "disputes": lambda given: self.dispute(**given),
            "refunds": lambda given: self.refund(**given),
            "reset": lambda given: self.reset(),
        }
