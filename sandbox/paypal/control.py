"""What PayPal has no API for: moving the clock, payers who cannot pay, disputes, faults, deliveries. See README.md."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from sandbox.paypal import disputes
from sandbox.paypal.billing import run_due
from sandbox.paypal.errors import Json, PayPalError
from sandbox.paypal.payments import refund
from sandbox.paypal.world import PayPalWorld, shown
from sandbox.stripe.clocks import MovableClock
from sandbox.stripe.control import Control
from sandbox.stripe.errors import StripeError
from sandbox.stripe.faults import Plan
from sandbox.stripe.webhooks import Courier

FUNDINGS = {"fail": "later", "work": "works"}


class PayPalControl(Control):
    """The levers of one sandbox; what is not here is as in Stripe's double."""

    world: PayPalWorld

    def __init__(self, world: PayPalWorld, plan: Plan, courier: Courier) -> None:
        super().__init__(world, plan, courier)

    def state(self, kind: str = "") -> Json:
        """How many objects there are of each kind, or, with `kind`, the objects."""
        with self.world.lock:
            if kind:
                return {"data": [shown(each) for each in self.world.store.all(kind)]}
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
            raise ValueError("This sandbox's clock is not its own to move.")
        with self.world.lock:
            clock.move_to(now)
            return run_due(self.world)

    def run_due(self) -> int:
        with self.world.lock:
            return run_due(self.world)

    def set_funding(self, subscription: str, behaviour: str) -> None:
        """From now on payments of the subscription `fail`, or `work`."""
        with self.world.lock:
            self.world.get("subscription", subscription)["_funding"] = FUNDINGS[behaviour]
            self.world.changes += 1

    def open_dispute(
        self, capture: str, amount: Json | None = None, stage: str = "CHARGEBACK"
    ) -> Json:
        with self.world.lock:
            return shown(disputes.open_dispute(self.world, capture, amount, stage))

    def escalate(self, key: str) -> Json:
        with self.world.lock:
            return shown(disputes.escalate(self.world, key))

    def end_dispute(self, key: str, outcome: str) -> Json:
        with self.world.lock:
            return shown(disputes.close_dispute(self.world, key, outcome))

    def give_back(self, capture: str, amount: Json | None = None) -> Json:
        """As if somebody refunded on PayPal's own pages."""
        with self.world.lock:
            return shown(refund(self.world, capture, amount))

    def act(self, method: str, path: str, given: Json, query: str) -> Json:
        """Carry out a request below `/_sandbox/`. Raises StripeError, whose answers the server knows."""
        try:
            match (method, *path.strip("/").split("/")):
                case ("GET", "state"):
                    return self.state(dict(parse_qsl(query)).get("type", ""))
                case ("POST", "disputes", key, "close"):
                    return self.end_dispute(key, **given)
                case ("POST", "disputes", key, "escalate"):
                    return self.escalate(key)
                case ("POST", "events", key, "redeliver"):
                    return {"queued": self.redeliver(key)}
                case ("POST", name) if name in self._levers():
                    result = self._levers()[name](given)
                    return result if isinstance(result, dict) else {"result": result}
        except PayPalError as refusal:
            raise StripeError(str(refusal), status=refusal.status) from None
        raise StripeError(f"No such lever: {method} {path}", status=404)

    def _levers(self) -> dict[str, Callable[[Json], Any]]:
        return {
            "clock": lambda given: self.move_clock(datetime.fromisoformat(given["now"])),
            "run_due": lambda given: self.run_due(),
            "deliver": lambda given: vars(self.deliver()),
            "faults": lambda given: self.plan_faults(given["faults"]),
            "funding": lambda given: self.set_funding(**given),
            "disputes": lambda given: self.open_dispute(**given),
            "refunds": lambda given: self.give_back(**given),
            "reset": lambda given: self.reset(),
        }
