"""Django's own error handlers, in the product's look (handler400 … handler500 of both URL confs)."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from saas.core.middleware import OUTAGES, error_response, unavailable


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A lost database or Redis says so; anything else is rendered without the context that may have broken."""
    error = sys.exception()
    if isinstance(error, OUTAGES):
        return unavailable(request, error)
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose page is too old, or that came from another site."""
    return render(request, "errors/403.html", {"csrf": True}, status=403)
