"""The sandbox in a test: a server in this process, on a free port, with a clock that the test moves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from sandbox.paypal.control import PayPalControl
from sandbox.paypal.errors import Json
from sandbox.paypal.http import Server
from sandbox.paypal.webhooks import PayPalCourier
from sandbox.paypal.world import PayPalWorld, register, shown
from sandbox.stripe.clocks import Clock, MovableClock
from sandbox.stripe.faults import Plan
from sandbox.stripe.persistence import Keeper
from sandbox.stripe.webhooks import Outcome, Receiver, post
from sandbox.stripe.world import Settings

KEYS = ("sandbox", "sk_test_sandbox")
WEBHOOK_ID = "whsec_sandbox"
"""As the product's own keys of doubles have it."""
NOWHERE = "http://localhost:9/webhooks/paypal/"


class PayPalSandbox:
    """`with PayPalSandbox(now=…) as sandbox:`; see README.md for what it offers."""

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
        self.clock: Any = MovableClock(now) if isinstance(now, datetime) else now
        self.world = PayPalWorld(self.clock, settings=settings or Settings())
        self.plan = Plan()
        self.courier = PayPalCourier(self.world, self.plan, receiver or post)
        self.control = PayPalControl(self.world, self.plan, self.courier)
        self.server = Server(port, self.control)
        self.url = self.world.base_url = f"http://localhost:{self.server.port}"
        self.keeper = Keeper(self.world, state) if state else None
        if not (self.keeper and self.keeper.load()):
            register(self.world, webhook_url, webhook_id)
        self._thread = Thread(
            target=self.server.serve_forever, args=(0.02,), name="paypal-sandbox", daemon=True
        )

    # Life

    def __enter__(self) -> Self:
        self._thread.start()
        if self.keeper:
            self.keeper.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self.courier.stop()
        self.server.close()
        self._thread.join()
        if self.keeper:
            self.keeper.stop()

    # Time

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.world.now(), UTC)

    def advance(self, **by: float) -> int:
        """`advance(days=3)`: move the clock and carry out what has become due. How many things that were."""
        return self.advance_to(self.clock.now() + timedelta(**by))

    def advance_to(self, now: datetime) -> int:
        return self.control.move_clock(now)

    def run_due(self) -> int:
        return self.control.run_due()

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

    def _press(self, url: str, form: dict[str, str]) -> str:
        parts = urlsplit(url)
        status, headers, body = self.request(
            "POST",
            f"{parts.path}?{parts.query}",
            urlencode(form),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        if status != 303:
            raise AssertionError(f"{status} from {url}:\n{body}")
        return headers["location"]

    def request(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], str]:
        """A bare HTTP request to the sandbox: status, headers by lower-case name, body."""
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            connection.request(method, path, body or None, headers or {})
            reply = connection.getresponse()
            found = {k.lower(): v for k, v in reply.getheaders()}
            return reply.status, found, reply.read().decode()
        finally:
            connection.close()

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

    def deliver(self, receiver: Callable[[str, bytes, Any], int] | None = None) -> Outcome:
        """Deliver all that is pending, now: by HTTP, or by calling `receiver(url, body, headers)`."""
        return self.courier.deliver(receiver)

    def parcel(self, event_id: str) -> tuple[bytes, dict[str, str]]:
        """Body and headers with which the event would be delivered, signed; nothing is sent."""
        endpoint = self.world.store.all("webhook_endpoint")[0]["id"]
        packed = self.courier.parcel({"event": event_id, "endpoint": endpoint})
        if packed is None:
            raise AssertionError(f"No event {event_id}.")
        return packed[1], packed[2]

    # Levers: see control.py

    def fault(self, kind: str, **details: Any) -> None:
        self.control.fault(kind, **details)

    def set_funding(self, subscription: str, behaviour: str) -> None:
        self.control.set_funding(subscription, behaviour)

    def dispute(self, capture: str, amount: Json | None = None, stage: str = "CHARGEBACK") -> Json:
        return self.control.open_dispute(capture, amount, stage)

    def close_dispute(self, key: str, outcome: str) -> Json:
        return self.control.end_dispute(key, outcome)

    def refund(self, capture: str, amount: Json | None = None) -> Json:
        return self.control.give_back(capture, amount)

    def redeliver(self, event_id: str) -> int:
        return self.control.redeliver(event_id)

    def reset(self) -> None:
        self.control.reset()
