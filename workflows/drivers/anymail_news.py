"""What those companies tell of e-mails later on, checked and read by anymail’s own views.

Its views take their secrets from Django’s settings, or as arguments: ours are entered at run time, so they are given.
Mailgun signs what it sends; the others log in with a user and a password that stand in the address entered there
(https://anymail.dev/en/stable/tips/securing_webhooks/).
"""

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, EventType
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView
from django.core.handlers.wsgi import WSGIRequest
from django.utils.translation import gettext as _

from workflows.drivers.base import News, NotGenuine

KEY = "tenantry_key"
"""Name of our own key in what a mail carries for us (anymail’s `metadata`)."""
SIGNED, WITH_PASSWORD = "webhook_signing_key", "webhook_secret"
VIEWS: dict[str, tuple[Callable[..., AnymailBaseWebhookView], str]] = {
    "postmark": (PostmarkTrackingWebhookView, WITH_PASSWORD),
    "mailgun": (MailgunTrackingWebhookView, SIGNED),
    "brevo": (BrevoTrackingWebhookView, WITH_PASSWORD),
    "resend": (ResendTrackingWebhookView, WITH_PASSWORD),
}
STATES = {
    EventType.SENT: "sent",
    EventType.DELIVERED: "delivered",
    EventType.OPENED: "delivered",
    EventType.CLICKED: "delivered",
    EventType.COMPLAINED: "delivered",
    EventType.UNSUBSCRIBED: "delivered",
    EventType.BOUNCED: "failed",
    EventType.REJECTED: "failed",
    EventType.FAILED: "failed",
}
"""anymail’s word → ours. What it says beside that (queued, deferred) is nothing new: the company goes on trying."""
UNREADABLE = (
    AnymailWebhookValidationFailure,
    AnymailError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)
"""What anymail raises at a call that is not as that company makes it, on purpose or not."""
WANT_NO_MORE = {EventType.COMPLAINED, EventType.UNSUBSCRIBED}


def read(key: str, secret: str, body: bytes, headers: Mapping[str, str]) -> list[News]:
    """What a genuine call says. Raises NotGenuine: also for every call while no secret is entered."""
    if not secret:
        raise NotGenuine
    make, argument = VIEWS[key]
    view, request = make(**{argument: secret}), _request(body, headers)
    try:
        view.run_validators(request)
        told: list[AnymailTrackingEvent] = view.parse_events(request)
    except UNREADABLE:
        raise NotGenuine from None
    return [_news(one) for one in told if one.event_type in STATES]


def _news(told: AnymailTrackingEvent) -> News:
    state = STATES[told.event_type]
    ours = told.metadata if isinstance(told.metadata, Mapping) else {}
    return News(
        str(told.message_id or ""),
        state,
        reason=_reason(told) if state == "failed" else "",
        opts_out=told.event_type in WANT_NO_MORE,
        key=str(ours.get(KEY, "")),
    )


def _reason(told: AnymailTrackingEvent) -> str:
    said = str(told.mta_response or told.description or "").strip()
    if said:
        return _("The mailbox did not take it: %(said)s") % {"said": said[:200]}
    return _("The mailbox did not take it.")


def _request(body: bytes, headers: Mapping[str, str]) -> WSGIRequest:
    """The call as anymail’s views want it."""
    given: dict[str, Any] = {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()
    }
    return WSGIRequest(
        {
            **given,
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "443",
            "CONTENT_TYPE": given.get("HTTP_CONTENT_TYPE", "application/json"),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
        }
    )
