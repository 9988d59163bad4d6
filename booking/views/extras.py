"""Service extras: what can be added to a service. Owners and managers change them, the staff role looks."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from booking.forms import ExtraForm
from booking.models import ServiceExtra
from booking.services import extras
from booking.views import resources, row_forms
from saas.core.access import MANAGERS, panel

EXTRA = resources.Resource(
    name="extra",
    icon="circle-plus",
    rows=ServiceExtra.objects.select_related("service"),
    form=ExtraForm,
    add=extras.add_extra,
    edit=extras.edit_extra,
    set_active=extras.set_extra_active,
    delete=extras.delete_extra,
    title=_("Service extras"),
    lead=_("What can be added to a service, with a price and a time of its own."),
    add_label=_("Add extra"),
    search_label=_("Search by name or service"),
    searched=("name", "service__name"),
    empty_title=_("No extras yet"),
    empty_text=_("A treatment with the haircut, hot stones with the massage: they stand here."),
    sorts={
        "name": _("By name"),
        "price": _("Cheapest first"),
        "-price": _("Dearest first"),
        "-age": _("Newest first"),
    },
)


@panel("services.extras")
def extra_list(request: HttpRequest) -> HttpResponse:
    back = {"back_url": reverse("booking:service_list"), "back_label": _("Services")}
    return resources.list_page(request, EXTRA, **back)


@panel("services.extras", roles=MANAGERS)
def extra_add(request: HttpRequest) -> HttpResponse:
    return row_forms.add_page(request, EXTRA)


@panel("services.extras", roles=MANAGERS)
def extra_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return row_forms.edit_page(request, EXTRA, pk)


@panel("services.extras", roles=MANAGERS)
@require_POST
def extra_active(request: HttpRequest, pk: int) -> HttpResponse:
    return row_forms.switch(request, EXTRA, pk)


@panel("services.extras", roles=MANAGERS)
def extra_delete(request: HttpRequest, pk: int) -> HttpResponse:
    happens = [
        _("It can no longer be added to an appointment."),
        _("Its price and time are deleted for good; nobody can bring them back."),
        _("To keep it for later, close this and switch it off instead."),
    ]
    return row_forms.delete_page(request, EXTRA, pk, happens)
