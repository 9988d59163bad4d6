"""The sandbox in a test: a server in this process, on a free port, with a clock that the test moves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from sandbox.mercadopago.control import Control
from sandbox.mercadopago.courier import Courier
from sandbox.mercadopago.errors import Json
from sandbox.mercadopago.http import Server
from sandbox.mercadopago.world import Settings, World, register, shown
from sandbox.stripe.clocks import Clock, MovableClock
from sandbox.stripe.faults import Plan
from sandbox.stripe.persistence import Keeper
from sandbox.stripe.webhooks import Outcome, Receiver, post

TOKEN = "TEST-sandbox"
SECRET = "whsec_sandbox"
NOWHERE = "http://localhost:9/webhooks/mercadopago/"


class MercadoPagoSandbox:
    """`with MercadoPagoSandbox(now=…) as sandbox:`; see README.md for what it offers."""

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
            register(self.world, webhook_url, webhook_secret)
        self._thread = Thread(
            target=self.server.serve_forever, args=(0.02,), name="mercadopago-sandbox", daemon=True
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
        """Carry out what is due, for a clock that the test moves by itself."""
        return self.control.run_due()

    # Pages

    def pay(self, page_url: str, method: str = "visa") -> str:
        """Press *Pay* on a page; where the browser is sent. AssertionError when that is not back to the shop."""
        where = self._press(page_url, {"method": method})
        if where.startswith("/"):
            raise AssertionError("The card was rejected.")
        return where

    def decline(self, page_url: str) -> None:
        """Press *Pay* with a card without funds: rejected, the page stays open."""
        self._press(page_url, {"method": "poor"})

    def slip(self, page_url: str) -> int:
        """Choose to pay by a slip; the payment's number."""
        where = self._press(page_url, {"method": "slip"})
        return int(where.rpartition("/")[2])

    def _press(self, url: str, form: dict[str, str]) -> str:
        """POST a form as a browser does; where it is sent on to."""
        parts = urlsplit(url)
        status, headers, body = self.request(
            "POST", f"{parts.path}?{parts.query}", urlencode(form), "application/x-www-form-urlencoded"
        )  # fmt: skip
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
            found = {name.lower(): value for name, value in reply.getheaders()}
            return reply.status, found, reply.read().decode()
        finally:
            connection.close()

    # Notifications

    def events(self, kind: str = "*") -> list[Json]:
        """All notifications of a type (`payment.*`), oldest first."""
        with self.world.lock:
            rows = [shown(one) for one in self.world.store.all("event")]
        return [one for one in rows if fnmatchcase(one["type"], kind)]

    def pending_events(self) -> list[Json]:
        """Those that wait to be delivered, oldest first."""
        return [one for one in self.events() if one["pending_webhooks"]]

    def deliver(self, receiver: Callable[[str, bytes, Any], int] | None = None) -> Outcome:
        """Deliver all that is pending, now: by HTTP, or by calling `receiver(url, body, headers)`."""
        return self.courier.deliver(receiver)

    def parcel(self, event_id: str) -> tuple[bytes, dict[str, str]]:
        """Body and headers with which the notification would be delivered, signed; nothing is sent."""
        packed = self.courier.parcel({"event": event_id, "endpoint": "webhook"})
        if packed is None:
            raise AssertionError(f"No notification {event_id}.")
        return packed[1], packed[2]

    def change_secret(self, secret: str) -> None:
        """From now on this one signs."""
        self.webhook_secret = secret
        self.world.store.all("webhook_endpoint")[0]["_secrets"] = [secret]

    # Levers: see control.py

    def fault(self, kind: str, **details: Any) -> None:
        self.control.fault(kind, **details)

    def payments(self, **wanted: Any) -> list[Json]:
        """What was tried, oldest first."""
        with self.world.lock:
            return [shown(one) for one in self.world.store.all("payment", **wanted)]

    def pay_slip(self, payment: object) -> None:
        self.control.pay_slip(payment)

    def refund(self, payment: object, amount: float | None = None) -> Json:
        return self.control.refund(payment, amount)

    def chargeback(self, payment: object) -> Json:
        return self.control.chargeback(payment)

    def close_chargeback(self, key: str, status: str) -> Json:
        return self.control.close_chargeback(key, status)

    def redeliver(self, event_id: str) -> int:
        return self.control.redeliver(event_id)

    def reset(self) -> None:
        self.control.reset()
