"""The sandbox in a test: a server in this process, on a free port, with a clock that the test moves."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import stripe

from sandbox.stripe.cards import attach, new_method
from sandbox.stripe.clocks import Clock, MovableClock
from sandbox.stripe.control import Control
from sandbox.stripe.endpoints import forget_old, register, rotate
from sandbox.stripe.errors import Json
from sandbox.stripe.faults import Plan
from sandbox.stripe.http import Server
from sandbox.stripe.persistence import Keeper
from sandbox.stripe.render import show
from sandbox.stripe.webhooks import Courier, Outcome, Receiver, post
from sandbox.stripe.world import Settings, World

KEY = "sk_test_sandbox"
SECRET = "whsec_sandbox"
NOWHERE = "http://localhost:9/webhooks/stripe/"


class StripeSandbox:
    """`with StripeSandbox(now=…) as sandbox:`; see README.md for what it offers."""

    def __init__(
        self,
        now: datetime | Clock | None = None,
        *,
        webhook_url: str = NOWHERE,
        webhook_secret: str = SECRET,
        receiver: Receiver | None = None,
        settings: Settings | None = None,
        state: Path | None = None,
        clock_signs: bool = False,
        port: int = 0,
    ) -> None:
        if now is None:
            now = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - this program has its own clock
        self.clock: Any = MovableClock(now) if isinstance(now, datetime) else now
        self.webhook_secret = webhook_secret
        self.world = World(self.clock, settings=settings or Settings())
        self.plan = Plan()
        self.courier = Courier(self.world, self.plan, receiver or post, clock_signs=clock_signs)
        self.control = Control(self.world, self.plan, self.courier)
        self.server = Server(port, self.control)
        self.url = self.world.base_url = f"http://localhost:{self.server.port}"
        self.keeper = Keeper(self.world, state) if state else None
        if not (self.keeper and self.keeper.load()):
            register(self.world, webhook_url, ["*"], secret=webhook_secret)
        self._thread = Thread(
            target=self.server.serve_forever, args=(0.02,), name="stripe-sandbox", daemon=True
        )
        self._clients: list[Any] = []

    # Life

    def __enter__(self) -> Self:
        self._thread.start()
        if self.keeper:
            self.keeper.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self.courier.stop()
        for client in self._clients:
            with suppress(AttributeError):
                client.close()
        self.server.close()
        self._thread.join()
        if self.keeper:
            self.keeper.stop()

    def client(
        self, key: str = KEY, *, timeout: float = 10, retries: int = 0
    ) -> stripe.StripeClient:
        """Stripe's own client, pointed here."""
        http = stripe.RequestsClient(timeout=timeout)
        self._clients.append(http)
        return stripe.StripeClient(
            key,
            base_addresses={"api": self.url},
            http_client=http,
            max_network_retries=retries,
        )

    # Time

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.world.now(), UTC)

    def advance(self, **by: float) -> int:
        """`advance(days=3)`: move the clock and carry out what has become due. How many things that were."""
        return self.advance_to(self.clock.now() + timedelta(**by))

    def advance_to(self, now: datetime) -> int:
        return self.control.move_clock(now)

    def run_due(self) -> int:
        """Carry out what is due, for a clock that the test moves by itself."""
        return self.control.run_due()

    # Pages

    def pay(self, session_url: str, card: str = "4242", email: str = "") -> str:
        """Press *Pay* on a Checkout page; the success address. AssertionError when the card was declined."""
        where = self._press(session_url, {"card": card, "email": email, "action": "pay"})
        if where.startswith("/"):
            raise AssertionError("The card was declined.")
        return where

    def decline(self, session_url: str, card: str = "4242") -> None:
        """Press *Decline* on a Checkout page: the bank refuses, the page stays open."""
        self._press(session_url, {"card": card, "action": "decline"})

    def replace_card(self, portal_url: str, card: str = "4242") -> None:
        """Press *Replace card* on a billing portal page."""
        self._press(portal_url, {"card": card})

    def _press(self, url: str, form: dict[str, str]) -> str:
        """POST a form as a browser does; where it is sent on to."""
        status, headers, body = self.request(
            "POST", urlsplit(url).path, urlencode(form), "application/x-www-form-urlencoded"
        )
        if status != 303:
            raise AssertionError(f"{status} from {url}:\n{body}")
        return str(headers["location"])

    def request(
        self, method: str, path: str, body: str = "", kind: str = "application/json", **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """A bare HTTP request to the sandbox: status, headers by lower-case name, body."""
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            connection.request(method, path, body or None, {"Content-Type": kind} | headers)
            reply = connection.getresponse()
            return (
                reply.status,
                {k.lower(): v for k, v in reply.getheaders()},
                reply.read().decode(),
            )
        finally:
            connection.close()

    # Events

    def events(self, kind: str = "*") -> list[Json]:
        """All events of a type (`invoice.*`), oldest first."""
        with self.world.lock:
            rows = [show(self.world.store, each) for each in self.world.store.all("event")]
        return [each for each in rows if fnmatchcase(each["type"], kind)]

    def pending_events(self) -> list[Json]:
        """Events that wait to be delivered, oldest first."""
        return [each for each in self.events() if each["pending_webhooks"]]

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

    def rotate_secret(self, secret: str = "") -> str:
        """The endpoint gets a new secret; until `forget_old_secret` both sign."""
        self.webhook_secret = rotate(self.world.store.all("webhook_endpoint")[0], secret)
        return self.webhook_secret

    def forget_old_secret(self) -> None:
        forget_old(self.world.store.all("webhook_endpoint")[0])

    # Levers: see control.py

    def fault(self, kind: str, **details: Any) -> None:
        self.control.fault(kind, **details)

    def add_card(self, customer: str, card: str = "4242") -> str:
        """Keep a card for the customer, as Checkout does; the payment method's id."""
        with self.world.lock:
            method = new_method(self.world, card)
            attach(self.world, method, self.world.store.get("customer", customer))
            return str(method["id"])

    def set_cards(self, customer: str, behaviour: str) -> None:
        self.control.set_cards(customer, behaviour)

    def dispute(
        self, payment_intent: str, amount: int | None = None, reason: str = "fraudulent"
    ) -> Json:
        return self.control.dispute(payment_intent, amount, reason)

    def close_dispute(self, key: str, status: str) -> Json:
        return self.control.close_dispute(key, status)

    def refund(self, payment_intent: str, amount: int | None = None) -> Json:
        return self.control.refund(payment_intent, amount)

    def redeliver(self, event_id: str) -> int:
        return self.control.redeliver(event_id)

    def reset(self) -> None:
        self.control.reset()
