"""PayPal's double in a test."""

from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.double import Double, clock_at
from sandbox.paypal.control import PayPalControl
from sandbox.paypal.errors import Json
from sandbox.paypal.http import Server
from sandbox.paypal.webhooks import PayPalCourier
from sandbox.paypal.world import PayPalWorld, register, shown
from sandbox.stripe.clocks import Clock
from sandbox.stripe.faults import Plan
from sandbox.stripe.webhooks import Receiver, post
from sandbox.stripe.world import Settings

KEYS = ("sandbox", "sk_test_sandbox")
WEBHOOK_ID = "whsec_sandbox"
"""As the product's own keys of doubles have it."""
NOWHERE = "http://localhost:9/webhooks/paypal/"


class PayPalSandbox(Double):
    """`with PayPalSandbox(now=…) as sandbox:`; see README.md for what it offers."""

    name = "paypal"
    world: PayPalWorld
    control: PayPalControl

    def __init__(
        self,
        now: datetime | Clock,
        *,
        webhook_url: str = NOWHERE,
        webhook_id: str = WEBHOOK_ID,
        receiver: Receiver | None = None,
        settings: Settings | None = None,
        state: Path | None = None,
        port: int = 0,
    ) -> None:
        clock = clock_at(now)
        world, plan = PayPalWorld(clock, settings=settings or Settings()), Plan()
        control = PayPalControl(world, plan, PayPalCourier(world, plan, receiver or post))
        super().__init__(
            clock,
            Server(port, control),
            state=state,
            register=lambda: register(world, webhook_url, webhook_id),
        )

    # Pages

    def pay(self, url: str, funding: str = "works", email: str = "") -> str:
        """Approve what the page at `url` asks for; where the browser is sent on to."""
        return self._press(url, {"funding": funding, "email": email, "action": "approve"})

    def cancel(self, url: str) -> str:
        """Leave the page; where the browser is sent on to."""
        return self._press(url, {"action": "cancel"})

    def agree(self, url: str) -> None:
        """Agree to the change of a subscription that the page at `url` asks for."""
        parts = urlsplit(url)
        status, _headers, body = self.request("POST", f"{parts.path}?{parts.query}")
        if status != 200:
            raise AssertionError(body)

    # Events

    def events(self, kind: str = "*") -> list[Json]:
        """All events of a type (`BILLING.*`), oldest first."""
        with self.world.lock:
            rows = [shown(each) for each in self.world.store.all("event")]
        return [each for each in rows if fnmatchcase(each["event_type"], kind)]

    def pending_events(self) -> list[Json]:
        with self.world.lock:
            waiting = {each["event"] for each in self.world.deliveries}
        return [each for each in self.events() if each["id"] in waiting]

    # Levers: see control.py

    def set_funding(self, subscription: str, behaviour: str) -> None:
        self.control.set_funding(subscription, behaviour)

    def dispute(self, capture: str, amount: Json | None = None, stage: str = "CHARGEBACK") -> Json:
        return self.control.open_dispute(capture, amount, stage)

    def close_dispute(self, key: str, outcome: str) -> Json:
        return self.control.end_dispute(key, outcome)

    def refund(self, capture: str, amount: Json | None = None) -> Json:
        return self.control.give_back(capture, amount)
