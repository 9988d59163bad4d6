"""Customers from a file: uploaded, mapped, looked at, imported, reported."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.customer_list import usage
from booking.imports import reading, running
from booking.imports.forms import ColumnsForm, UploadForm
from booking.models import ImportRefusal, ImportRun, ImportState
from booking.selectors import find_row
from booking.tasks import import_customers
from saas.core import clock
from saas.core.access import MANAGERS, panel
from saas.core.csv_files import csv_stream
from saas.core.htmx import saved
from tenants.models import Tenant
from tenants.scope import tenant_scope

managers = panel("customers.add", roles=MANAGERS)
EXAMPLES, AT_ONCE = 4, 1000
REASONS_SHOWN, RUNS_SHOWN = 20, 10
STUCK = timedelta(minutes=3)
"""So long without a sign of life, and it can be started again by hand."""


@managers
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = running.begin(
                request.tenant,
                name=file.name,
                content=file.read(),
                by_id=request.user.pk,
                now=clock.now(),
            )
        except reading.UnreadableFile as error:
            form.add_error("file", str(error.message))
        else:
            return redirect(_url("run", run.pk))
    context = {
        "form": form,
        "runs": ImportRun.objects.defer("content", "sample").order_by("-created_at")[:RUNS_SHOWN],
        "usage": usage(request.tenant),
    }
    status = 422 if form.errors else 200
    return render(request, "booking/customers/import.html", context, status=status)


@managers
@require_http_methods(["GET", "HEAD", "POST"])
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the import stands; a POST says what its columns are, and has it read."""
    one = find_row(ImportRun, pk)
    chooses = one.state == ImportState.MAPPING or (
        one.state == ImportState.CHECKED and "columns" in request.GET
    )
    if chooses or request.method == "POST":
        return _columns(request, one)
    context = {
        "run": one,
        "refusals": list(one.refusals.order_by("line")[:REASONS_SHOWN]),
        "usage": usage(request.tenant) if one.state == ImportState.CHECKED else None,
        "is_stuck": one.is_busy and one.worked_at and clock.now() - one.worked_at > STUCK,
        "is_guess": one.encoding == reading.GUESSED,
    }
    return render(request, "booking/customers/import_run.html", context)


def _columns(request: HttpRequest, one: ImportRun) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = ColumnsForm(posted, run=one, examples=_examples(one, posted))
    if form.is_bound and form.is_valid():
        try:
            running.choose(request.tenant, one.pk, now=clock.now(), **form.cleaned_data)
        except reading.UnreadableFile as error:
            form.add_error(None, str(error.message))
        else:
            _work(request.tenant, one)
            return redirect(_url("run", one.pk))
    context = {"form": form, "run": one, "is_guess": one.encoding == reading.GUESSED}
    status = 422 if form.errors else 200
    return render(request, "booking/customers/import_columns.html", context, status=status)


def _examples(one: ImportRun, posted: Any) -> list[list[str]]:
    """The first lines, read as the file is said to be written; as it was guessed, where that is nonsense."""
    asked = posted or {}
    encoding, delimiter = str(asked.get("encoding")), str(asked.get("delimiter"))
    if encoding not in reading.ENCODINGS:
        encoding = one.encoding
    if delimiter not in reading.DELIMITERS:
        delimiter = one.delimiter
    lines = reading.rows(bytes(one.content), encoding, delimiter)
    return [row.cells for row in islice(lines, EXAMPLES)]


@managers
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """What was shown is imported; pressed again it goes on where it stopped."""
    one = running.apply(request.tenant, pk, now=clock.now())
    _work(request.tenant, one)
    return redirect(_url("run", pk))


def _work(tenant: Tenant, one: ImportRun) -> None:
    """A small file at once, a large one in the background."""
    if one.lines <= running.SMALL:
        running.work_on(tenant, one.pk, clock.now())
    else:
        transaction.on_commit(partial(import_customers.enqueue_for, tenant.pk, tenant.pk, one.pk))


@managers
@require_safe
def refused(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The lines that were not taken, as they stood in the file, with the reason: to put right and import again."""
    one = find_row(ImportRun, pk)
    head = [_("Line"), _("Why"), *_head(one)]
    return csv_stream(f"refused-{pk}.csv", head, _refused_rows(request.tenant, pk))


def _head(one: ImportRun) -> list[str]:
    return [name or f"{number}" for number, name in enumerate(one.columns, start=1)]


def _refused_rows(tenant: Tenant, pk: int) -> Iterator[list[Any]]:
    """Read while they are sent, when the request is over: each part enters the tenant's schema by itself."""
    last = 0
    while True:
        with tenant_scope(tenant):
            rest = ImportRefusal.objects.filter(run=pk, line__gt=last).order_by("line")
            lines = list(rest[:AT_ONCE])
        for one in lines:
            yield [one.line, one.reason, *one.cells]
            last = one.line
        if len(lines) < AT_ONCE:
            return


@managers
@require_http_methods(["GET", "HEAD", "POST"])
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    one = find_row(ImportRun, pk)
    if request.method == "POST":
        running.forget(request.tenant, pk)
        text = _("The import of “%(name)s” is deleted.") % {"name": one}
        return saved(request, reverse("booking:customer_import"), text)
    context = {
        "title": _("Delete the import of “%(name)s”?") % {"name": one},
        "happens": [
            _("The file, its preview and the list of refused lines are deleted."),
            _("Customers who were imported stay."),
        ],
        "action": request.path,
        "action_label": _("Delete"),
        "danger": True,
        "back_url": _url("run", pk),
        "shell": "panel_base.html",
    }
    return render(request, "ui/confirm.html", context)


def _url(page: str, pk: int) -> str:
    return reverse(f"booking:customer_import_{page}", kwargs={"pk": pk})
