"""The free times of one service for 30 days, with 10 staff and 5,000 appointments, beside a loop over every start.

The loop is what one would write first: for each day and each of the staff it reads the appointments, and then asks of
each start on the grid whether it overlaps one of them.
"""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import median

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.rows import Row, against_peer, alternately, figure
from bench.scratch import our_database
from bench.world import make_salon
from booking.availability import Wish, free_times
from booking.models import (
    Appointment,
    BookingRules,
    Customer,
    Service,
    ServiceCategory,
    Staff,
    TimeOff,
    WorkingHours,
)
from booking.schedules import BUSINESS, Owner
from booking.services.schedules import set_week
from tenants.models import Tenant
from tenants.scope import tenant_scope

FIRST, DAYS, STAFF, PER_DAY = date(2027, 3, 8), 30, 10, 17
NOW = datetime(2027, 3, 8, 6, tzinfo=UTC)
RULES = BookingRules(step_minutes=15, lead_minutes=0, horizon_days=60)
MINUTES, ROUNDS = 30, 15
OPEN, CLOSE = 8 * 60, 20 * 60
LIMIT_MS, LIMIT_QUERIES, GOAL = 50, 4, 2.0


def run() -> list[Row]:
    with our_database("availability"):
        tenant = make_salon().tenant
        Tenant.objects.filter(pk=tenant.pk).update(time_zone="UTC")
        tenant.refresh_from_db()
        with tenant_scope(tenant):
            wish = Wish(fill(tenant), FIRST, DAYS)
            if [one.starts_at for one in free_times(tenant, wish, NOW, RULES)] != [*loop()]:
                raise RuntimeError("The two do not find the same times.")

            def ours() -> float:
                began = time.perf_counter()
                free_times(tenant, wish, NOW)
                return (time.perf_counter() - began) * 1000

            def peer() -> float:
                began = time.perf_counter()
                list(loop())
                return (time.perf_counter() - began) * 1000

            ours(), peer()  # the caches of this process
            mine, theirs = alternately(ours, peer, ROUNDS)
            with CaptureQueriesContext(connection) as queries:
                free_times(tenant, wish, NOW)
            found = [q for q in queries if not q["sql"].startswith("SET search_path")]
    return [
        against_peer(
            "availability_30d", "ms", ours=median(mine), peer=median(theirs),
            peer_name="a loop over days, staff and starts", better="lower", goal=GOAL,
        ),
        figure("availability_30d_of_limit", "ms", median(mine), limit=LIMIT_MS),
        figure("availability_30d_queries", "queries", len(found), limit=LIMIT_QUERIES),
    ]  # fmt: skip


def fill(tenant: Tenant) -> Service:
    """10 staff with hours of their own and 5,100 appointments of half an hour, of which each has left gaps."""
    for model in (Appointment, TimeOff, WorkingHours, Staff, Service, ServiceCategory):
        model.objects.all().delete()
    service = Service.objects.create(name="Cut", minutes=MINUTES, price=2500)
    customer = Customer.objects.create(name="Rita")
    week = {day: [(OPEN, CLOSE)] for day in range(7)}
    set_week(tenant, BUSINESS, week)
    rows = []
    for number in range(STAFF):
        staff = Staff.objects.create(name=f"Staff {number}")
        set_week(tenant, Owner(staff=staff), week)
        for day in range(DAYS):
            opens = datetime(FIRST.year, FIRST.month, FIRST.day, 8, tzinfo=UTC) + timedelta(
                days=day
            )
            for place in range(PER_DAY):
                start = opens + timedelta(minutes=40 * place + 5 * ((number + day) % 4))
                row = Appointment(customer=customer, service=service, staff=staff, starts_at=start)
                row.end_after(MINUTES)
                rows.append(row)
    Appointment.objects.bulk_create(rows, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE booking_appointment")
    return service


def loop() -> Iterator[datetime]:
    length, step = timedelta(minutes=MINUTES), timedelta(minutes=RULES.step_minutes)
    staff = list(Staff.objects.in_use())
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        found = set()
        for one in staff:
            hours = WorkingHours.objects.get(staff=one, weekday=day.weekday())
            booked = list(
                one.appointments.filter(
                    starts_at__gte=midnight, starts_at__lt=midnight + timedelta(days=1)
                )
            )
            start = midnight + timedelta(minutes=hours.starts)
            while start + length <= midnight + timedelta(minutes=hours.ends):
                if not any(
                    row.busy_from < start + length and row.busy_until > start for row in booked
                ):
                    found.add(start)
                start += step
        yield from sorted(found)
