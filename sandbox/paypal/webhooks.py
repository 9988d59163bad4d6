"""Deliveries: as Stripe's double brings them, signed as PayPal signs."""

import json
import time
import uuid

from sandbox.paypal.authority import Signer, signer
from sandbox.paypal.errors import Json, invalid
from sandbox.paypal.routing import route
from sandbox.paypal.world import PayPalWorld, shown, stamp
from sandbox.stripe.webhooks import Courier

CERTS = "/v1/notifications/certs/"


class PayPalCourier(Courier):
    """`signer` may be another one, for tests of what is not genuine."""

    signer: Signer | None = None

    def parcel(self, delivery: Json) -> tuple[str, bytes, dict[str, str], str] | None:
        """Address, body, headers and type of what is delivered; None when event or webhook are gone."""
        with self.world.lock:
            event = self.world.store.find("event", delivery["event"])
            endpoint = self.world.store.find("webhook_endpoint", delivery["endpoint"])
            if event is None or endpoint is None:
                return None
            body = json.dumps(shown(event)).encode()
        return endpoint["url"], body, self.headers(body, endpoint["id"]), event["event_type"]

    def headers(self, body: bytes, webhook_id: str) -> dict[str, str]:
        """What goes with `body`, signed now."""
        by = self.signer or signer()
        at = stamp(int(time.time()))
        number = str(uuid.uuid4())
        return {
            "Content-Type": "application/json",
            "User-Agent": "PayPal/AUHD-1.0 (sandbox)",
            "PAYPAL-TRANSMISSION-ID": number,
            "PAYPAL-TRANSMISSION-TIME": at,
            "PAYPAL-TRANSMISSION-SIG": by.sign(number, at, webhook_id, body),
            "PAYPAL-CERT-URL": f"{self.world.base_url}{CERTS}{by.name}",
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
        }


@route("POST", "/v1/notifications/verify-webhook-signature", None)
def verify(world: PayPalWorld, given: Json) -> Json:
    """Whether this was sent from here: by the body as it stands in the request, whose checksum counts."""
    raw: bytes = given.pop("_raw", b"")
    begin = raw.find(b'"webhook_event":')
    if begin < 0 or "webhook_id" not in given:
        raise invalid("/webhook_event", "A required field is missing.")
    body = raw[begin + len(b'"webhook_event":') :].strip()[:-1].strip()
    mark = {
        "id": given["transmission_id"],
        "time": given["transmission_time"],
        "sig": given["transmission_sig"],
    }
    is_known = world.store.find("webhook_endpoint", given["webhook_id"]) is not None
    is_ours = is_known and signer().is_ours(mark, given["webhook_id"], body)
    return {"verification_status": "SUCCESS" if is_ours else "FAILURE"}
