"""Customers: who is served. Owners and managers change them, the staff role looks."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from booking.forms import CustomerForm
from booking.models import Customer
from booking.selectors import CUSTOMER_FIELDS
from booking.services import customers
from booking.views import resources, row_forms
from saas.core.access import MANAGERS, panel

CUSTOMER = resources.Resource(
    name="customer",
    icon="users",
    rows=Customer.objects.all(),
    form=CustomerForm,
    add=customers.add_customer,
    edit=customers.edit_customer,
    delete=customers.delete_customer,
    title=_("Customers"),
    lead=_("Who comes to you, and how to reach them."),
    add_label=_("Add customer"),
    search_label=_("Search by name, e-mail or phone"),
    searched=CUSTOMER_FIELDS,
    empty_title=_("No customers yet"),
    empty_text=_("Everybody you add here can be booked with two clicks the next time."),
    sorts={"name": _("By name"), "-age": _("Newest first"), "age": _("Oldest first")},
)


@panel("customers")
def customer_list(request: HttpRequest) -> HttpResponse:
    return resources.list_page(request, CUSTOMER)


@panel("customers.add", roles=MANAGERS)
def customer_add(request: HttpRequest) -> HttpResponse:
    return row_forms.add_page(request, CUSTOMER)


@panel("customers.edit", roles=MANAGERS)
def customer_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return row_forms.edit_page(request, CUSTOMER, pk)


@panel("customers.delete", roles=MANAGERS)
def customer_delete(request: HttpRequest, pk: int) -> HttpResponse:
    happens = [_("Their e-mail, phone and notes are deleted for good; nobody can bring them back.")]
    return row_forms.delete_page(request, CUSTOMER, pk, happens)
