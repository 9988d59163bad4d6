"""The double as a whole: what it shares with Stripe's (objects, time, deliveries), and PayPal's own events."""

import secrets
import string
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from sandbox.paypal.errors import Json, missing
from sandbox.stripe.cycles import moment
from sandbox.stripe.world import World

UPPER = string.ascii_uppercase + string.digits
HIDDEN = {"object", "created", "pending_webhooks"}
SHAPES = {
    "dispute": ("PP-D-", 6),
    "event": ("WH-", 34),
    "payer": ("", 13),
    "plan": ("P-", 24),
    "product": ("PROD-", 17),
    "subscription": ("I-", 12),
}
"""Ids by kind: (beginning, length); all others are 17 letters and digits."""


@dataclass
class PayPalWorld(World):
    """`accounts` are the keys that open it, {client id: secret}; `tokens` those that are out, and until when."""

    accounts: dict[str, str] = field(default_factory=lambda: {"sandbox": "sk_test_sandbox"})
    tokens: dict[str, int] = field(default_factory=dict)

    def emit(self, kind: str, obj: Json, previous: Json | None = None) -> Json:
        """Record an event with `obj` as it is shown now, and queue it for the webhook."""
        event = self.store.add(
            {
                "id": new_id("event"),
                "object": "event",
                "event_version": "1.0",
                "create_time": stamp(self.now()),
                "resource_type": kind.split(".")[-2].lower(),
                "event_type": kind,
                "summary": kind.replace(".", " ").capitalize(),
                "resource": shown(obj),
                "created": self.now(),
                "pending_webhooks": 0,
                "_waiting": [],
            }
        )
        for endpoint in self.store.all("webhook_endpoint", status="enabled"):
            if any(fnmatchcase(kind, wanted) for wanted in endpoint["enabled_events"]):
                self.queue(event, endpoint)
        self.changes += 1
        return event

    def get(self, kind: str, key: str) -> Json:
        """Raises PayPalError 404."""
        found = self.store.find(kind, key)
        if found is None:
            raise missing(key)
        return found


def new_id(kind: str) -> str:
    beginning, length = SHAPES.get(kind, ("", 17))
    return beginning + "".join(secrets.choice(UPPER) for _ in range(length))


def stamp(second: int) -> str:
    """As PayPal writes times."""
    return moment(second).strftime("%Y-%m-%dT%H:%M:%SZ")


def shown(obj: Json) -> Json:
    """As a reader outside sees it."""
    hidden = HIDDEN | ({"id"} if obj.get("object") == "dispute" else set())
    return {k: v for k, v in obj.items() if not k.startswith("_") and k not in hidden}


def register(world: World, url: str, webhook_id: str) -> Json:
    """The webhook: where every event is sent, and the id that is part of what is signed."""
    return world.store.add(
        {
            "id": webhook_id,
            "object": "webhook_endpoint",
            "enabled_events": ["*"],
            "status": "enabled",
            "url": url,
        }
    )
