"""What payment companies call has no session, no person and no page, so it is answered before those come in."""

import logging
import re
from collections.abc import Callable

import redis
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse

from billing.webhook_views import receive

log = logging.getLogger(__name__)
WEBHOOK = re.compile(r"/webhooks/([-\w]+)/", re.ASCII)
"""The address that `billing.webhook_urls` declares."""


class WebhookMiddleware:
    """Stands behind the one that knows the host, and before sessions: a cookie that is sent along is not looked at."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = None if request.tenant else WEBHOOK.fullmatch(request.path_info)
        if address is None:
            return self.get_response(request)
        try:
            return receive(request, address[1])
        except (
            OperationalError,
            InterfaceError,
            redis.ConnectionError,
            redis.TimeoutError,
        ) as error:
            return _unavailable(error)


def _unavailable(error: Exception) -> HttpResponse:
    """A 503, after which the company tries again; no broken connection is left behind for the next request."""
    log.error("A notification could not be stored: %s", error)
    if not connection.in_atomic_block:
        connection.close()
    response = HttpResponse("unavailable", status=503, content_type="text/plain")
    response["Retry-After"] = "10"
    return response
