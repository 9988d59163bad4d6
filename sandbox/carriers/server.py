"""A carrier on a free port of the loopback address: `with TwilioSandbox() as carrier:`."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from sandbox.carriers.faults import Fault, Plan
from sandbox.serving import LocalHandler, LocalServer
from sandbox.stripe.webhooks import post

Receiver = Callable[[str, bytes, Mapping[str, str]], int]
"""Takes address, body and headers of a callback; returns the HTTP status."""


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Taken:
    """A message that the carrier has accepted. `given` is all that it was given of it."""

    id: str
    to: str
    body: str
    given: dict[str, Any]
    status: str = "accepted"


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class Carrier:
    """Checks who asks, takes messages, and calls back. What is special to one carrier is in its subclass."""

    def __init__(self, *, receiver: Receiver | None = None, port: int = 0) -> None:
        self.receiver = receiver or post
        self.plan = Plan()
        self.taken: list[Taken] = []
        self.asked = 0
        """Requests so far, also those that came to nothing."""
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.server = _Server(port, self)
        self.url = f"http://127.0.0.1:{self.server.port}"

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Accept one message and answer. Raises Refusal."""
        raise NotImplementedError

    def refusal(self, fault: Fault) -> Reply:
        """How this carrier says what `fault` is."""
        raise NotImplementedError

    # Looking and acting, for tests

    def fault(self, kind: str, **details: Any) -> None:
        """See faults.py."""
        self.plan.add(Fault(kind, **details))

    def repeated(self) -> dict[tuple[str, str], int]:
        """Messages that were taken more than once, by recipient and text, with how often."""
        with self.lock:
            counts = Counter((one.to, one.body) for one in self.taken)
        return {what: times for what, times in counts.items() if times > 1}

    def keep(self, one: Taken) -> Taken:
        with self.lock:
            self.taken.append(one)
        return one

    # Life

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self.closing.set()
        self.server.close()
        self._thread.join()


class _Server(LocalServer):
    def __init__(self, port: int, carrier: Carrier) -> None:
        self.carrier = carrier
        super().__init__(port, _Handler)


class _Handler(LocalHandler):
    server: _Server

    def respond(self) -> None:
        if self.command != "POST":
            self.send_error(501)
            return
        carrier = self.server.carrier
        body, headers = self.read_body(), self.headers_by_name()
        with carrier.lock:
            carrier.asked += 1
        fault = carrier.plan.strike()
        kind = fault.kind if fault else ""
        if fault and kind in {"500", "503", "429", "refuse", "key"}:
            self.say(carrier.refusal(fault))
        elif fault and kind in {"connection", "timeout"}:
            self.hang_up_after(fault.seconds if kind == "timeout" else 0)
        else:
            self.carry_out(carrier, headers, body, fault)

    def carry_out(
        self, carrier: Carrier, headers: Mapping[str, str], body: bytes, fault: Fault | None
    ) -> None:
        try:
            reply = carrier.take(self.path, headers, body)
        except Refusal as refusal:
            self.say(refusal.reply)
            return
        if fault and fault.kind in {"after", "lost"}:
            self.hang_up_after(fault.seconds if fault.kind == "lost" else 0)
            return
        if fault and fault.kind == "slow":
            carrier.closing.wait(fault.seconds)
        self.say(Reply(reply.status, b"<html>") if fault and fault.kind == "garbled" else reply)

    def hang_up_after(self, seconds: float) -> None:
        if seconds:
            self.server.carrier.closing.wait(seconds)
        self.hang_up()

    def say(self, reply: Reply) -> None:
        self.send(reply.status, reply.body, {"Content-Type": "application/json", **reply.headers})
