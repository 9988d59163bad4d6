"""Twilio, by its own SDK: SMS, and WhatsApp as Twilio passes it on.

What its codes mean: https://www.twilio.com/docs/api/errors
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from twilio.base.exceptions import TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from workflows.drivers import callbacks, http
from workflows.drivers.base import (
    Accepted,
    News,
    NotGenuine,
    Outcome,
    Outgoing,
    Refused,
    Reply,
    TryLater,
    Unclear,
)

TWILIOS = "https://api.twilio.com"
WHATSAPP = "whatsapp:"

STOPPED = 21610
"""The recipient has answered STOP to this sender."""
OUR_TROUBLE = {
    20003: _("The carrier refuses our key. The message waits until that is mended."),
    20008: _("The carrier’s test key cannot send. The message waits until that is mended."),
    21408: _("Our account at the carrier may not send to that country yet."),
    21606: _(
        "The sender’s number of our account cannot send this. The message waits until that is mended."
    ),
    21611: _("The carrier’s queue for our number is full."),
    30002: _("Our account at the carrier is suspended. The message waits until that is mended."),
    63038: _("Our account has reached the carrier’s limit for today."),
}
"""Nothing is wrong with the message, so it is not lost."""
WRONG_NUMBER = _("The carrier says that this number cannot get messages.")
WHY = {
    21211: WRONG_NUMBER,
    21217: WRONG_NUMBER,
    21614: WRONG_NUMBER,
    21610: _("The recipient has asked for no more messages."),
    21612: _("The carrier cannot reach this number."),
    21617: _("The text is too long."),
    30003: _("The phone cannot be reached."),
    30004: _("The message was blocked."),
    30005: _("The number is not in use."),
    30006: _("The number is a landline, or cannot be reached."),
    30007: _("The network took it for spam."),
    63016: _("Outside of a conversation only an approved template may be sent."),
    63024: _("The recipient has no WhatsApp under this number."),
}
STATES = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
}
"""Its status → ours. What it says before that (accepted, queued, sending) is nothing new."""


class _Line(HttpClient):
    """The SDK’s way out: our session, once, and to Twilio’s double where there is one."""

    def __init__(self, base_url: str) -> None:
        self.line, self.base_url = http.Line(), base_url

    def request(  # the SDK’s signature
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: Any = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002
    ) -> Response:
        """Raises Went where there is no answer, and for one that only says “not now”."""
        if self.base_url and url.startswith(TWILIOS):
            url = self.base_url + url.removeprefix(TWILIOS)
        reply = self.line.ask(method, url, params=params, data=data, headers=headers, auth=auth)
        if reply.status_code in {429, 503} or reply.status_code >= 500:
            raise http.Went(http.by_status(reply.status_code, reply.headers))
        return Response(reply.status_code, reply.text, reply.headers)


class TwilioDriver:
    """`sender`: a number of ours, or the MG… id of a messaging service. One message is one call."""

    at_once = 1

    def __init__(self, key: str, values: Mapping[str, str], base_url: str = "") -> None:
        self.key, self.sender, self.token = key, values["sender"], values["auth_token"]
        self.account = values["account_sid"]
        self.for_whatsapp = key == "twilio_whatsapp"
        self.at_double = bool(base_url)
        self.client = Client(self.account, self.token, http_client=_Line(base_url))

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        return [self._send(one) for one in messages]

    def hear(self, body: bytes, headers: Mapping[str, str], url: str) -> Sequence[News | Reply]:
        """Status callbacks, and what people write back. Raises NotGenuine."""
        try:
            given = {
                name: found[-1]
                for name, found in parse_qs(body.decode(), keep_blank_values=True).items()
            }
        except UnicodeDecodeError:
            raise NotGenuine from None
        mark = {name.lower(): value for name, value in headers.items()}.get(
            "x-twilio-signature", ""
        )
        if not self.token or not RequestValidator(self.token).validate(url, given, mark):
            raise NotGenuine
        if given.get("AccountSid", self.account) != self.account:
            raise NotGenuine
        if state := STATES.get(given.get("MessageStatus", "")):
            return [_news(given, state, callbacks.key_in(url))]
        if "Body" in given and "MessageStatus" not in given:
            return [Reply(given.get("From", "").removeprefix(WHATSAPP), given["Body"])]
        return []

    def _send(self, message: Outgoing) -> Outcome:
        try:
            sent = self.client.messages.create(**self._letter(message))
        except http.Went as end:
            return end.outcome
        except TwilioRestException as error:
            return _of(error)
        except (KeyError, TypeError, ValueError):
            return Unclear(http.SILENT)  # a success that nobody understands
        return Accepted(str(sent.sid or ""))

    def _letter(self, message: Outgoing) -> dict[str, Any]:
        to, sender, content = message.address, self.sender, message.content
        letter: dict[str, Any] = {}
        if self.for_whatsapp:
            to = f"{WHATSAPP}{to}"
            sender = sender if sender.startswith((WHATSAPP, "MG")) else f"{WHATSAPP}{sender}"
        if self.for_whatsapp and content.get("template"):
            letter["content_sid"] = content.get("provider_name") or content["template"]
            letter["content_variables"] = callbacks.numbered(content.get("parameters") or ())
        else:
            letter["body"] = message.text
        letter["messaging_service_sid" if sender.startswith("MG") else "from_"] = sender
        if self.at_double or settings.PLATFORM_URL.startswith("https://"):
            letter["status_callback"] = callbacks.address_about(self.key, message.key)
        return {"to": to, **letter}


def _of(error: TwilioRestException) -> Outcome:
    """Twilio refused: nothing has left."""
    code = int(error.code or 0)
    if code in OUR_TROUBLE:
        return TryLater(OUR_TROUBLE[code], http.KEY_PAUSE)
    if code in WHY:
        return Refused(WHY[code], opts_out=code == STOPPED)
    return http.by_status(error.status, {}, f"({code})" if code else "")


def _news(given: Mapping[str, str], state: str, key: str) -> News:
    code = int(given["ErrorCode"]) if given.get("ErrorCode", "").isdecimal() else 0
    reason = ""
    if state == "failed":
        reason = str(WHY.get(code) or http.said(f"({code})" if code else ""))
    return News(given.get("MessageSid", ""), state, reason, opts_out=code == STOPPED, key=key)
