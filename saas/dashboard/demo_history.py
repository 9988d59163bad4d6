"""The demo's half year: customers, appointments and what was written to them, stored in a few statements."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from booking.models import (
    Appointment,
    AppointmentExtra,
    Customer,
    Location,
    Service,
    ServiceExtra,
    Staff,
)
from plans.entitlements import UNLIMITED
from saas.dashboard.demo_hours import set_hours
from saas.dashboard.demo_messages import write_messages
from saas.dashboard.demo_people import make_customers
from saas.dashboard.demo_visits import Diary, Visit
from tenants.models import Tenant
from tenants.scope import tenant_scope

AT_ONCE = 1000
NEARLY = 0.88
"""How much of a ceiling per month is used at most: there is room for somebody who tries the demo."""


def fill_history(
    tenant: Tenant, business: dict[str, Any], now: datetime, room: dict[str, int]
) -> None:
    """Hours, customers, appointments and messages of half a year around `now`. `room`: ceilings of the plan."""
    zone = ZoneInfo(tenant.time_zone)
    with tenant_scope(tenant):
        refine_services(business)
        hours = set_hours(business, now.astimezone(zone).date(), zone)
        customers = make_customers(business["strangers"], business["customers"], room["customers"])
        for one in customers:
            one.created_at = now
        dice = Random(tenant.slug)  # noqa: S311 - believable, not secret
        diary = diary_of(business, customers, hours, now, dice)
        visits = within_ceiling(diary.visits(), tenant, room["appointments"])
        Customer.objects.bulk_create(customers, batch_size=AT_ONCE)
        store(visits)
    write_messages(tenant, [visit.row for visit in visits], now)


def refine_services(business: dict[str, Any]) -> None:
    """What the form of a first service does not ask: buffers, places, deposits, colours, who offers it."""
    told = {one["name"]: one for rows in business["services"].values() for one in rows}
    staff = {one.name: one for one in Staff.objects.all()}
    rows = list(Service.objects.all())
    for row in rows:
        for name, value in told[row.name].get("more", {}).items():
            setattr(row, name, value)
        row.offered_by.set([staff[one] for one in told[row.name].get("by", []) if one in staff])
    Service.objects.bulk_update(
        rows, ["buffer_before", "buffer_after", "capacity", "color", "deposit_kind", "deposit"]
    )


def diary_of(
    business: dict[str, Any], customers: list[Customer], hours: Any, now: datetime, dice: Random
) -> Diary:
    told = {one["name"]: one for one in business["staff"]}
    staff = [
        one for one in Staff.objects.in_use().order_by("pk") if told[one.name].get("serves", True)
    ]
    services = list(Service.objects.in_use().order_by("pk").prefetch_related("offered_by"))
    locations = list(Location.objects.in_use().order_by("pk"))
    extras: dict[int, list[ServiceExtra]] = defaultdict(list)
    for extra in ServiceExtra.objects.in_use().order_by("pk"):
        extras[extra.service_id].append(extra)
    keys = {one.pk for one in staff}
    every = [one for rows in business["services"].values() for one in rows]
    return Diary(
        customers=customers,
        services=services,
        staff=staff,
        extras=extras,
        offered_by={one.pk: {who.pk for who in one.offered_by.all()} or keys for one in services},
        works_at={
            one.pk: [place for place in locations if place.name in told[one.name].get("at", [])]
            or locations
            for one in staff
        },
        hours=hours,
        weights={one["name"]: one.get("often", 1.0) for one in every},
        fullness=business["fullness"],
        missed=business["missed"],
        classes=business.get("classes", []),
        now=now,
        dice=dice,
    )


def within_ceiling(visits: Iterable[Visit], tenant: Tenant, ceiling: int) -> list[Visit]:
    """As many as the plan allows to be booked in each of its months, and no class without whoever holds its time."""
    if tenant.entitlements.ceiling("appointments") == UNLIMITED:
        return list(visits)
    used: Counter[object] = Counter()
    kept: list[Visit] = []
    known = set()
    for visit in sorted(visits, key=lambda one: one.row.created_at):
        booked = visit.row.created_at
        before_plan = booked < tenant.plan_started_at
        month = (booked.year, booked.month) if before_plan else tenant.usage_window(booked)[0]
        if used[month] >= ceiling * NEARLY or (visit.joins and id(visit.joins) not in known):
            continue
        used[month] += 1
        known.add(id(visit))
        kept.append(visit)
    return kept


def store(visits: list[Visit]) -> None:
    """Those who hold a time before those who join them, each as of the day it was booked."""
    visits.sort(key=lambda visit: (visit.joins is not None, visit.row.created_at))
    holders = [visit.row for visit in visits if visit.joins is None]
    joining = [visit for visit in visits if visit.joins is not None]
    Appointment.objects.bulk_create(holders, batch_size=AT_ONCE)
    for visit in joining:
        visit.row.joins = visit.joins.row if visit.joins else None
    Appointment.objects.bulk_create([visit.row for visit in joining], batch_size=AT_ONCE)
    AppointmentExtra.objects.bulk_create(
        AppointmentExtra(appointment=visit.row, serviceextra=extra)
        for visit in visits
        for extra in visit.extras
    )
