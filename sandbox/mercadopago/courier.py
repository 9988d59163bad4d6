"""Delivering notifications, signed as Mercado Pago signs: what it is about, the number of the request, the time."""

import hashlib
import hmac
import json
import time
import uuid
from urllib.parse import urlencode, urlsplit

from sandbox.mercadopago.errors import Json
from sandbox.stripe.webhooks import Courier as PlainCourier


def signature(object_id: str, request_id: str, stamp: int, secret: str) -> str:
    """The `x-signature` header. Letters of the id are signed as small ones."""
    manifest = f"id:{object_id.lower()};request-id:{request_id};ts:{stamp};"
    mark = hmac.new(secret.encode(), manifest.encode(), hashlib.sha256).hexdigest()
    return f"ts={stamp},v1={mark}"


class Courier(PlainCourier):
    """Brings notifications to where their order says, else to the address of the application."""

    def parcel(self, delivery: Json) -> tuple[str, bytes, dict[str, str], str] | None:
        """Address, body, headers and type of what is delivered; None when the notification is gone."""
        with self.world.lock:
            event = self.world.store.find("event", delivery["event"])
            endpoint = self.world.store.find("webhook_endpoint", delivery["endpoint"])
            if event is None or endpoint is None:
                return None
            body = json.dumps(event["_body"]).encode()
            object_id, topic = event["_body"]["data"]["id"], event["_topic"]
            url, secret, kind = (
                event["_url"] or endpoint["url"],
                endpoint["_secrets"][0],
                event["type"],
            )
            at = self.world.moment().timestamp() if self._clock_signs else time.time()
            in_seconds = self.world.settings.signs_seconds
        request_id = str(uuid.uuid4())
        stamp = int(at) if in_seconds else int(at * 1000)
        joint = "&" if urlsplit(url).query else "?"
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "MercadoPago WebHook v1.0 payment (sandbox)",
            "x-request-id": request_id,
            "x-signature": signature(object_id, request_id, stamp, secret),
        }
        query = urlencode({"data.id": object_id, "type": topic})
        return f"{url}{joint}{query}", body, headers, kind
