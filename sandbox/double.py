"""A gateway's double in a test: a server in this process, on a free port, with a clock that the test moves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from sandbox.stripe.clocks import MovableClock
from sandbox.stripe.persistence import Keeper
from sandbox.stripe.webhooks import Outcome

FORM = "application/x-www-form-urlencoded"


def clock_at(now: Any) -> Any:
    """A clock that stands at `now` until it is moved; a clock is taken as it is, and without any it is now."""
    if now is None:
        now = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - this program has its own clock
    return MovableClock(now) if isinstance(now, datetime) else now


class Double:
    """`with StripeSandbox(now=…) as sandbox:`. What is special to a company is its subclass's."""

    name: str

    def __init__(
        self, clock: Any, server: Any, *, state: Path | None, register: Callable[[], object]
    ) -> None:
        """`register` says where notifications go, and is called where `state` holds nothing of an earlier run."""
        self.clock, self.server, self.control = clock, server, server.control
        self.world, self.plan = server.control.world, server.control.plan
        self.courier = server.control.courier
        self.url = self.world.base_url = f"http://localhost:{server.port}"
        self.keeper = Keeper(self.world, state) if state else None
        if not (self.keeper and self.keeper.load()):
            register()
        self._thread = Thread(
            target=server.serve_forever, args=(0.02,), name=f"{self.name}-sandbox", daemon=True
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
        return int(self.control.move_clock(now))

    def run_due(self) -> int:
        """Carry out what is due, for a clock that the test moves by itself."""
        return int(self.control.run_due())

    # Asking

    def request(
        self, method: str, path: str, body: str = "", kind: str = "application/json", **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """A bare HTTP request to the double: status, headers by lower-case name, body."""
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            connection.request(method, path, body or None, {"Content-Type": kind} | headers)
            reply = connection.getresponse()
            found = {name.lower(): value for name, value in reply.getheaders()}
            return reply.status, found, reply.read().decode()
        finally:
            connection.close()

    def _press(self, url: str, form: dict[str, str]) -> str:
        """POST a form as a browser does; where it is sent on to."""
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        status, headers, body = self.request("POST", path, urlencode(form), FORM)
        if status != 303:
            raise AssertionError(f"{status} from {url}:\n{body}")
        return headers["location"]

    # Notifications

    def deliver(self, receiver: Callable[[str, bytes, Any], int] | None = None) -> Outcome:
        """Deliver all that is pending, now: by HTTP, or by calling `receiver(url, body, headers)`."""
        outcome: Outcome = self.courier.deliver(receiver)
        return outcome

    def parcel(self, event_id: str) -> tuple[bytes, dict[str, str]]:
        """Body and headers with which the notification would be delivered, signed; nothing is sent."""
        endpoint = self.world.store.all("webhook_endpoint")[0]["id"]
        packed = self.courier.parcel({"event": event_id, "endpoint": endpoint})
        if packed is None:
            raise AssertionError(f"No notification {event_id}.")
        return packed[1], packed[2]

    def redeliver(self, event_id: str) -> int:
        return int(self.control.redeliver(event_id))

    # Levers: see each double's control.py

    def fault(self, kind: str, **details: Any) -> None:
        self.control.fault(kind, **details)

    def reset(self) -> None:
        self.control.reset()
