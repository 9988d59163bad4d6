"""Companies that send e-mails over an HTTP interface, by django-anymail: those that need no more than a key.

SendGrid is left out, because anymail no longer vouches for it; Amazon SES, because it would bring another SDK.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import requests
from anymail.backends.base_requests import AnymailRequestsBackend
from anymail.backends.brevo import EmailBackend as Brevo
from anymail.backends.mailgun import EmailBackend as Mailgun
from anymail.backends.postmark import EmailBackend as Postmark
from anymail.backends.resend import EmailBackend as Resend
from anymail.exceptions import AnymailError, AnymailRecipientsRefused, AnymailRequestsAPIError

from workflows.drivers import anymail_news, http
from workflows.drivers.base import Accepted, News, Outcome, Outgoing, Refused, Reply, Unclear
from workflows.drivers.mails import write
from workflows.drivers.smtp import NO_ADDRESS, UNKNOWN_THERE

TIMEOUT = 10

Values = dict[str, str]
MAKERS: dict[str, Callable[[Values, dict[str, Any]], AnymailRequestsBackend]] = {
    "postmark": lambda given, more: Postmark(server_token=given["api_key"], **more),
    "mailgun": lambda given, more: Mailgun(
        api_key=given["api_key"], sender_domain=given["domain"], **_region(given), **more
    ),
    "brevo": lambda given, more: Brevo(api_key=given["api_key"], **more),
    "resend": lambda given, more: Resend(api_key=given["api_key"], **more),
}


def _region(given: Values) -> dict[str, str]:
    return {"api_url": "https://api.eu.mailgun.net/v3"} if given.get("region") == "eu" else {}


class AnymailDriver:
    """`backend` asks once, and ends waiting by itself. Without a `secret` nothing is heard of what became of a mail."""

    at_once = 10

    def __init__(
        self, key: str, backend: AnymailRequestsBackend, sender: str = "", secret: str = ""
    ) -> None:
        self.key, self.backend, self.sender, self.secret = key, backend, sender, secret

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        self.backend.open()
        self.backend.session.trust_env = False
        try:
            return [self._send(one) for one in messages]
        finally:
            self.backend.close()

    def hear(self, body: bytes, headers: Mapping[str, str], _url: str) -> Sequence[News | Reply]:
        """What became of mails. Raises NotGenuine."""
        return anymail_news.read(self.key, self.secret, body, headers)

    def _send(self, message: Outgoing) -> Outcome:
        try:
            mail = write(message, self.sender)
            mail.metadata = {anymail_news.KEY: message.key}  # type: ignore[attr-defined]
            mail.message()
        except (ValueError, LookupError):
            return Refused(NO_ADDRESS)
        try:
            self.backend.send_messages([mail])
        except AnymailRecipientsRefused:
            return Refused(UNKNOWN_THERE)
        except AnymailRequestsAPIError as error:
            return _of(error)
        except AnymailError:
            return Refused(http.REFUSED)
        return _taken(mail.anymail_status)  # type: ignore[attr-defined]


def _taken(status: Any) -> Outcome:
    """What the answer says of the one recipient. Some refusals come out of anymail as an answer like another."""
    if status.esp_response is not None and status.esp_response.status_code >= 400:
        return Refused(UNKNOWN_THERE)
    said = status.status or set()
    if said and said <= {"sent", "queued"}:
        return Accepted(str(status.message_id or ""))
    if said and said <= {"invalid", "rejected", "failed"}:
        return Refused(UNKNOWN_THERE)
    return Unclear(http.SILENT)


def _of(error: AnymailRequestsAPIError) -> Outcome:
    """By the answer’s status, or, where there was none, by what broke. A success that nobody understands is open."""
    if error.response is not None:
        if error.response.status_code < 400:
            return Unclear(http.SILENT)
        return http.by_status(error.response.status_code, error.response.headers)
    cause = error.__cause__
    if isinstance(cause, requests.RequestException):
        return http.without_answer(cause)
    return Unclear(http.SILENT)


def driver(key: str, values: Values, **more: Any) -> AnymailDriver:
    """`more` goes to anymail’s backend: `api_url`, for tests."""
    backend = MAKERS[key](values, {"timeout": TIMEOUT, **more})
    return AnymailDriver(key, backend, values.get("sender", ""), values.get("callback_secret", ""))
