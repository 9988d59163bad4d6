"""Takes messages as Twilio does, refuses what Twilio refuses, and calls back, signed.

Shapes: https://www.twilio.com/docs/messaging/api/message-resource
Signatures: https://www.twilio.com/docs/usage/security#validating-requests
"""

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from sandbox.carriers.faults import Fault
from sandbox.carriers.server import Carrier, Refusal, Reply, Taken

ACCOUNT = "AC" + "5" * 32
TOKEN = "token-of-the-double"
NUMBER = "+15005550006"
INVALID = "+15005550001"
"""As with Twilio’s own test key, this number is no valid one."""
LONGEST = 1600
STATUS = {"500": 500, "503": 503, "429": 429, "key": 401}


class TwilioSandbox(Carrier):
    """`stopped` are the numbers that have answered STOP: nothing can be sent to them (error 21610)."""

    def __init__(self, *, account: str = ACCOUNT, token: str = TOKEN, **more: Any) -> None:
        super().__init__(**more)
        self.account, self.token = account, token
        self.stopped: set[str] = set()

    @property
    def values(self) -> dict[str, str]:
        """What is to be entered for the driver."""
        return {"account_sid": self.account, "auth_token": self.token, "sender": NUMBER}

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if not self._may_ask(headers):
            raise Refusal(error(401, 20003, "Authenticate"))
        if path != f"/2010-04-01/Accounts/{self.account}/Messages.json":
            raise Refusal(error(404, 20404, f"The requested resource {path} was not found"))
        given = dict(parse_qsl(body.decode(), keep_blank_values=True))
        self._check(given)
        text = given.get("Body") or f"{given['ContentSid']} {given.get('ContentVariables', '')}"
        taken = self.keep(Taken(f"SM{uuid4().hex}", given["To"], text, given, "queued"))
        return Reply(201, json.dumps(self._shown(taken)).encode())

    def refusal(self, fault: Fault) -> Reply:
        if fault.kind == "refuse":
            return error(400, fault.code, "Refused on purpose")
        code = {"429": 20429, "key": 20003}.get(fault.kind, 20500)
        reply = error(STATUS[fault.kind], code, "On purpose")
        if fault.kind in {"429", "503"}:
            return Reply(reply.status, reply.body, {"Retry-After": str(int(fault.seconds))})
        return reply

    # What it tells

    def tell(self, taken: Taken, status: str, *, error_code: int = 0, copies: int = 1) -> list[int]:
        """Calls the message’s status callback, `copies` times; what was answered."""
        taken.status = status
        call = {
            "MessageSid": taken.id,
            "SmsSid": taken.id,
            "MessageStatus": status,
            "SmsStatus": status,
            "AccountSid": self.account,
            "To": taken.to,
            "From": taken.given.get("From", NUMBER),
            **({"ErrorCode": str(error_code)} if error_code else {}),
        }
        return [self._call(taken.given["StatusCallback"], call) for _copy in range(copies)]

    def answer(self, url: str, number: str, text: str) -> int:
        """Somebody writes to our number; STOP is heard by Twilio, too."""
        bare = number.removeprefix("whatsapp:")
        if text.strip().upper() == "STOP":
            self.stopped.add(bare)
        if text.strip().upper() == "START":
            self.stopped.discard(bare)
        call = {
            "MessageSid": f"SM{uuid4().hex}",
            "AccountSid": self.account,
            "From": number,
            "To": NUMBER,
            "Body": text,
        }
        return self._call(url, call)

    def sign(self, url: str, call: Mapping[str, str]) -> str:
        """X-Twilio-Signature: the address and the sorted parameters, by HMAC-SHA1 under the account’s token."""
        text = url + "".join(name + call[name] for name in sorted(call))
        mark = hmac.new(self.token.encode(), text.encode(), hashlib.sha1)
        return b64encode(mark.digest()).decode()

    def _call(self, url: str, call: Mapping[str, str]) -> int:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": self.sign(url, call),
        }
        return self.receiver(url, urlencode(call).encode(), headers)

    # What it checks

    def _may_ask(self, headers: Mapping[str, str]) -> bool:
        try:
            given = b64decode(headers.get("authorization", "").removeprefix("Basic ")).decode()
        except (NoBase64, UnicodeDecodeError):
            return False
        return given == f"{self.account}:{self.token}"

    def _check(self, given: Mapping[str, str]) -> None:
        to = given.get("To", "").removeprefix("whatsapp:")
        digits = to.removeprefix("+")
        if (
            not to.startswith("+")
            or not digits.isdecimal()
            or not 7 < len(digits) < 16
            or to == INVALID
        ):
            raise Refusal(error(400, 21211, f"The 'To' number {to} is not a valid phone number."))
        if not (given.get("From") or given.get("MessagingServiceSid")):
            raise Refusal(error(400, 21603, "A 'From' phone number is required."))
        if not (given.get("Body") or given.get("ContentSid")):
            raise Refusal(error(400, 21602, "Message body is required."))
        if len(given.get("Body", "")) > LONGEST:
            raise Refusal(error(400, 21617, "The concatenated message body exceeds the limit."))
        if to in self.stopped:
            raise Refusal(error(400, 21610, "Attempt to send to unsubscribed recipient"))

    def _shown(self, taken: Taken) -> dict[str, Any]:
        return {
            "sid": taken.id,
            "account_sid": self.account,
            "to": taken.to,
            "from": taken.given.get("From"),
            "messaging_service_sid": taken.given.get("MessagingServiceSid"),
            "body": taken.body,
            "status": taken.status,
            "direction": "outbound-api",
            "num_segments": "1",
            "num_media": "0",
            "price": None,
            "price_unit": "USD",
            "error_code": None,
            "error_message": None,
            "api_version": "2010-04-01",
            "date_created": "Wed, 25 Nov 2026 10:00:00 +0000",
            "date_updated": "Wed, 25 Nov 2026 10:00:00 +0000",
            "date_sent": None,
            "uri": f"/2010-04-01/Accounts/{self.account}/Messages/{taken.id}.json",
            "subresource_uris": {},
        }


def error(status: int, code: int, message: str) -> Reply:
    more = f"https://www.twilio.com/docs/errors/{code}"
    said = {"code": code, "message": message, "more_info": more, "status": status}
    return Reply(status, json.dumps(said).encode())
