"""What the tests of the booking page say again and again: a salon, a customer's browser, a Monday."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from booking.models import (
    Appointment,
    BookingRules,
    Customer,
    Location,
    Service,
    ServiceExtra,
    Staff,
)
from booking.page.choice import Choice
from booking.services.guests import Guest
from booking.services.public_booking import Order
from booking.services.public_booking import book as book_door
from tenants.models import Tenant
from tenants.scope import tenant_scope

HELENA = {"name": "Helena Matos", "email": "helena@mail.example", "phone": "+351 912 345 678"}


def monday(hour: int = 10, minute: int = 0, zone: str = "UTC") -> datetime:
    """On the first Monday that lies a week ahead or more: nobody has set hours, so it is open from nine to five."""
    day = (timezone.now() + timedelta(days=7)).date()
    day += timedelta(days=-day.weekday() % 7)
    return datetime.combine(day, time(hour, minute), ZoneInfo(zone))


@dataclass
class Shop:
    """A salon that can be booked: one service of 30 minutes for $25 by Bruno."""

    tenant: Tenant
    cut: Service
    bruno: Staff

    def choice(self, **changes: Any) -> Choice:
        return Choice(**{"service": self.cut.pk, "at": monday()} | changes)

    def details(self, client: Client, at: datetime | None = None, **typed: Any) -> HttpResponse:
        """The last step, sent: as the form is, for the service with anybody."""
        url = "/book/details/" + self.choice(at=at or monday(), **typed.pop("choice", {})).query()
        return client.post(url, HELENA | {"key": "a-key-of-this-form"} | typed)

    def book(self, at: datetime | None = None, key: str = "", **guest: Any) -> Appointment:
        """The same by the door."""
        made = {"name": "Helena Matos", "email": "helena@mail.example", "language": "en"} | guest
        order = Order(self.cut, at or monday())
        return book_door(self.tenant, order, Guest(**made), key=key, now=timezone.now())

    def add(self, model: type, **fields: Any) -> Any:
        with tenant_scope(self.tenant):
            return model.objects.create(**fields)

    def rules(self, **changes: Any) -> None:
        with tenant_scope(self.tenant):
            BookingRules.objects.update_or_create(pk=1, defaults=changes)

    def change(self, row: Any, **changes: Any) -> None:
        with tenant_scope(self.tenant):
            type(row).objects.filter(pk=row.pk).update(**changes)

    def all(self, model: type) -> list[Any]:
        with tenant_scope(self.tenant):
            return list(model.objects.order_by("pk"))

    @property
    def booked(self) -> list[Appointment]:
        with tenant_scope(self.tenant):
            return list(Appointment.objects.with_all().order_by("pk"))


def open_shop(tenant: Tenant) -> Shop:
    with tenant_scope(tenant):
        cut = Service.objects.create(name="Cut", minutes=30, price=2500)
        return Shop(tenant, cut, Staff.objects.create(name="Bruno"))


__all__ = ["HELENA", "Customer", "Location", "ServiceExtra", "Shop", "monday", "open_shop"]
