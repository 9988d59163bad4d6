"""Where errors become pages: domain errors in their own words, a lost database or Redis in ours."""

import logging
from collections.abc import Callable
from typing import Any

import redis
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from saas.core import health
from saas.core.errors import DomainError, TooMany

log = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]
OUTAGES = (OperationalError, InterfaceError, redis.ConnectionError, redis.TimeoutError)
"""A database or Redis that does not answer."""


class HealthMiddleware:
    """Answers `/healthz/` on any host, before tenancy, sessions and everything else that may be broken."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != "/healthz/":
            return self.get_response(request)
        report = health.report()
        healthy = "down" not in report.values()
        response = JsonResponse(report, status=200 if healthy else 503)
        response["Cache-Control"] = "no-store"
        return response


class DomainErrorMiddleware:
    """Renders what views and services raise. htmx gets a fragment, everybody else a page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Many addresses answer htmx with a part of their page, so caches must keep the two apart."""
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DomainError):
            return error_response(request, error.status, error=error)
        if isinstance(error, OUTAGES):
            return unavailable(request, error)
        return None


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """A 503 that leaves no broken connection behind for the next request.

    Rendered without a context: what the context processors would ask is what does not answer.
    """
    log.error("Service unavailable: %s", error)
    if isinstance(error, OperationalError | InterfaceError) and not connection.in_atomic_block:
        connection.close()
    template = "errors/_fragment.html" if getattr(request, "htmx", False) else "errors/503.html"
    response = HttpResponse(render_to_string(template, {"status": 503}), status=503)
    response["Retry-After"] = "10"
    return response


def error_response(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    """The page (or, for htmx, the fragment) of `status` from `templates/errors/`."""
    partial = bool(getattr(request, "htmx", False))
    template = "errors/_fragment.html" if partial else f"errors/{status}.html"
    error = context.get("error")
    if isinstance(error, DomainError) and error.action_roles:
        member = getattr(request, "membership", None)
        context["no_action"] = member is None or member.role not in error.action_roles
    context = {"status": status, "title": _("That did not work"), **context}
    response = render(request, template, context, status=status)
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.retry_after)
    patch_vary_headers(response, ["HX-Request"])
    return response
