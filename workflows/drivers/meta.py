"""WhatsApp by Meta’s Cloud API. There is no SDK of Meta’s for it; it is two small JSON requests.

What its codes mean: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from workflows.drivers import http
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

METAS = "https://graph.facebook.com"
VERSION = "v24.0"
"""The shapes that are written and read here. A version is served for two years from its release."""

KEY_CODES = frozenset({0, 3, 10, 190, 368, 131005, 131031, 131042, 131045, *range(200, 300)})
"""Our key, its rights, or our account, not the message."""
BUSY_CODES = frozenset({2, 4, 80007, 130429, 131016, 131048, 131056, 131057, 133004, 133016})
UNSURE_CODES = frozenset({1, 131000})
WHY = {
    131026: _("WhatsApp cannot deliver to this number."),
    131047: _("Outside of a conversation only an approved template may be sent."),
    131049: _("WhatsApp kept it back, because the recipient gets too much advertising."),
    131050: _("The recipient has asked for no advertising."),
    132000: _("The number of texts does not fit the template."),
    132001: _("The template does not exist, or is not approved."),
    132005: _("The text of the template became too long."),
    132007: _("WhatsApp refused the text of the template."),
    132012: _("A text does not fit the template."),
    132015: _("The template is paused because of its low quality."),
    132016: _("The template was switched off because of its low quality."),
}
STATES = {"sent": "sent", "delivered": "delivered", "read": "delivered", "failed": "failed"}

Json = dict[str, Any]


class MetaDriver:
    key = "meta"
    at_once = 1

    def __init__(self, values: Mapping[str, str], base_url: str = "") -> None:
        self.url = f"{base_url or METAS}/{VERSION}/{values['phone_number_id']}/messages"
        self.token, self.number = values["access_token"], values["phone_number_id"]
        self.app_secret, self.verify_token = values["app_secret"], values["verify_token"]
        self.line = http.Line()

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        return [self._send(one) for one in messages]

    def hear(self, body: bytes, headers: Mapping[str, str], url: str) -> Sequence[News | Reply]:
        """What Meta tells of messages from our number. Raises NotGenuine."""
        mark = {name.lower(): value for name, value in headers.items()}.get(
            "x-hub-signature-256", ""
        )
        mine = hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()
        if not self.app_secret or not hmac.compare_digest(f"sha256={mine}".encode(), mark.encode()):
            raise NotGenuine
        try:
            return list(self._told(json.loads(body)))
        except (ValueError, KeyError, TypeError, AttributeError):
            return []  # genuine, and of a shape that says nothing to us

    def greet(self, asked: Mapping[str, str]) -> str:
        """What a GET with `asked` is answered with when the address is entered at Meta. Raises NotGenuine."""
        given = asked.get("hub.verify_token", "")
        same = hmac.compare_digest(given.encode(), self.verify_token.encode())
        if not self.verify_token or not same or asked.get("hub.mode") != "subscribe":
            raise NotGenuine
        return asked.get("hub.challenge", "")

    def _send(self, message: Outgoing) -> Outcome:
        try:
            reply = self.line.ask(
                "POST",
                self.url,
                json=_letter(message),
                headers={"Authorization": f"Bearer {self.token}"},
            )
        except http.Went as end:
            return end.outcome
        try:
            said = reply.json()
            if reply.ok:
                return Accepted(str(said["messages"][0]["id"]))
            return _of(said["error"], reply.status_code, reply.headers)
        except (ValueError, KeyError, IndexError, TypeError):
            if reply.ok:
                return Unclear(http.SILENT)
            return http.by_status(reply.status_code, reply.headers)

    def _told(self, call: Json) -> Iterator[News | Reply]:
        for entry in call.get("entry", []):
            for change in entry.get("changes", []):
                value = change.get("value", {})
                if value.get("metadata", {}).get("phone_number_id") != self.number:
                    continue
                yield from (
                    _news(one) for one in value.get("statuses", []) if one.get("status") in STATES
                )
                for one in value.get("messages", []):
                    if text := _written(one):
                        yield Reply(f"+{str(one['from']).lstrip('+')}", text)


def _letter(message: Outgoing) -> Json:
    """`biz_opaque_callback_data` comes back with every status, and finds our message before Meta’s name is stored."""
    letter: Json = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.address,
        "biz_opaque_callback_data": message.key,
    }
    content = message.content
    if not content.get("template"):
        return {**letter, "type": "text", "text": {"body": message.text, "preview_url": False}}
    template: Json = {
        "name": content.get("provider_name") or content["template"],
        "language": {"code": content.get("language") or "en"},
    }
    if texts := content.get("parameters"):
        parameters = [{"type": "text", "text": text} for text in texts]
        template["components"] = [{"type": "body", "parameters": parameters}]
    return {**letter, "type": "template", "template": template}


def _of(error: Json, status: int, headers: Mapping[str, str]) -> Outcome:
    """By Meta’s code, which says more than the status."""
    code = int(error.get("code") or -1)
    if error.get("code") == 0 or code in KEY_CODES:
        return TryLater(http.KEY_REFUSED, http.KEY_PAUSE)
    if code in BUSY_CODES:
        return TryLater(http.BUSY, http.pause(headers) or http.BUSY_PAUSE)
    if code in UNSURE_CODES and status >= 500:
        return Unclear(http.SILENT)
    if code in WHY:
        return Refused(WHY[code])
    return http.by_status(status, headers, f"({code})" if code > 0 else "")


def _news(one: Json) -> News:
    state, reason = STATES[one["status"]], ""
    if state == "failed":
        errors = one.get("errors") or [{}]
        code = int(errors[0].get("code") or 0)
        reason = str(WHY.get(code) or http.said(f"({code})" if code else ""))
    key = str(one.get("biz_opaque_callback_data") or "")
    return News(str(one["id"]), state, reason, key=key)


def _written(one: Json) -> str:
    """The text of a message, or of the button of a template that was pressed."""
    text = one.get("text", {}).get("body") or one.get("button", {}).get("text")
    return str(text or "")
