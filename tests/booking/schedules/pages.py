"""A business on pinned days, and what the tests of hours say again and again.

DAY is a Wednesday in winter time; the salon's clocks are Lisbon's, so they show UTC then.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from booking.availability import FreeTime, Wish, free_times
from booking.models import Appointment, BookingRules, Customer, Location, Service, Staff
from booking.schedules import BUSINESS, Owner
from booking.services.schedules import set_week
from tenants.models import Tenant
from tenants.scope import tenant_scope

DAY = date(2027, 1, 13)
NOW = datetime(2027, 1, 11, 8, tzinfo=UTC)
RULES = BookingRules(step_minutes=30, lead_minutes=0, horizon_days=60)
NINE_TO_ELEVEN = [(540, 660)]


def at(hour: int, minute: int = 0) -> datetime:
    return datetime.combine(DAY, time(hour, minute), UTC)


@dataclass
class Shop:
    """Bruno and Ana cut hair for an hour, from nine to eleven every day."""

    tenant: Tenant
    cut: Service
    ana: Staff
    bruno: Staff
    baixa: Location
    rita: Customer
    rules: BookingRules = field(default_factory=lambda: RULES)

    def wish(self, **fields: Any) -> Wish:
        return replace(Wish(self.cut, DAY, 1), **fields)

    def free(self, now: datetime = NOW, **fields: Any) -> list[FreeTime]:
        with tenant_scope(self.tenant):
            return free_times(self.tenant, self.wish(**fields), now, self.rules)

    def starts(self, now: datetime = NOW, **fields: Any) -> list[str]:
        return [f"{one.starts_at:%H:%M}" for one in self.free(now, **fields)]

    def book(self, hour: int, minute: int = 0, minutes: int = 60, **fields: Any) -> Appointment:
        made = {"service": self.cut, "staff": self.bruno, "customer": self.rita} | fields
        row = Appointment(starts_at=at(hour, minute), **made)
        row.end_after(minutes)
        with tenant_scope(self.tenant):
            row.save()
        return row

    def week(
        self, owner: Owner, spans: Sequence[tuple[int, int]], days: Sequence[int] = range(7)
    ) -> None:
        with tenant_scope(self.tenant):
            set_week(self.tenant, owner, dict.fromkeys(days, spans))

    def change(self, row: Any, **fields: Any) -> None:
        with tenant_scope(self.tenant):
            for name, value in fields.items():
                if isinstance(value, list):
                    getattr(row, name).set(value)
                else:
                    setattr(row, name, value)
            row.save()


@contextmanager
def inside(tenant: Tenant) -> Iterator[None]:
    with tenant_scope(tenant):
        yield


@pytest.fixture
def shop(aurora: Tenant) -> Shop:
    aurora.time_zone = "Europe/Lisbon"
    aurora.save()
    with tenant_scope(aurora):
        made = Shop(
            aurora,
            Service.objects.create(name="Cut", minutes=60, price=2500),
            Staff.objects.create(name="Ana"),
            Staff.objects.create(name="Bruno"),
            Location.objects.create(name="Baixa"),
            Customer.objects.create(name="Rita"),
        )
    made.week(BUSINESS, NINE_TO_ELEVEN)
    return made
