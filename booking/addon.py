"""Everything that booking adds to the product, on one screen or two."""

from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, Customer, Location, Service, ServiceExtra, Staff
from booking.services import logins
from booking.workflow_actions import SET_STATUS
from booking.workflow_events import EVENTS
from plans.registry import Capability, Limit, MenuItem, registry
from saas.core import audit
from saas.core.access import MANAGERS, STAFF
from tenants import staff_links
from workflows.actions.base import register as register_action

registry.add(
    Capability("appointments", _("Appointments")),
    Capability("appointments.add", _("Add appointment"), parent="appointments"),
    Capability("appointments.edit", _("Edit appointment"), parent="appointments"),
    Capability("appointments.cancel", _("Cancel appointment"), parent="appointments"),
    Capability("customers", _("Customers")),
    Capability("customers.add", _("Add customer"), parent="customers"),
    Capability("customers.edit", _("Edit customer"), parent="customers"),
    Capability("customers.delete", _("Delete customer"), parent="customers"),
    Capability("services", _("Services")),
    Capability("services.add", _("Add service"), parent="services"),
    Capability("services.edit", _("Edit service"), parent="services"),
    Capability("services.delete", _("Delete service"), parent="services"),
    Capability("services.categories", _("Service categories"), parent="services"),
    Capability(
        "services.extras",
        _("Service extras"),
        parent="services",
        help=_("What can be added to a service, at a price."),
    ),
    Capability(
        "services.disable_deposit_payments",
        _("Services without a deposit"),
        parent="services",
        help=_("Without it a deposit is asked for every service that costs something."),
    ),
    Capability("staff", _("Staff")),
    Capability("staff.add", _("Add staff"), parent="staff"),
    Capability("staff.edit", _("Edit staff"), parent="staff"),
    Capability("staff.delete", _("Delete staff"), parent="staff"),
    Capability("locations", _("Locations")),
    Capability("locations.add", _("Add location"), parent="locations"),
    Capability("locations.edit", _("Edit location"), parent="locations"),
    Capability("locations.delete", _("Delete location"), parent="locations"),
    Capability(
        "booking_page", _("Booking page"), help=_("The public page on the business’s own address.")
    ),
    Capability(
        "booking_page.receive_appointments",
        _("Receive appointments"),
        parent="booking_page",
        help=_("Customers book there by themselves. Off: what is booked can still be managed."),
    ),
    Capability(
        "booking_page.online_payments",
        _("Online payments"),
        parent="booking_page",
        help=_(
            "Customers pay deposits online, on the business’s own account at a payment company."
        ),
    ),
    Capability("booking_page.upload_logo", _("Own logo"), parent="booking_page", starts_on=False),
    Capability(
        "booking_page.dynamic_translations",
        _("Own words in every language"),
        parent="booking_page",
        starts_on=False,
    ),
    Capability(
        "booking_page.remove_branding",
        _("Remove “Powered by Tenantry”"),
        parent="booking_page",
        starts_on=False,
    ),
    Capability(
        "mobile_app",
        _("Mobile app"),
        starts_on=False,
        help=_("The panel as an app on the phones of the team."),
    ),
    Capability("reports", _("Reports")),
)

NEWEST_PAUSED = _("The newest above the limit are paused, not deleted.")
NEVER_PAUSED = _("Never paused: the limit only stops new ones.")

registry.add(
    Limit(
        "staff",
        _("Staff"),
        usage=lambda tenant, now: Staff.objects.in_use(),
        pausable=lambda tenant: Staff.objects.filter(is_active=True),
        capability=Staff.capability(),
        suggested=5,
        help=NEWEST_PAUSED,
    ),
    Limit(
        "services",
        _("Services"),
        usage=lambda tenant, now: Service.objects.in_use(),
        pausable=lambda tenant: Service.objects.filter(is_active=True),
        capability=Service.capability(),
        suggested=10,
        help=NEWEST_PAUSED,
    ),
    Limit(
        "service_extras",
        _("Service extras"),
        usage=lambda tenant, now: ServiceExtra.objects.in_use(),
        pausable=lambda tenant: ServiceExtra.objects.filter(is_active=True),
        capability=ServiceExtra.capability(),
        suggested=10,
        help=NEWEST_PAUSED,
    ),
    Limit(
        "locations",
        _("Locations"),
        usage=lambda tenant, now: Location.objects.in_use(),
        pausable=lambda tenant: Location.objects.filter(is_active=True),
        capability=Location.capability(),
        suggested=1,
        help=NEWEST_PAUSED,
    ),
    Limit(
        "customers",
        _("Customers"),
        usage=lambda tenant, now: Customer.objects.listed(),
        capability=Customer.capability(),
        suggested=200,
        help=NEVER_PAUSED,
    ),
    Limit(
        "appointments",
        _("Appointments"),
        usage=lambda tenant, now: Appointment.objects.booked_within(*tenant.usage_window(now)),
        per="month",
        capability=Appointment.capability(),
        suggested=50,
        help=_(
            "Counted when booked, from the day the plan started; a cancelled one still counts. 0 stops bookings."
        ),
    ),
)

registry.add(
    MenuItem(_("Home"), url="booking:home", icon="house", group=1, order=10),
    MenuItem(
        _("My day"),
        url="booking:my_day",
        icon="sun",
        capability="appointments",
        group=1,
        order=15,
        roles=frozenset({STAFF}),
    ),
    MenuItem(
        _("Calendar"),
        url="booking:calendar",
        icon="calendar-days",
        capability="appointments",
        group=1,
        order=20,
    ),
    MenuItem(
        _("Appointments"),
        url="booking:appointment_list",
        icon="calendar-check",
        capability="appointments",
        group=1,
        order=30,
    ),
    MenuItem(
        _("Customers"),
        url="booking:customer_list",
        icon="users",
        capability="customers",
        group=1,
        order=40,
    ),
    MenuItem(
        _("Reports"),
        url="booking:report_list",
        icon="chart-column",
        capability="reports",
        group=1,
        order=60,
        roles=MANAGERS,
    ),
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
    MenuItem(
        _("Locations"),
        url="booking:location_list",
        icon="map-pin",
        capability="locations",
        group=2,
        order=30,
    ),
    MenuItem(
        _("Hours"),
        url="booking:hours",
        icon="clock",
        capability="appointments",
        group=2,
        order=40,
    ),
    MenuItem(
        _("Booking page"),
        url="booking:page_rules",
        icon="globe",
        capability="booking_page",
        roles=MANAGERS,
        group=2,
        order=60,
    ),
    MenuItem(
        _("Online payments"),
        url="booking:online_payments",
        icon="credit-card",
        capability="booking_page.online_payments",
        roles=MANAGERS,
        group=2,
        order=65,
    ),
    MenuItem(
        _("On your phone"),
        url="booking:phone",
        icon="smartphone",
        capability="mobile_app",
        group=2,
        order=70,
    ),
)

audit.register(
    audit.Verb("online_payments.saved", _("Online payments changed")),
    audit.Verb("deposit.given_back", _("Deposit given back")),
)
registry.add(*EVENTS)
audit.register(
    audit.Verb("customer.merged", _("Customers merged")),
    audit.Verb("customer.erased", _("Customer erased")),
)
register_action(SET_STATUS)
staff_links.register(
    free=logins.free_staff,
    names=logins.staff_names,
    link=logins.link_staff,
    landing=logins.landing_of,
)
