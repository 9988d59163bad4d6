"""Services: what customers can book. Owners and managers change them, the staff role looks."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from booking.models import Service
from booking.selectors import HEADING
from booking.service_form import ServiceForm
from booking.services import services
from booking.views import resources, row_forms
from saas.core.access import MANAGERS, panel

SERVICE = resources.Resource(
    name="service",
    icon="scissors",
    rows=Service.objects.select_related("category__parent"),
    form=ServiceForm,
    add=services.add_service,
    edit=services.edit_service,
    set_active=services.set_service_active,
    delete=services.delete_service,
    title=_("Services"),
    lead=_("What your customers can book, for how long and at which price."),
    add_label=_("Add service"),
    search_label=_("Search by name"),
    empty_title=_("No services yet"),
    empty_text=_("What you offer stands here, and on your public page with its price."),
    sorts={
        "name": _("By name"),
        "price": _("Cheapest first"),
        "-price": _("Dearest first"),
        "minutes": _("Shortest first"),
        "-minutes": _("Longest first"),
        "-age": _("Newest first"),
    },
)

UNDER_HEADINGS = replace(SERVICE, sorts={HEADING: _("By category"), **SERVICE.sorts})
"""The same where the plan has categories: first of all as they stand on the public page."""


@panel("services")
def service_list(request: HttpRequest) -> HttpResponse:
    """With the ways to the categories and the extras, where the plan has them."""
    can = request.tenant.entitlements.can
    links = [
        {"label": label, "icon": icon, "url": reverse(view)}
        for key, label, icon, view in (
            ("services.extras", _("Extras"), "circle-plus", "booking:extra_list"),
            ("services.categories", _("Categories"), "folder", "booking:service_category_list"),
        )
        if can(key)
    ]
    listed = UNDER_HEADINGS if can("services.categories") else SERVICE
    return resources.list_page(request, listed, links=links)


@panel("services.add", roles=MANAGERS)
def service_add(request: HttpRequest) -> HttpResponse:
    return row_forms.add_page(request, SERVICE)


@panel("services.edit", roles=MANAGERS)
def service_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return row_forms.edit_page(request, SERVICE, pk)


@panel("services.edit", roles=MANAGERS)
@require_POST
def service_active(request: HttpRequest, pk: int) -> HttpResponse:
    return row_forms.switch(request, SERVICE, pk)


@panel("services.delete", roles=MANAGERS)
def service_delete(request: HttpRequest, pk: int) -> HttpResponse:
    happens = [
        _("It is no longer shown on your public page."),
        _(
            "Its price, duration, description and extras are deleted for good; nobody can bring them back."
        ),
        _("To keep it for later, close this and switch it off instead."),
    ]
    return row_forms.delete_page(request, SERVICE, pk, happens)
