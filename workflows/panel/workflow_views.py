"""A tenant's workflows: owners and managers, while the plan has them."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from saas.core.access import MANAGERS, panel
from workflows.pages import deeds, editor, listing, log
from workflows.pages.desk import Desk

members = panel("workflows", roles=MANAGERS)
shown_and_posted = require_http_methods(["GET", "HEAD", "POST"])


@members
@require_safe
def workflow_list(request: HttpRequest) -> HttpResponse:
    return listing.list_page(request, Desk.of(request))


@members
@require_POST
def start(request: HttpRequest, key: str) -> HttpResponse:
    return listing.start(request, Desk.of(request), key)


@members
@shown_and_posted
def add(request: HttpRequest) -> HttpResponse:
    return editor.add_page(request, Desk.of(request))


@members
@shown_and_posted
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    return editor.edit_page(request, Desk.of(request), pk)


@members
@require_POST
def active(request: HttpRequest, pk: int) -> HttpResponse:
    return deeds.switch(request, Desk.of(request), pk)


@members
@require_POST
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    return deeds.duplicate(request, Desk.of(request), pk)


@members
@shown_and_posted
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    return deeds.delete_page(request, Desk.of(request), pk)


@members
@require_safe
def run_log(request: HttpRequest, pk: int) -> HttpResponse:
    return log.log_page(request, Desk.of(request), pk)
