"""What the tests of the tenant's side say again and again."""

import html
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.models import (
    Appointment,
    Customer,
    Location,
    Pausable,
    Service,
    ServiceCategory,
    ServiceExtra,
    Staff,
)
from booking.services.appointments import add_appointment
from booking.services.seen import seen_of
from plans.models import Plan
from tenants.models import Tenant
from tenants.scope import tenant_scope

KINDS = {
    "staff": (Staff, "/panel/staff/", {"name": "Inês"}),
    "services": (Service, "/panel/services/", {"name": "Cut", "minutes": "30", "price": "25.00"}),
    "locations": (Location, "/panel/locations/", {"name": "Baixa"}),
    "customers": (Customer, "/panel/customers/", {"name": "Rita"}),
    "service_extras": (
        ServiceExtra,
        "/panel/services/extras/",
        {"name": "Mask", "minutes": "10", "price": "9.00"},
    ),
    "appointments": (Appointment, "/panel/appointments/", {}),
}
"""By module: the model, the list's address and a form that is in order."""


def allow(plan: Plan, **limits: int) -> None:
    plan.limits |= limits
    plan.save()


def switch(plan: Plan, *keys: str, on: bool) -> None:
    plan.capabilities |= dict.fromkeys(keys, on)
    plan.save()


def put_on(tenant: Tenant, plan: Plan) -> None:
    tenant.plan = plan
    tenant.save()


def fill(tenant: Tenant, module: str, count: int, **fields: object) -> list[int]:
    """`count` rows, and their keys."""
    model = KINDS[module][0]
    extra = {"price": 1000} if model is Service else {}
    with tenant_scope(tenant):
        rows = [model(**{"name": f"Row {n:02}"} | extra | fields) for n in range(count)]
        return [row.pk for row in model.objects.bulk_create(rows)]


def fill_apart(tenant: Tenant, module: str, count: int) -> None:
    """`count` rows, services each in a category of its own: what would cost a query per row does."""
    for number in range(count):
        category = headings(tenant, f"Heading {number}")[0] if module == "services" else None
        fill(tenant, module, 1, **({"category": category} if category else {}))


def headings(tenant: Tenant, *names: str) -> list[ServiceCategory]:
    with tenant_scope(tenant):
        return [ServiceCategory.objects.create(name=name) for name in names]


def rows_of(tenant: Tenant, module: str) -> list[Staff | Service]:
    with tenant_scope(tenant):
        return list(KINDS[module][0].objects.order_by("pk"))


def row(tenant: Tenant, module: str, pk: int) -> Staff | Service:
    with tenant_scope(tenant):
        return KINDS[module][0].objects.get(pk=pk)


def words(response: HttpResponse) -> str:
    """The page with its entities read, all white space as one blank."""
    return " ".join(html.unescape(response.content.decode()).split())


@contextmanager
def counted() -> Iterator[list[str]]:
    """The queries of the block, without the search paths that are set for them."""
    queries: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield queries
    queries += [q["sql"] for q in captured if not q["sql"].startswith("SET search_path")]


def queries_for(client: Client, url: str, status: int = 200) -> int:
    """How many queries one GET of `url` takes, once the process is warm."""
    client.get(url)
    with counted() as queries:
        assert client.get(url).status_code == status
    return len(queries)


@dataclass
class Salon:
    """What an appointment is made of, in one tenant."""

    tenant: Tenant
    rita: Customer
    cut: Service
    mask: ServiceExtra
    bruno: Staff
    baixa: Location

    @property
    def chosen(self) -> dict[str, Any]:
        """Arguments for the door, without customer and time."""
        return {"service": self.cut, "staff": self.bruno}

    def book(self, hour: int = 10, **fields: Any) -> Appointment:
        """An appointment for Rita with Bruno, on DAY."""
        made = {"customer": self.rita, "starts_at": at(hour), "now": timezone.now()}
        return add_appointment(self.tenant, **made | self.chosen | fields)

    def form(self, **fields: Any) -> dict[str, Any]:
        """What the page posts for an appointment at ten in the tenant's time."""
        filled = {
            "who": "Rita",
            "customer": self.rita.pk,
            "service": self.cut.pk,
            "staff": self.bruno.pk,
            "date": DAY.isoformat(),
            "time": "10:00",
            "status": "approved",
        }
        return {key: value for key, value in (filled | fields).items() if value is not None}


def seen(tenant: Tenant, row: Appointment) -> dict[str, str]:
    """What the form of `row` has from the page that is open now."""
    with tenant_scope(tenant):
        return {"seen": seen_of(Appointment.objects.get(pk=row.pk))}


DAY = (timezone.now() + timedelta(days=7)).date()


def at(hour: int, minute: int = 0) -> datetime:
    """An instant on DAY, in UTC."""
    return datetime.combine(DAY, time(hour, minute), UTC)


def make_salon(tenant: Tenant) -> Salon:
    with tenant_scope(tenant):
        cut = Service.objects.create(name="Cut", minutes=30, price=2500)
        return Salon(
            tenant,
            Customer.objects.create(name="Rita", phone="91 555"),
            cut,
            ServiceExtra.objects.create(service=cut, name="Mask", minutes=10, price=900),
            Staff.objects.create(name="Bruno"),
            Location.objects.create(name="Baixa"),
        )


def stop(tenant: Tenant, row: Pausable, how: str) -> None:
    """Pause `row` as a plan does, or switch it off as the tenant does."""
    change = {"paused_at": timezone.now()} if how == "paused" else {"is_active": False}
    with tenant_scope(tenant):
        type(row).objects.filter(pk=row.pk).update(**change)


def booked(tenant: Tenant) -> list[Appointment]:
    with tenant_scope(tenant):
        return list(Appointment.objects.with_all().order_by("pk"))
