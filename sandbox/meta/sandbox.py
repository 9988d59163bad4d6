"""Takes WhatsApp messages as Meta does, refuses what Meta refuses, and calls back, signed.

Shapes: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
Webhooks: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sandbox.carriers.faults import Fault
from sandbox.carriers.server import Carrier, Refusal, Reply, Taken

NUMBER_ID = "106540352242922"
TOKEN = "token-of-the-double"
SECRET = "secret-of-the-double"
VERIFY = "verify-the-double"
STATUS = {"500": (500, 131000), "503": (503, 131016), "429": (429, 130429), "key": (401, 190)}


class MetaSandbox(Carrier):
    """`templates` are the approved ones, {(name, language): how many texts}; `open_to` wrote to us within 24 hours."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.templates: dict[tuple[str, str], int] = {("hello_world", "en_US"): 0}
        self.open_to: set[str] | None = None
        """None: everybody, so that text may be sent to all."""

    @property
    def values(self) -> dict[str, str]:
        """What is to be entered for the driver."""
        return {
            "phone_number_id": NUMBER_ID,
            "access_token": TOKEN,
            "app_secret": SECRET,
            "verify_token": VERIFY,
        }

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if headers.get("authorization") != f"Bearer {TOKEN}":
            raise Refusal(error(401, 190, "Error validating access token", kind="OAuthException"))
        if not re.fullmatch(rf"/v\d+\.0/{NUMBER_ID}/messages", path):
            raise Refusal(error(400, 100, f"Unsupported post request to {path}"))
        given = json.loads(body)
        text = self._check(given)
        number = str(given["to"]).lstrip("+")
        taken = self.keep(Taken(f"wamid.{uuid4().hex}", f"+{number}", text, given))
        said = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": given["to"], "wa_id": number}],
            "messages": [{"id": taken.id, "message_status": "accepted"}],
        }
        return Reply(200, json.dumps(said).encode())

    def refusal(self, fault: Fault) -> Reply:
        if fault.kind == "refuse":
            return error(400, fault.code, "Refused on purpose")
        reply = error(*STATUS[fault.kind], "On purpose")
        if fault.kind in {"429", "503"}:
            return Reply(reply.status, reply.body, {"Retry-After": str(int(fault.seconds))})
        return reply

    # What it tells

    def tell(
        self, url: str, taken: Taken, status: str, *, error_code: int = 0, copies: int = 1
    ) -> list[int]:
        """Tells `url` how a message stands, `copies` times; what was answered."""
        taken.status = status
        one: dict[str, Any] = {
            "id": taken.id,
            "status": status,
            "timestamp": "1764057600",
            "recipient_id": taken.to.lstrip("+"),
            "biz_opaque_callback_data": taken.given.get("biz_opaque_callback_data", ""),
        }
        if error_code:
            one["errors"] = [{"code": error_code, "title": "On purpose"}]
        return [self._call(url, {"statuses": [one]}) for _copy in range(copies)]

    def answer(self, url: str, number: str, text: str) -> int:
        """Somebody writes to our number."""
        one = {
            "from": number.lstrip("+"),
            "id": f"wamid.{uuid4().hex}",
            "timestamp": "1764057600",
            "type": "text",
            "text": {"body": text},
        }
        return self._call(url, {"messages": [one]})

    def parcel(
        self, value: Mapping[str, Any], number_id: str = NUMBER_ID
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a call, signed: X-Hub-Signature-256 over the body under the app’s secret."""
        metadata = {"display_phone_number": "15550783881", "phone_number_id": number_id}
        change = {
            "field": "messages",
            "value": {"messaging_product": "whatsapp", "metadata": metadata, **value},
        }
        call = {"object": "whatsapp_business_account", "entry": [{"id": "0", "changes": [change]}]}
        body = json.dumps(call).encode()
        mark = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        return body, {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={mark}"}

    def _call(self, url: str, value: Mapping[str, Any]) -> int:
        return self.receiver(url, *self.parcel(value))

    # What it checks

    def _check(self, given: dict[str, Any]) -> str:
        """What is to be read of it."""
        if (
            given.get("messaging_product") != "whatsapp"
            or not str(given.get("to", "")).lstrip("+").isdecimal()
        ):
            raise Refusal(error(400, 100, "Invalid parameter"))
        if given["type"] == "template":
            return self._check_template(given["template"])
        if self.open_to is not None and given["to"] not in self.open_to:
            raise Refusal(error(400, 131047, "Re-engagement message"))
        text = given.get("text", {}).get("body", "")
        if not text or len(text) > 4096:
            raise Refusal(error(400, 100, "Invalid parameter"))
        return str(text)

    def _check_template(self, template: dict[str, Any]) -> str:
        known = self.templates.get((template["name"], template["language"]["code"]))
        if known is None:
            raise Refusal(error(404, 132001, "Template name does not exist in the translation"))
        texts = [
            one["text"]
            for part in template.get("components", ())
            if part["type"] == "body"
            for one in part["parameters"]
        ]
        if len(texts) != known:
            raise Refusal(error(400, 132000, "Number of parameters does not match"))
        return " ".join([template["name"], *texts])


def error(status: int, code: int, message: str, *, kind: str = "OAuthException") -> Reply:
    said = {"message": f"(#{code}) {message}", "type": kind, "code": code, "fbtrace_id": "A0"}
    return Reply(status, json.dumps({"error": said}).encode())
