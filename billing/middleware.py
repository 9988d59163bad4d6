"""What payment companies call has no session, no person and no page, so it is answered before those come in."""

import logging
import re
from collections.abc import Callable

import redis
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse

from billing.webhook_views import receive
from tenants.middleware import normal_host

log = logging.getLogger(__name__)
WEBHOOK = re.compile(r"/webhooks/([-\w]+)/", re.ASCII)
"""The address that `billing.webhook_urls` declares."""


class WebhookMiddleware:
    """Stands before everything that is there for people: tenants, sessions, and a policy for browsers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = WEBHOOK.fullmatch(request.path_info)
        if address is None or not _is_for_platform(request):
            return self.get_response(request)
        connection.set_schema_to_public()
        try:
            return receive(request, address[1])
        except (
            OperationalError,
            InterfaceError,
            redis.ConnectionError,
            redis.TimeoutError,
        ) as error:
            return _unavailable(error)


def _is_for_platform(request: HttpRequest) -> bool:
    try:
        return normal_host(request) in settings.PLATFORM_HOSTS
    except DisallowedHost:  # what that is answered is the affair of those behind
        return False


def _unavailable(error: Exception) -> HttpResponse:
    """A 503, after which the company tries again; no broken connection is left behind for the next request."""
    log.error("A notification could not be stored: %s", error)
    if not connection.in_atomic_block:
        connection.close()
    response = HttpResponse("unavailable", status=503, content_type="text/plain")
    response["Retry-After"] = "10"
    return response
