"""The console's Audit log: every change that was made here, and the same as a file."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from saas.core import clock
from saas.core.access import console
from saas.core.csv_files import csv_response
from saas.dashboard.audit_log import HEAD, AuditLog


@console
@require_safe
def audit_log(request: HttpRequest) -> HttpResponse:
    """The whole page; for htmx, which filters and turns pages, the entries alone."""
    template = (
        "console/audit_entries.html" if getattr(request, "htmx", False) else "console/audit.html"
    )
    response = render(request, template, {"log": AuditLog(request.GET)})
    patch_vary_headers(response, ["HX-Request"])
    return response


@console
@require_safe
def audit_export(request: HttpRequest) -> HttpResponse:
    """The filtered entries as CSV."""
    name = f"audit-log-{clock.true_now():%Y-%m-%d}.csv"
    return csv_response(name, HEAD, AuditLog(request.GET).file_rows())
