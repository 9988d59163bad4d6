"""The headings under which services stand."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.forms import CategoryForm
from booking.models import ServiceCategory
from booking.selectors import find_row, list_categories
from booking.services import categories
from booking.views.row_forms import CHANGED, form_page, posted
from saas.core.access import MANAGERS, panel
from saas.core.htmx import saved

PAGE = {"shell": "panel_base.html"}


@panel("services.categories")
def category_list(request: HttpRequest) -> HttpResponse:
    context = {
        "categories": list_categories(),
        "may_change": request.membership.role in MANAGERS,
    }
    return render(request, "booking/category_list.html", context)


@panel("services.categories", roles=MANAGERS)
def category_add(request: HttpRequest) -> HttpResponse:
    form = CategoryForm(posted(request), tenant=request.tenant)
    door = partial(categories.add_category, request.tenant)
    page = _page(_("Add category"))
    return form_page(request, form, page, door=door, done=_("“%(name)s” is added."))


@panel("services.categories", roles=MANAGERS)
def category_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = find_row(ServiceCategory, pk)
    form = CategoryForm(posted(request), instance=row, tenant=request.tenant)
    door = partial(categories.edit_category, request.tenant, pk)
    page = _page(_("Edit “%(name)s”") % {"name": row})
    return form_page(request, form, page, door=door, done=_("“%(name)s” is saved."))


def _page(title: str) -> dict[str, Any]:
    url = reverse("booking:service_category_list")
    return {"title": title, "back_url": url, "template": "booking/category_form.html"}


@panel("services.categories", roles=MANAGERS)
def category_delete(request: HttpRequest, pk: int) -> HttpResponse:
    row = find_row(ServiceCategory, pk)
    url = reverse("booking:service_category_list")
    if request.method == "POST":
        categories.delete_category(request.tenant, pk)
        return saved(request, url, _("“%(name)s” is deleted.") % {"name": row}, event=CHANGED)
    count = row.services.count()
    stays = ngettext(
        "%(count)s service stays, without a category.",
        "%(count)s services stay, without a category.",
        count,
    )
    context = PAGE | {
        "title": _("Delete “%(name)s”?") % {"name": row},
        "happens": [
            _("The heading is no longer shown on your public page."),
            stays % {"count": count},
        ],
        "action": request.path,
        "action_label": _("Delete"),
        "danger": True,
        "back_url": url,
    }
    return render(request, "ui/confirm.html", context)
