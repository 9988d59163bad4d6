"""Everything that booking adds to the product, on one screen."""

from django.utils.translation import gettext_lazy as _

from booking.models import Service, Staff
from plans.registry import Capability, Limit, MenuItem, registry

registry.add(
    Capability("services", _("Services")),
    Capability("services.add", _("Add service"), parent="services"),
    Capability("services.edit", _("Edit service"), parent="services"),
    Capability("services.delete", _("Delete service"), parent="services"),
    Capability("services.categories", _("Service categories"), parent="services"),
    Capability("staff", _("Staff")),
    Capability("staff.add", _("Add staff"), parent="staff"),
    Capability("staff.edit", _("Edit staff"), parent="staff"),
    Capability("staff.delete", _("Delete staff"), parent="staff"),
    Capability(
        "booking_page", _("Booking page"), help=_("The public page on the business’s own address.")
    ),
    Capability(
        "booking_page.remove_branding",
        _("Remove “Powered by Tenantry”"),
        parent="booking_page",
        starts_on=False,
    ),
    Limit(
        "staff",
        _("Staff"),
        usage=lambda tenant: Staff.objects.in_use(),
        capability="staff",
        suggested=5,
    ),
    Limit(
        "services",
        _("Services"),
        usage=lambda tenant: Service.objects.in_use(),
        capability="services",
        suggested=10,
    ),
    MenuItem(_("Home"), url="booking:home", icon="house", group=1, order=10),
    MenuItem(
        _("Services"),
        url="booking:service_list",
        icon="scissors",
        capability="services",
        group=2,
        order=10,
    ),
    MenuItem(
        _("Staff"), url="booking:staff_list", icon="id-card", capability="staff", group=2, order=20
    ),
)
