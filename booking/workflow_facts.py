"""What booking tells workflows: of appointments and of customers, read for many at once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from booking.calendar_file import calendar_file
from booking.models import Appointment, Customer, Location, Service, Staff, Status
from booking.private_link import link_of
from plans.event_types import Facts, Payload, Person
from saas.core.errors import Sentence
from saas.core.money import format_money
from tenants.event_facts import owners
from tenants.models import Tenant

CUSTOMER_FIELDS = {
    "customer.name": "Clara Nunes",
    "customer.first_name": "Clara",
    "customer.email": "clara.nunes@mail.example",
    "customer.phone": "+351 91 555 0206",
}
BUSINESS_FIELDS = {
    "business.name": "Salon Aurora",
    "business.url": "https://salon-aurora.example/",
}
APPOINTMENT_FIELDS = {
    **CUSTOMER_FIELDS,
    "appointment.date": "3 December 2026",
    "appointment.time": "11:45",
    "appointment.ends_at": "12:30",
    "appointment.duration": "45 min",
    "appointment.price": "$42.00",
    "appointment.deposit": "$10.00",
    "appointment.status": "Confirmed",
    "appointment.link": "https://salon-aurora.example/book/a/WzEyLDM0XQ:aurora/",
    "service.name": "Cut and finish",
    "staff.name": "Ana Ribeiro",
    "location.name": "Baixa",
    "location.address": "Rua da Prata 112, 1100-420 Lisboa",
    **BUSINESS_FIELDS,
}


def appointment_facts(
    tenant: Tenant, payloads: Sequence[Payload], now: datetime, *, at: str = "starts_at"
) -> list[Facts | None]:
    """Three queries, however many appointments they are. `at` is the instant that a timed event counts from."""
    ids = [one.get("appointment_id") for one in payloads]
    found = Appointment.objects.with_all().in_bulk([pk for pk in ids if pk])
    told = _Teller(tenant, at, now)
    return [told.of(found[pk]) if pk in found else None for pk in ids]


def customer_facts(
    tenant: Tenant, payloads: Sequence[Payload], _now: datetime
) -> list[Facts | None]:
    """Two queries, however many customers they are."""
    ids = [one.get("customer_id") for one in payloads]
    found = Customer.objects.in_bulk([pk for pk in ids if pk])
    bosses = owners(tenant)
    return [_of_customer(found[pk], tenant, bosses) if pk in found else None for pk in ids]


class _Teller:
    """What is the same for all appointments of a tenant is read once."""

    def __init__(self, tenant: Tenant, at: str, now: datetime) -> None:
        self.tenant, self.at, self.now = tenant, at, now
        self.zone = ZoneInfo(tenant.time_zone)
        self.price = cache(partial(format_money, currency=tenant.platform_settings.currency))
        self.business = _business_fields(tenant)
        self.owners = owners(tenant)

    def of(self, row: Appointment) -> Facts:
        starts, ends = row.starts_at.astimezone(self.zone), row.ends_at.astimezone(self.zone)
        return Facts(
            fields={
                **_customer_fields(row.customer),
                "appointment.date": date_format(starts, "j F Y"),
                "appointment.time": date_format(starts, "H:i"),
                "appointment.ends_at": date_format(ends, "H:i"),
                "appointment.duration": row.duration,
                "appointment.price": self.price(row.price),
                "appointment.deposit": self.price(row.deposit),
                "appointment.status": str(Status(row.status).label),
                "appointment.link": link_of(self.tenant, row),
                "service.name": row.service.name,
                "staff.name": row.staff.name,
                "location.name": row.location.name if row.location else "",
                "location.address": row.location.address if row.location else "",
                **self.business,
            },
            values={
                "service": str(row.service_id),
                "staff": str(row.staff_id),
                "location": str(row.location_id or ""),
                "status": row.status,
            },
            people={
                "customer": [_person(row.customer, "customer")],
                "staff": [_person(row.staff, "staff")],
                "owners": self.owners,
            },
            at=getattr(row, self.at),
            calendar=partial(calendar_file, row, self.tenant, self.now),
            about=f"{row.customer.name}, {date_format(starts, 'j M Y, H:i')}",
        )


def _of_customer(row: Customer, tenant: Tenant, bosses: list[Person]) -> Facts:
    return Facts(
        fields={**_customer_fields(row), **_business_fields(tenant)},
        people={"customer": [_person(row, "customer")], "owners": bosses},
        about=row.name,
    )


def _customer_fields(row: Customer) -> dict[str, str]:
    return {
        "customer.name": row.name,
        "customer.first_name": row.name.split()[0] if row.name.split() else row.name,
        "customer.email": row.email,
        "customer.phone": row.phone,
    }


def _business_fields(tenant: Tenant) -> dict[str, str]:
    return {"business.name": tenant.name, "business.url": tenant.url("/")}


def _person(row: Customer | Staff, kind: str) -> Person:
    return Person(row.name, row.email, row.phone, f"{kind}:{row.pk}")


# When something of it is timed

NOBODY_COMES = (Status.CANCELLED, Status.NO_SHOW)
"""No reminder, and no thanks for the visit afterwards."""


def instants(_tenant: Any, ids: Sequence[int], *, at: str) -> Mapping[int, datetime]:
    """{appointment: instant}, without those that nobody comes to. One query."""
    found = Appointment.objects.filter(pk__in=ids).exclude(status__in=NOBODY_COMES)
    return dict(found.values_list("pk", at))


def coming(_tenant: Any, now: datetime, *, at: str) -> Iterable[tuple[int, datetime]]:
    """Those that lie ahead, and that somebody comes to. One query."""
    found = Appointment.objects.filter(**{f"{at}__gt": now}).exclude(status__in=NOBODY_COMES)
    return list(found.order_by(at).values_list("pk", at))


# What can be compared


def service_choices(_tenant: Any) -> list[tuple[str, Sentence]]:
    return _choices(Service)


def staff_choices(_tenant: Any) -> list[tuple[str, Sentence]]:
    return _choices(Staff)


def location_choices(_tenant: Any) -> list[tuple[str, Sentence]]:
    return _choices(Location)


def status_choices(_tenant: Any) -> list[tuple[str, Sentence]]:
    return [(one.value, one.label) for one in Status]


def _choices(model: type[Service] | type[Staff] | type[Location]) -> list[tuple[str, Sentence]]:
    return [
        (str(pk), name) for pk, name in model.objects.order_by("name").values_list("pk", "name")
    ]
