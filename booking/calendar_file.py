"""An appointment as a calendar file (RFC 5545), which a customer's phone takes with one touch."""

from datetime import UTC, datetime

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from booking.models import Appointment
from tenants.models import Tenant


def calendar_file(appointment: Appointment, tenant: Tenant, now: datetime) -> bytes:
    """One event, as it stands at `now`; cancelled where it is so.

    Its UID is always the same and its SEQUENCE grows, so that a later file replaces an earlier one (RFC 5546, 2.1.5).
    """
    age = int((now - appointment.created_at).total_seconds())
    event = Event()
    event.add("uid", f"appointment-{appointment.pk}@{tenant.host}")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("sequence", max(age, 0))
    event.add("dtstart", appointment.starts_at.astimezone(UTC))
    event.add("dtend", appointment.ends_at.astimezone(UTC))
    words = {"service": appointment.service.name, "business": tenant.name}
    event.add("summary", _("%(service)s at %(business)s") % words)
    event.add("description", _("With %(staff)s") % {"staff": appointment.staff.name})
    if appointment.location:
        event.add("location", appointment.location.address or appointment.location.name)
    event.add("status", "CANCELLED" if appointment.is_cancelled else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//Tenantry//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if appointment.is_cancelled else "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()
