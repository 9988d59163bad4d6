"""What changes one row that the plan counts: the form, the switch, the question before deleting."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from booking.selectors import find_row
from booking.services.resources import WrongChoice, require_unused
from booking.views.resources import Resource
from plans.entitlements import LimitReached
from saas.core.access import OWNER
from saas.core.errors import Sentence
from saas.core.htmx import saved

CHANGED = "rowsChanged"
"""The event on which an open list reads itself again."""


def add_page(request: HttpRequest, resource: Resource) -> HttpResponse:
    """The empty form, or the reason why there is no room for one more."""
    if request.method != "POST":
        request.tenant.entitlements.require_room(resource.model.module)
    form = resource.form(posted(request), tenant=request.tenant)
    door = partial(resource.add, request.tenant)
    done = _("“%(name)s” is added.")
    page = page_of(resource, resource.add_label)
    return form_page(request, form, page, door=door, done=done)


def edit_page(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    row = find_row(resource.model, pk)
    title = _("Edit “%(name)s”") % {"name": row}
    form = resource.form(posted(request), instance=row, tenant=request.tenant)
    door = partial(resource.edit, request.tenant, pk)
    done = _("“%(name)s” is saved.")
    return form_page(request, form, page_of(resource, title), door=door, done=done)


def posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def page_of(resource: Resource, title: Sentence) -> dict[str, Any]:
    return {
        "title": title,
        "back_url": resource.url("list"),
        "template": f"booking/{resource.name}_form.html",
    }


def form_page(
    request: HttpRequest,
    form: forms.BaseForm,
    page: dict[str, Any],
    *,
    door: Callable[..., Any],
    done: str,
) -> HttpResponse:
    """The form; after a good POST, what went through `door` is `done`. `page`: title, back_url, template.

    What is refused is said on the form itself, so that nothing of what was typed is lost: a full plan (409), and
    a choice that was taken or deleted in the meantime (422, beside its field).
    """
    status, refusal = 200, None
    if form.is_bound and form.is_valid():
        try:
            row = door(**form.cleaned_data)
        except LimitReached as error:
            status, refusal = error.status, error
        except WrongChoice as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            return saved(request, page["back_url"], done % {"name": row}, event=CHANGED)
    if form.errors:
        status = 422
    context = page | {
        "form": form,
        "refusal": refusal,
        "is_owner": request.membership.role == OWNER,
        "action": request.path,
        "shell": "panel_base.html",
    }
    return render(request, page["template"], context, status=status)


def switch(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """On for `active=1`, off for anything else."""
    row = resource.set_active(request.tenant, pk, active=request.POST.get("active") == "1")
    text = _("“%(name)s” is switched on.") if row.is_active else _("“%(name)s” is switched off.")
    return saved(request, resource.url("list"), text % {"name": row}, event=CHANGED)


def delete_page(
    request: HttpRequest, resource: Resource, pk: int, happens: Sequence[Sentence]
) -> HttpResponse:
    """The question, with the list of what will happen; after a POST it has happened.

    What has appointments is not deleted, and that is said before the question.
    """
    row = find_row(resource.model, pk)
    if request.method == "POST":
        resource.delete(request.tenant, pk)
        text = _("“%(name)s” is deleted.") % {"name": row}
        return saved(request, resource.url("list"), text, event=CHANGED)
    require_unused(row)
    context = {
        "title": _("Delete “%(name)s”?") % {"name": row},
        "happens": happens,
        "action": request.path,
        "action_label": _("Delete"),
        "danger": True,
        "back_url": resource.url("list"),
        "shell": "panel_base.html",
    }
    return render(request, "ui/confirm.html", context)
