"""Where payment companies tell us what happened. No session, no person, no page: a plain answer to a machine."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from billing.services.inbox import working as inbox
from billing.services.inbox.refusals import count_refusal
from billing.services.inbox.working import Delivery, Refused
from saas.core import clock
from saas.core.access import public
from saas.core.errors import TooMany
from saas.core.throttling import throttle

log = logging.getLogger(__name__)
MOST_BYTES = 256 * 1024
REFUSED_RATE = "60/minute"
"""How many refusals one network is told the reason of; what is genuine is never held up."""


@csrf_exempt
@public
def receive(request: HttpRequest, gateway: str) -> HttpResponse:
    """200 for what is stored, or was before. Else nothing is, and a few words say why: 400, 404, 405, 413, 429."""
    try:
        headers = {**request.headers, ":path": request.get_full_path()}
        delivery = Delivery(gateway, body_of(request), headers, clock.true_now())
        inbox.accept(delivery, now=clock.now())
    except Refused as refusal:
        count_refusal(gateway, refusal.reason, at=clock.true_now())
        return refuse(request, refusal)
    return plain("ok", 200)


def body_of(request: HttpRequest) -> bytes:
    """All of it, up to the limit; one that says it is longer is not read. Raises Refused."""
    if request.method != "POST":
        raise Refused("not a post", 405)
    said = request.META.get("CONTENT_LENGTH") or ""
    if said and not said.isdecimal():
        raise Refused("no event")
    if said and int(said) > MOST_BYTES:
        raise Refused("too large", 413)
    try:
        body = request.body if said else _body_of_unknown_length(request)
    except Exception:  # noqa: BLE001 - whatever the server makes of a body that is broken off, or no body
        raise Refused("no event") from None
    if len(body) > MOST_BYTES:
        raise Refused("too large", 413)
    return body


def _body_of_unknown_length(request: HttpRequest) -> bytes:
    """Sent in chunks: the server says where it ends, and Django would not read it at all."""
    stream: Any = request.META.get("wsgi.input")
    if not request.META.get("wsgi.input_terminated") or stream is None:
        return b""
    return bytes(stream.read(MOST_BYTES + 1))


def refuse(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """Why, in a few words, to a network that was not refused too often."""
    try:
        throttle(request, "webhook-refused", REFUSED_RATE)
    except TooMany as error:
        response = plain("too many", error.status)
        response["Retry-After"] = str(error.retry_after)
        return response
    except Exception:
        log.exception("A refused notification was not throttled")
    response = plain(refusal.reason, refusal.status)
    if refusal.status == 405:
        response["Allow"] = "POST"
    return response


def plain(text: str, status: int) -> HttpResponse:
    """An answer to a machine."""
    response = HttpResponse(text, status=status, content_type="text/plain")
    response["Content-Length"] = str(len(response.content))
    return response
