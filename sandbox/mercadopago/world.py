"""The sandbox as a whole: its objects, its time, and the notifications that tell what happened."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from sandbox.mercadopago.errors import Json, unknown
from sandbox.stripe.clocks import Clock

ZONE = timezone(timedelta(hours=-4))
"""In which Mercado Pago writes its times."""


@dataclass(frozen=True)
class Settings:
    """What differs between sandboxes. `slip_days`: how long a slip can be paid."""

    business: str = "Sandbox"
    site: str = "MLB"
    collector_id: int = 123456789
    application_id: int = 7364289770550796
    slip_days: int = 3
    signs_seconds: bool = False
    """Whether the time of a signature is in seconds: both are seen, and milliseconds are the newer."""


class Store:
    """Objects by kind and id, in order of creation. Not locked: whoever calls holds the world's lock."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Json]] = {}

    def add(self, kind: str, obj: Json) -> Json:
        self.objects.setdefault(kind, {})[str(obj["id"])] = obj
        return obj

    def find(self, kind: str, key: object) -> Json | None:
        return self.objects.get(kind, {}).get(str(key))

    def get(self, kind: str, key: object) -> Json:
        """Raises Refusal, 404."""
        if found := self.find(kind, key):
            return found
        raise unknown(kind.replace("_", " ").capitalize(), str(key))

    def all(self, kind: str, **fields: Any) -> list[Json]:
        """Those of a kind whose fields have these values, oldest first."""
        return [
            obj
            for obj in self.objects.get(kind, {}).values()
            if all(obj.get(name) == value for name, value in fields.items())
        ]


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
    complaints: list[str] = field(default_factory=list)
    """What was asked otherwise than the published specification has it."""
    changes: int = 0
    _instant: datetime | None = None

    def moment(self) -> datetime:
        """The present: of the clock, or of what is being carried out after its time."""
        return self._instant or self.clock.now()

    def now(self) -> int:
        return int(self.moment().timestamp())

    @contextmanager
    def at(self, instant: datetime) -> Iterator[None]:
        """Everything inside happens at `instant`."""
        before, self._instant = self._instant, instant
        try:
            yield
        finally:
            self._instant = before

    @contextmanager
    def lock_after(self, pause: float) -> Iterator[None]:
        """The lock, taken after so many real seconds, or as soon as the sandbox closes."""
        if pause:
            self.closing.wait(pause)
        with self.lock:
            yield

    def notify(self, topic: str, key: object, *, action: str = "", url: str = "") -> Json:
        """Record a notification about an object and queue it, for `url` where its order named one."""
        moment = self.moment()
        body = {
            "id": new_number(11),
            "live_mode": False,
            "type": topic,
            "date_created": written(moment),
            "application_id": self.settings.application_id,
            "user_id": self.settings.collector_id,
            "version": 1,
            "api_version": "v1",
            **({"action": action} if action else {}),
            "data": {"id": str(key)},
        }
        event = {
            "id": str(body["id"]),
            "created": int(moment.timestamp()),
            "type": action or topic,
            "pending_webhooks": 0,
            "_topic": topic,
            "_body": body,
            "_url": url,
            "_waiting": [],
        }
        self.store.add("event", event)
        for endpoint in self.store.all("webhook_endpoint"):
            self.queue(event, endpoint)
        self.changes += 1
        return event

    def queue(self, event: Json, endpoint: Json) -> Json:
        """The notification is to be delivered."""
        delivery = {
            "id": secrets.token_hex(8),
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


def register(world: World, url: str, secret: str) -> Json:
    """Where notifications go by default, and what signs them all."""
    return world.store.add("webhook_endpoint", {"id": "webhook", "url": url, "_secrets": [secret]})


def new_number(digits: int) -> int:
    return 10 ** (digits - 1) + secrets.randbelow(9 * 10 ** (digits - 1))


def written(moment: datetime) -> str:
    """`2026-11-25T05:00:00.000-04:00`"""
    return moment.astimezone(ZONE).isoformat(timespec="milliseconds")


def read_time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def exact(figure: float | str | Decimal) -> Decimal:
    return Decimal(str(figure))


def figure(value: Decimal) -> int | float:
    """As JSON has it."""
    return int(value) if value == int(value) else float(value)


def shown(obj: Json) -> Json:
    """An object without what Mercado Pago keeps to itself."""
    return {name: value for name, value in obj.items() if not name.startswith("_")}
