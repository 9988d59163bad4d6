"""The events of booking, for workflows."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from booking import workflow_facts as facts
from plans.event_types import TENANT, Condition, EventType, Recipient, Timed

APPOINTMENTS, CUSTOMERS = _("Appointments"), _("Customers")
CONDITIONS = (
    Condition("service", _("Service"), facts.service_choices),
    Condition("staff", _("Staff"), facts.staff_choices),
    Condition("location", _("Location"), facts.location_choices),
    Condition("status", _("Status"), facts.status_choices),
)
CUSTOMER = Recipient("customer", _("The customer"))
OWNERS = Recipient("owners", _("The owners of the business"), frozenset({"email"}))
PEOPLE = (CUSTOMER, Recipient("staff", _("The one of the staff who serves")), OWNERS)
FOLLOWS = frozenset(
    {
        "appointment.created",
        "appointment.repeated",
        "appointment.rescheduled",
        "appointment.length_changed",
        "appointment.status_changed",
    }
)


def _of_appointment(
    key: str, label: object, *, at: str = "starts_at", timed: bool = False
) -> EventType:
    return EventType(
        key,
        label,  # type: ignore[arg-type]
        facts.APPOINTMENT_FIELDS,
        group=APPOINTMENTS,
        audiences=frozenset({TENANT}),
        capability="appointments",
        subject="appointment_id",
        conditions=CONDITIONS,
        recipients=PEOPLE,
        facts=partial(facts.appointment_facts, at=at),
        timed=_timed(at) if timed else None,
        has_calendar=True,
    )


def _timed(at: str) -> Timed:
    return Timed(
        at=partial(facts.instants, at=at),
        coming=partial(facts.coming, at=at),
        follows=FOLLOWS,
        sides=("before", "after"),
        suggested_minutes=24 * 60 if at == "starts_at" else 60,
    )


EVENTS = (
    _of_appointment("appointment.created", _("An appointment is booked")),
    _of_appointment("appointment.rescheduled", _("An appointment is moved")),
    _of_appointment("appointment.status_changed", _("The status of an appointment changes")),
    _of_appointment("appointment.deposit_paid", _("A deposit is paid online")),
    _of_appointment("appointment.deposit_returned", _("A deposit is given back")),
    _of_appointment("appointment.starts", _("An appointment starts"), timed=True),
    _of_appointment("appointment.ends", _("An appointment ends"), at="ends_at", timed=True),
    EventType(
        "customer.created",
        _("There is a new customer"),
        {**facts.CUSTOMER_FIELDS, **facts.BUSINESS_FIELDS},
        group=CUSTOMERS,
        audiences=frozenset({TENANT}),
        capability="customers",
        subject="customer_id",
        recipients=(CUSTOMER, OWNERS),
        facts=facts.customer_facts,
    ),
)
