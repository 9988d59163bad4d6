"""The sandbox as a whole: its objects, its time, and the events that tell what happened."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from sandbox.stripe.clocks import Clock
from sandbox.stripe.cycles import seconds
from sandbox.stripe.errors import Json
from sandbox.stripe.render import show
from sandbox.stripe.store import Store, new_id, random_text

API_VERSION = "2026-10-28.endive"
"""The version that the SDK pins; a test compares the two."""


@dataclass(frozen=True)
class Settings:
    """What differs between sandboxes. `retry_days` counts from a renewal's first failure."""

    retry_days: tuple[int, ...] = (1, 3, 5)
    country: str = "US"
    currency: str = "usd"
    business: str = "Sandbox"


@dataclass
class World:
    """State and time. `lock` is held by whoever reads or changes `store`."""

    clock: Clock
    base_url: str = ""
    settings: Settings = field(default_factory=Settings)
    store: Store = field(default_factory=Store)
    deliveries: list[Json] = field(default_factory=list)
    answers: dict[str, Json] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    closing: threading.Event = field(default_factory=threading.Event)
    request: Json | None = None
    changes: int = 0
    _instant: int | None = None

    @contextmanager
    def lock_after(self, pause: float) -> Iterator[None]:
        """The lock, taken after so many real seconds, or as soon as the sandbox closes."""
        if pause:
            self.closing.wait(pause)
        with self.lock:
            yield

    def now(self) -> int:
        """The present second: of the clock, or of what is being carried out after its time."""
        return self._instant if self._instant is not None else seconds(self.clock.now())

    @contextmanager
    def at(self, instant: int) -> Iterator[None]:
        """Everything inside happens at `instant`."""
        before, self._instant = self._instant, instant
        try:
            yield
        finally:
            self._instant = before

    @contextmanager
    def changing(self, obj: Json, event: str) -> Iterator[Json]:
        """Emit `event` with the previous values when what is shown of `obj` is another afterwards."""
        before = show(self.store, obj)
        yield obj
        after = show(self.store, obj)
        previous = {key: before.get(key) for key in after if before.get(key) != after[key]}
        if previous:
            self.emit(event, obj, previous)

    def emit(self, kind: str, obj: Json, previous: Json | None = None) -> Json:
        """Record an event with `obj` as it is now, and queue it for every endpoint that wants it."""
        data: Json = {"object": show(self.store, obj)}
        if previous is not None:
            data["previous_attributes"] = previous
        event = self.store.add(
            {
                "id": new_id("event"),
                "object": "event",
                "api_version": API_VERSION,
                "created": self.now(),
                "data": data,
                "livemode": False,
                "pending_webhooks": 0,
                "request": self.request or {"id": None, "idempotency_key": None},
                "type": kind,
                "_waiting": [],
            }
        )
        for endpoint in self.store.all("webhook_endpoint", status="enabled"):
            if any(fnmatchcase(kind, wanted) for wanted in endpoint["enabled_events"]):
                self.queue(event, endpoint)
        self.changes += 1
        return event

    def queue(self, event: Json, endpoint: Json) -> Json:
        """The event is to be delivered to the endpoint."""
        delivery = {
            "id": random_text(16),
            "event": event["id"],
            "endpoint": endpoint["id"],
            "attempts": 0,
            "not_before": 0,
        }
        self.deliveries.append(delivery)
        if endpoint["id"] not in event["_waiting"]:
            event["_waiting"].append(endpoint["id"])
        event["pending_webhooks"] = len(event["_waiting"])
        return delivery
