"""A business with a history in disorder: days at which clocks change, hours around midnight, every status."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from booking.models import Appointment, Customer, Location, Service, Source, Staff, Status
from tenants.models import Tenant
from tenants.scope import tenant_scope

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 5, 10, tzinfo=UTC)
"""In Berlin clocks went forward on 29 March 2026, and back on 25 October."""
STATUSES = [status for status in Status for _ in range(3 if status == Status.COMPLETED else 1)]
TURNS = (datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC))


@dataclass
class Business:
    tenant: Tenant
    staff: list[Staff]
    locations: list[Location]
    rows: list[Appointment]

    def local(self, row: Appointment) -> date:
        """The day of the business on which `row` takes place."""
        return row.starts_at.astimezone(ZONE).date()

    def between(self, first: date, last: date) -> list[Appointment]:
        return [row for row in self.rows if first <= self.local(row) <= last]


def make_business(tenant: Tenant, seed: int, count: int = 250) -> Business:
    """Appointments of the last eight months and some to come; a third of them around the changes of the clock."""
    dice = Random(seed)
    tenant.time_zone = ZONE.key
    tenant.save()
    with tenant_scope(tenant):
        staff = [Staff.objects.create(name=name) for name in ("Ana", "Bruno", "Inês")]
        services = [
            Service.objects.create(name=name, minutes=30, price=price)
            for name, price in (("Cut", 2500), ("Colour", 6999), ("Trim", 0))
        ]
        places = [Location.objects.create(name=name) for name in ("Baixa", "Alvalade")]
        people = [Customer.objects.create(name=f"C {n:02}") for n in range(30)]
        slots = set()
        while len(slots) < count:
            if dice.random() < 0.3:
                start = dice.choice(TURNS) + timedelta(minutes=30 * dice.randrange(16))
            else:
                start = NOW - timedelta(minutes=30 * dice.randrange(-600, 48 * 240))
            slots.add((dice.randrange(3), start.replace(minute=start.minute // 30 * 30)))
        rows = [
            _row(dice, staff[who], start, services, people, places)
            for who, start in sorted(slots, key=lambda slot: (slot[1], slot[0]))
        ]
        Appointment.objects.bulk_create(rows)
    return Business(tenant, staff, places, rows)


def _row(
    dice: Random,
    staff: Staff,
    start: datetime,
    services: list[Service],
    people: list[Customer],
    places: list[Location],
) -> Appointment:
    service, status = dice.choice(services), dice.choice(STATUSES)
    row = Appointment(
        customer=people[int(30 * dice.random() ** 2)],
        service=service,
        staff=staff,
        location=dice.choice([None, *places]),
        starts_at=start,
        status=status,
        price=service.price + dice.choice((0, 0, 1200)),
        source=dice.choice(list(Source)),
        created_at=start - timedelta(days=3),
        cancelled_at=start - timedelta(days=1) if status == Status.CANCELLED else None,
    )
    row.end_after(dice.choice((15, 30)))
    return row
