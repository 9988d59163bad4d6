"""Staff: who serves the customers. Owners and managers change them, the staff role looks."""

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from booking.forms import StaffForm
from booking.models import Staff, WorkingHours
from booking.services import staff
from booking.views import resources, row_forms
from saas.core.access import MANAGERS, panel

STAFF = resources.Resource(
    name="staff",
    icon="id-card",
    rows=Staff.objects.annotate(
        has_hours=Exists(WorkingHours.objects.filter(staff=OuterRef("pk")))
    ),
    hours_url="booking:staff_hours",
    form=StaffForm,
    add=staff.add_staff,
    edit=staff.edit_staff,
    set_active=staff.set_staff_active,
    delete=staff.delete_staff,
    title=_("Staff"),
    lead=_("Who serves your customers."),
    add_label=_("Add staff"),
    search_label=_("Search by name"),
    empty_title=_("No staff yet"),
    empty_text=_("Whoever serves your customers stands here, and on your public page."),
    sorts={"name": _("By name"), "-age": _("Newest first"), "age": _("Oldest first")},
)


@panel("staff")
def staff_list(request: HttpRequest) -> HttpResponse:
    return resources.list_page(request, STAFF)


@panel("staff.add", roles=MANAGERS)
def staff_add(request: HttpRequest) -> HttpResponse:
    return row_forms.add_page(request, STAFF)


@panel("staff.edit", roles=MANAGERS)
def staff_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return row_forms.edit_page(request, STAFF, pk)


@panel("staff.edit", roles=MANAGERS)
@require_POST
def staff_active(request: HttpRequest, pk: int) -> HttpResponse:
    return row_forms.switch(request, STAFF, pk)


@panel("staff.delete", roles=MANAGERS)
def staff_delete(request: HttpRequest, pk: int) -> HttpResponse:
    happens = [
        _("They are no longer shown on your public page."),
        _("Their title, e-mail and phone are deleted for good; nobody can bring them back."),
        _("To keep them for later, close this and switch them off instead."),
    ]
    return row_forms.delete_page(request, STAFF, pk, happens)
