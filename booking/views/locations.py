"""Locations: where customers are served. Owners and managers change them, the staff role looks."""

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from booking.forms import LocationForm
from booking.models import Location, WorkingHours
from booking.services import locations
from booking.views import resources, row_forms
from saas.core.access import MANAGERS, panel

LOCATION = resources.Resource(
    name="location",
    icon="map-pin",
    rows=Location.objects.annotate(
        has_hours=Exists(WorkingHours.objects.filter(location=OuterRef("pk")))
    ),
    hours_url="booking:location_hours",
    form=LocationForm,
    add=locations.add_location,
    edit=locations.edit_location,
    set_active=locations.set_location_active,
    delete=locations.delete_location,
    title=_("Locations"),
    lead=_("Where your customers come to."),
    add_label=_("Add location"),
    search_label=_("Search by name or address"),
    searched=("name", "address"),
    empty_title=_("No locations yet"),
    empty_text=_("Where your customers come to stands here, and on your public page."),
    sorts={"name": _("By name"), "-age": _("Newest first"), "age": _("Oldest first")},
)


@panel("locations")
def location_list(request: HttpRequest) -> HttpResponse:
    return resources.list_page(request, LOCATION)


@panel("locations.add", roles=MANAGERS)
def location_add(request: HttpRequest) -> HttpResponse:
    return row_forms.add_page(request, LOCATION)


@panel("locations.edit", roles=MANAGERS)
def location_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return row_forms.edit_page(request, LOCATION, pk)


@panel("locations.edit", roles=MANAGERS)
@require_POST
def location_active(request: HttpRequest, pk: int) -> HttpResponse:
    return row_forms.switch(request, LOCATION, pk)


@panel("locations.delete", roles=MANAGERS)
def location_delete(request: HttpRequest, pk: int) -> HttpResponse:
    happens = [
        _("It is no longer shown on your public page."),
        _("Its address and phone are deleted for good; nobody can bring them back."),
        _("To keep it for later, close this and switch it off instead."),
    ]
    return row_forms.delete_page(request, LOCATION, pk, happens)
