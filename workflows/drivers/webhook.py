"""A POST to an address that a tenant has chosen, signed, by way of `saas.core.outgoing`.

    Tenantry-Signature: t=1764057600,v1=HMAC-SHA256(secret, "1764057600." + body) in hex
    Tenantry-Message: the key of the message

The receiver knows a repetition by that key. So, other than with every carrier, it is sent again where nobody can
say whether it was heard: what costs nothing may rather come twice than never.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from saas.core import clock
from saas.core.outgoing import AddressRefused, Answer, Unreachable, post
from saas.core.secrets import Unreadable, decrypt
from workflows.drivers.base import Accepted, Outcome, Outgoing, Refused, TryLater

MOVED = _("The address answers that it has moved. Enter where it is now.")
SAID_NO = _("The receiver answered %(status)s.")
BUSY = _("The receiver is busy: it answered %(status)s.")
DOWN = _("The receiver cannot be reached, or has no good certificate.")
SILENT = _("The receiver did not answer in time.")
NO_SECRET = _(
    "The secret of the webhook cannot be read any more. Save the workflow with a new one."
)


class WebhookDriver:
    key = "webhook"
    at_once = 1

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        return [_send(one) for one in messages]


def sign(secret: str, body: bytes, stamp: int) -> str:
    """The value of Tenantry-Signature."""
    mark = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mark}"


def _send(message: Outgoing) -> Outcome:
    """`content`: url, body, and the secret as `saas.core.secrets` keeps it."""
    content, body = message.content, str(message.content["body"]).encode()
    try:
        secret = decrypt(str(content["secret"]))
    except Unreadable:
        return Refused(NO_SECRET)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Tenantry",
        "Tenantry-Message": message.key,
        "Tenantry-Signature": sign(secret, body, int(clock.now().timestamp())),
    }
    try:
        return _of(post(str(content["url"]), body, headers))
    except AddressRefused as refusal:
        return Refused(refusal.message)
    except Unreachable as trouble:
        return TryLater(DOWN if trouble.definite else SILENT)


def _of(answer: Answer) -> Outcome:
    said = {"status": answer.status}
    if 200 <= answer.status < 300:
        return Accepted()
    if 300 <= answer.status < 400:
        return Refused(MOVED)
    busy = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
    if answer.status >= 500 or answer.status in busy:
        return TryLater(BUSY % said, answer.retry_after or timedelta(0))
    return Refused(SAID_NO % said)
