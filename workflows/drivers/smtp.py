"""Mail servers: Django’s configured one, and one whose address and password are entered in Settings."""

import smtplib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import gettext_lazy as _

from workflows.drivers.base import Accepted, Outcome, Outgoing, Refused, TryLater, Unclear
from workflows.drivers.mails import write

DJANGOS = "django.core.mail.backends.smtp.EmailBackend"
TIMEOUT = 10
OWN_TROUBLE = timedelta(minutes=15)
"""Until our own password or sender’s address may have been mended."""

NO_ADDRESS = _("No e-mail can be sent to that address.")
UNKNOWN_THERE = _("The mail server there does not take e-mails for that address.")
REFUSED = _("The mail server refused the e-mail.")
KEY_REFUSED = _("Our mail server refuses our password. The message waits until that is mended.")
SENDER_REFUSED = _(
    "Our mail server refuses our sender’s address. The message waits until that is mended."
)
BUSY = _("The mail server asks to try again later.")
DOWN = _("The mail server cannot be reached just now.")
SILENT = _("The mail server gave no clear answer, so nobody can say whether it was sent.")


class _Telling:
    """Notes when the mail itself is handed over: from then on a lost connection leaves it open whether it went."""

    handed_over = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.handed_over = True
        return super().data(msg)  # type: ignore[misc]


class _Smtp(_Telling, smtplib.SMTP):
    pass


class _SmtpTls(_Telling, smtplib.SMTP_SSL):
    pass


class TellingBackend(EmailBackend):
    """Django’s own, over a connection that tells how far it came."""

    @property
    def connection_class(self) -> Any:
        return _SmtpTls if self.use_ssl else _Smtp


class MailDriver:
    """Sends over one connection for all it is given; after one that broke, over another."""

    at_once = 20

    def __init__(self, key: str, backend: BaseEmailBackend, sender: str = "") -> None:
        self.key, self.backend, self.sender = key, backend, sender

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        try:
            return [self._send(one) for one in messages]
        finally:
            _close(self.backend)

    def _send(self, message: Outgoing) -> Outcome:
        try:
            mail = write(message, self.sender)
            mail.message()  # raises what is wrong with its headers before anybody is asked
        except (ValueError, LookupError):
            return Refused(NO_ADDRESS)
        try:
            self.backend.open()
        except smtplib.SMTPAuthenticationError:
            return TryLater(KEY_REFUSED, OWN_TROUBLE)
        except (smtplib.SMTPException, OSError):
            return TryLater(DOWN)
        return self._hand_over(mail)

    def _hand_over(self, mail: EmailMultiAlternatives) -> Outcome:
        line = getattr(self.backend, "connection", None)
        if isinstance(line, _Telling):
            line.handed_over = False
        try:
            self.backend.send_messages([mail])
        except smtplib.SMTPException as error:
            outcome = _of_refusal(error)
        except OSError:
            outcome = None
        except ValueError:
            return Refused(NO_ADDRESS)
        else:
            return Accepted(mail.extra_headers["Message-ID"])
        if outcome is None:
            outcome = (
                TryLater(DOWN) if getattr(line, "handed_over", True) is False else Unclear(SILENT)
            )
            _close(self.backend)
        return outcome


def _of_refusal(error: smtplib.SMTPException) -> Outcome | None:
    """What the server’s own answer means: 4xx is for now, 5xx for good. None where there was no answer."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
        return TryLater(BUSY) if code < 500 else Refused(UNKNOWN_THERE)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return TryLater(SENDER_REFUSED, OWN_TROUBLE)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Refused(NO_ADDRESS)
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 400:
        return TryLater(BUSY) if error.smtp_code < 500 else Refused(REFUSED)
    return None


def _close(backend: BaseEmailBackend) -> None:
    """Over, however it ends: a server that has gone cannot be said goodbye to."""
    try:
        backend.close()
    except (smtplib.SMTPException, OSError):
        if isinstance(backend, EmailBackend):
            backend.connection = None


def platforms_own() -> MailDriver:
    """The one of the environment: TENANTRY_SMTP_URL, or in the demo the mail reader."""
    if settings.EMAIL_BACKEND == DJANGOS:
        return MailDriver("platform", TellingBackend())
    return MailDriver("platform", get_connection())


def own_server(values: dict[str, str]) -> MailDriver:
    """The one that was entered."""
    security = values.get("security", "starttls")
    backend = TellingBackend(
        host=values["host"],
        port=int(values.get("port") or 587),
        username=values.get("user", ""),
        password=values.get("password", ""),
        use_tls=security == "starttls",
        use_ssl=security == "tls",
        timeout=TIMEOUT,
    )
    return MailDriver("smtp", backend, values.get("sender", ""))
