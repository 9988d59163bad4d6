"""What Mercado Pago has no API for: moving the clock, slips that are paid, chargebacks, faults, deliveries."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from urllib.parse import parse_qsl

from sandbox.mercadopago.courier import Courier
from sandbox.mercadopago.errors import Json, Refusal
from sandbox.mercadopago.paying import pay, pay_slip, run_due
from sandbox.mercadopago.payments import approve
from sandbox.mercadopago.refunds import close_chargeback, open_chargeback, refund
from sandbox.mercadopago.world import World, exact, shown
from sandbox.stripe.clocks import MovableClock
from sandbox.stripe.faults import Fault, Plan
from sandbox.stripe.webhooks import Outcome


class Control:
    """The levers of one sandbox; each is a method here and an address below `/_sandbox/`."""

    def __init__(self, world: World, plan: Plan, courier: Courier) -> None:
        self.world, self.plan, self.courier = world, plan, courier

    def state(self, kind: str = "") -> Json:
        """How many objects there are of each kind, or, with `kind`, the objects."""
        with self.world.lock:
            if kind:
                return {"data": [shown(one) for one in self.world.store.all(kind)]}
            return {
                "now": self.world.now(),
                "counts": {name: len(rows) for name, rows in self.world.store.objects.items()},
                "pending_deliveries": len(self.world.deliveries),
                "faults": self.plan.listed(),
                "complaints": list(self.world.complaints),
            }

    def move_clock(self, now: datetime) -> int:
        """Move the tests' clock, and carry out what is due then. How many things that were."""
        clock = self.world.clock
        if not isinstance(clock, MovableClock):
            raise Refusal("This sandbox's clock is not its own to move.")
        with self.world.lock:
            clock.move_to(now)
            return run_due(self.world)

    def run_due(self) -> int:
        with self.world.lock:
            return run_due(self.world)

    def deliver(self) -> Outcome:
        return self.courier.deliver()

    def fault(self, kind: str, **details: object) -> None:
        """See sandbox/stripe/faults.py. Raises ValueError for an unknown kind, TypeError for an unknown detail."""
        self.plan.add(Fault(kind, **details))  # type: ignore[arg-type]

    def plan_faults(self, faults: list[Json]) -> int:
        for each in faults:
            self.fault(**each)
        return len(faults)

    def pay(self, preference: str, method: str = "visa") -> Json:
        """As if somebody had pressed Pay on its page, open or not."""
        with self.world.lock:
            self.world.changes += 1
            return shown(pay(self.world, self.world.store.get("preference", preference), method))

    def pay_slip(self, payment: object) -> None:
        with self.world.lock:
            self.world.changes += 1
            pay_slip(self.world, self.world.store.get("payment", payment))

    def approve(self, payment: object) -> None:
        """A review has come to a good end."""
        with self.world.lock:
            self.world.changes += 1
            approve(self.world, self.world.store.get("payment", payment))

    def refund(self, payment: object, amount: float | Decimal | None = None) -> Json:
        """As if somebody refunded in Mercado Pago's own console."""
        with self.world.lock:
            self.world.changes += 1
            found = self.world.store.get("payment", payment)
            return refund(self.world, found, None if amount is None else exact(amount))

    def chargeback(self, payment: object) -> Json:
        with self.world.lock:
            self.world.changes += 1
            return shown(open_chargeback(self.world, self.world.store.get("payment", payment)))

    def close_chargeback(self, key: str, status: str) -> Json:
        """`status`: won or lost, from the seller's side."""
        if status not in {"won", "lost"}:
            raise ValueError("status is won or lost.")
        with self.world.lock:
            self.world.changes += 1
            found = self.world.store.get("chargeback", key)
            close_chargeback(self.world, found, status)
            return shown(found)

    def redeliver(self, key: str) -> int:
        """The notification is queued again."""
        with self.world.lock:
            event = self.world.store.get("event", key)
            endpoints = self.world.store.all("webhook_endpoint")
            for endpoint in endpoints:
                self.world.queue(event, endpoint)
            return len(endpoints)

    def reset(self) -> None:
        """Forget everything but where notifications go."""
        with self.world.lock:
            kept = self.world.store.objects.get("webhook_endpoint", {})
            self.world.store.objects = {"webhook_endpoint": kept}
            self.world.deliveries.clear()
            self.world.answers.clear()
            self.world.complaints.clear()
            self.plan.clear()
            self.world.changes += 1

    # Addresses

    def act(self, method: str, path: str, given: Json, query: str) -> Json:
        """Carry out a request below `/_sandbox/`. Raises Refusal 404 for an unknown address."""
        steps = path.strip("/").split("/")
        if (method, steps) == ("GET", ["state"]):
            return self.state(dict(parse_qsl(query)).get("type", ""))
        lever: Callable[..., object] | None = None
        if method == "POST":
            lever = self._levers().get("/".join((steps[0], *steps[2:])))
        if lever is None:
            raise Refusal(f"No such lever: {method} {path}", status=404)
        result = lever(*steps[1:2], **given)
        return result if isinstance(result, dict) else {"result": result}

    def _levers(self) -> dict[str, Callable[..., object]]:
        """By address, where the id of what it is about is left out."""
        return {
            "clock": lambda now: self.move_clock(datetime.fromisoformat(now)),
            "run_due": self.run_due,
            "deliver": lambda: vars(self.deliver()),
            "faults": self.plan_faults,
            "reset": self.reset,
            "preferences/pay": self.pay,
            "payments/pay": self.pay_slip,
            "payments/approve": self.approve,
            "payments/refund": self.refund,
            "payments/chargeback": self.chargeback,
            "chargebacks/close": self.close_chargeback,
            "events/redeliver": lambda key: {"queued": self.redeliver(key)},
        }
