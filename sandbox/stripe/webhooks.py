"""Delivering events: signed, in the order of their creation, tried again until they are taken."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from sandbox.stripe.cycles import DAY, seconds
from sandbox.stripe.errors import Json
from sandbox.stripe.faults import Plan
from sandbox.stripe.render import show
from sandbox.stripe.world import World

Receiver = Callable[[str, bytes, Mapping[str, str]], int]
"""Takes address, body and headers of a delivery; returns the HTTP status."""
PATIENCE = 20  # seconds that a receiver may take
KEEP_TRYING = 3 * DAY  # https://docs.stripe.com/webhooks#retries
LONGEST_PAUSE = 60 * 60


@dataclass
class Outcome:
    """Of one call to `Courier.deliver`. `failed`: not taken, still pending. `dropped`: by a fault."""

    delivered: int = 0
    failed: int = 0
    dropped: int = 0


def signature(body: bytes, secrets: list[str], stamp: int) -> str:
    """The `Stripe-Signature` header: one v1 for each secret. https://docs.stripe.com/webhooks#verify-manually"""
    signed = f"{stamp}.".encode() + body
    marks = [hmac.new(each.encode(), signed, hashlib.sha256).hexdigest() for each in secrets]
    return ",".join([f"t={stamp}", *(f"v1={mark}" for mark in marks)])


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """POST to the endpoint; 0 when there was no answer."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        connection.request(
            "POST", parts.path + (f"?{parts.query}" if parts.query else ""), body, dict(headers)
        )
        reply = connection.getresponse()
        reply.read()
    except (OSError, HTTPException):
        return 0
    else:
        return reply.status
    finally:
        connection.close()


class Courier:
    """Brings events to the endpoints: on `deliver`, or by a thread of its own after `start`."""

    def __init__(
        self, world: World, plan: Plan, receiver: Receiver = post, *, clock_signs: bool = False
    ) -> None:
        self.world, self.plan, self.receiver = world, plan, receiver
        self._clock_signs = clock_signs
        self._pauses: dict[str, float] = {}
        self._round = threading.Lock()  # one at a time, so that nothing is sent twice by chance
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def deliver(self, receiver: Receiver | None = None, *, patient: bool = False) -> Outcome:
        """Try everything that is pending once, including what comes up meanwhile.

        `patient` leaves out what failed a moment ago.
        """
        outcome, tried = Outcome(), set[str]()
        with self._round:
            while batch := self._batch(tried, patient=patient):
                for delivery in batch:
                    tried.add(delivery["id"])
                    self._bring(delivery, receiver or self.receiver, outcome)
        return outcome

    def _batch(self, tried: set[str], *, patient: bool) -> list[Json]:
        moment = time.monotonic()
        with self.world.lock:
            now = self.world.now()
            batch = [
                each
                for each in self.world.deliveries
                if each["id"] not in tried
                and each["not_before"] <= now
                and not (patient and self._pauses.get(each["id"], 0) > moment)
            ]
        if len(batch) > 1 and self.plan.strike_round():
            batch.reverse()
        return batch

    def _bring(self, delivery: Json, receiver: Receiver, outcome: Outcome) -> None:
        parcel = self.parcel(delivery)
        if parcel is None:
            self._finish(delivery, taken=False)
            return
        url, body, headers, kind = parcel
        fault = self.plan.strike_event(kind)
        if fault and fault.kind == "drop":
            outcome.dropped += 1
            self._finish(delivery, taken=False)
            return
        if fault and fault.kind == "delay":
            delivery["not_before"] = self.world.now() + int(fault.seconds)
            return
        copies = fault.copies if fault else 0
        statuses = [receiver(url, body, headers) for _ in range(1 + copies)]
        if any(200 <= status < 300 for status in statuses):
            outcome.delivered += 1
            self._finish(delivery, taken=True)
        else:
            outcome.failed += 1
            self._postpone(delivery)

    def parcel(self, delivery: Json) -> tuple[str, bytes, dict[str, str], str] | None:
        """Address, body, headers and event type of what is delivered; None when event or endpoint are gone."""
        with self.world.lock:
            event = self.world.store.find("event", delivery["event"])
            endpoint = self.world.store.find("webhook_endpoint", delivery["endpoint"])
            if event is None or endpoint is None:
                return None
            body = json.dumps(show(self.world.store, event), indent=2).encode()
            url, secrets, kind = endpoint["url"], list(endpoint["_secrets"]), event["type"]
            stamp = seconds(self.world.clock.now()) if self._clock_signs else int(time.time())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (sandbox)",
            "Stripe-Signature": signature(body, secrets, stamp),
        }
        return url, body, headers, kind

    def _finish(self, delivery: Json, *, taken: bool) -> None:
        with self.world.lock:
            self._pauses.pop(delivery["id"], None)
            if delivery in self.world.deliveries:
                self.world.deliveries.remove(delivery)
            event = self.world.store.find("event", delivery["event"])
            if taken and event and delivery["endpoint"] in event["_waiting"]:
                event["_waiting"].remove(delivery["endpoint"])
                event["pending_webhooks"] = len(event["_waiting"])
            self.world.changes += 1

    def _postpone(self, delivery: Json) -> None:
        """Tried again after 1, 2, 4, … seconds, for three days of the sandbox's clock."""
        with self.world.lock:
            delivery["attempts"] += 1
            event = self.world.store.get("event", delivery["event"])
            over = self.world.now() - event["created"] > KEEP_TRYING
            self._pauses[delivery["id"]] = time.monotonic() + min(
                2 ** (delivery["attempts"] - 1), LONGEST_PAUSE
            )
        if over:
            self._finish(delivery, taken=False)

    # In the background

    def start(self, pause: float = 0.1) -> None:
        """Deliver from now on as events come up."""
        self._thread = threading.Thread(
            target=self._work, args=(pause,), name="courier", daemon=True
        )
        self._thread.start()

    def _work(self, pause: float) -> None:
        while not self._stopped.wait(pause):
            self.deliver(patient=True)

    def stop(self) -> None:
        self._stopped.set()
        if self._thread:
            self._thread.join()
            self._thread = None
