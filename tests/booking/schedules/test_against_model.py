"""Availability beside a slow model of it, over time zones and the nights in which clocks are changed."""

from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.availability import Wish, free_times, is_free
from booking.models import (
    Appointment,
    BookingRules,
    Customer,
    Location,
    Service,
    SpecialHours,
    Staff,
    TimeOff,
    WorkingHours,
)
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.schedules import model

EDGES = {
    "Europe/Lisbon": (date(2027, 3, 28), date(2027, 10, 31)),
    "America/New_York": (date(2027, 3, 14), date(2027, 11, 7)),
    "America/Havana": (date(2027, 3, 14), date(2027, 11, 7)),  # at midnight
    "America/Santiago": (date(2027, 4, 3), date(2027, 9, 5)),  # back into the day before
    "Africa/Cairo": (date(2027, 4, 30), date(2027, 10, 28)),  # no midnight on that day
    "Australia/Lord_Howe": (date(2027, 4, 4), date(2027, 10, 3)),  # by half an hour
    "Asia/Kathmandu": (date(2027, 6, 1),),
    "Pacific/Apia": (date(2011, 12, 30),),  # a day that never was
}
T = TypeVar("T", int, datetime)

minutes = st.integers(0, 96).map(lambda n: n * 15)
pairs = st.tuples(minutes, minutes).filter(lambda pair: pair[0] < pair[1])
long_spans = st.sampled_from(
    [[(0, 1440)], [(0, 720), (720, 1440)], [(15, 1380)], [(0, 120), (150, 1440)]]
)
# One may begin when another ends, and stays a span of its own.
spans = st.lists(pairs, max_size=3).map(lambda found: apart(found)).map(sorted) | long_spans
weeks = st.just({}) | st.builds(
    lambda usual, other: dict.fromkeys(range(7), usual) | other,
    spans.filter(bool),
    st.dictionaries(st.integers(0, 6), spans, max_size=3),
)
around = st.integers(-3, 4)


def apart(pairs: list[tuple[T, T]]) -> list[tuple[T, T]]:
    """Those of `pairs` that overlap none before them: the database takes no others."""
    kept: list[tuple[T, T]] = []
    for start, end in pairs:
        if all(end <= since or start >= until for since, until in kept):
            kept.append((start, end))
    return kept


@st.composite
def hours(draw: st.DrawFn, near: date) -> model.Hours:
    special = draw(st.dictionaries(around, spans, max_size=2))
    days = {near + timedelta(days=away): found for away, found in special.items()}
    return model.Hours(draw(weeks), days)


@st.composite
def situations(draw: st.DrawFn) -> tuple[model.World, model.Person, model.Ask, bool]:
    zone = draw(st.sampled_from(sorted(EDGES)))
    near = draw(st.sampled_from(EDGES[zone]))
    own = draw(st.sampled_from(["", "", *sorted(EDGES)]))
    there = draw(st.booleans())
    world = model.World(ZoneInfo(zone), draw(hours(near)), draw(hours(near)) if there else None)
    first = near + timedelta(days=draw(st.integers(-2, 1)))
    noon = datetime(near.year, near.month, near.day, 12, tzinfo=UTC)
    ticks = st.integers(-300, 300).map(lambda n: noon + n * model.TICK)

    def stretches(most: int) -> st.SearchStrategy[list[tuple[datetime, datetime]]]:
        pairs = st.tuples(ticks, st.integers(1, 24)).map(lambda p: (p[0], p[0] + p[1] * model.TICK))
        return st.lists(pairs, max_size=most).map(apart)

    person = model.Person(
        ZoneInfo(own or zone), draw(hours(near)), draw(stretches(2)), draw(stretches(4))
    )
    quarters = st.integers(1, 12).map(lambda n: n * 15)
    buffers = st.integers(0, 4).map(lambda n: n * 15)
    ask = model.Ask(
        first, draw(st.integers(1, 4)), draw(quarters), draw(buffers), draw(buffers),
        draw(st.sampled_from((15, 30, 60))), draw(ticks) - timedelta(days=2), near + timedelta(days=draw(around) + 2),
    )  # fmt: skip
    return world, person, ask, bool(own)


def write_hours(hours: model.Hours, **owner: object) -> None:
    WorkingHours.objects.bulk_create(
        WorkingHours(weekday=day, starts=starts, ends=ends, **owner)
        for day, found in hours.week.items()
        for starts, ends in found
    )
    SpecialHours.objects.bulk_create(
        SpecialHours(day=day, starts=starts, ends=ends, **owner)
        for day, found in hours.special.items()
        for starts, ends in found or [(None, None)]
    )


def write(
    tenant: Tenant, world: model.World, person: model.Person, ask: model.Ask, own: bool
) -> tuple[Wish, Staff]:
    for rows in (Appointment, WorkingHours, SpecialHours, TimeOff, Staff, Location, Service):
        rows.objects.all().delete()
    tenant.time_zone = world.zone.key
    staff = Staff.objects.create(name="Bruno", time_zone=person.zone.key if own else "")
    location = Location.objects.create(name="Baixa")
    service = Service.objects.create(
        name="Cut", minutes=ask.minutes, buffer_before=ask.before, buffer_after=ask.after
    )
    customer = Customer.objects.first() or Customer.objects.create(name="Rita")
    write_hours(world.business)
    if world.location:
        write_hours(world.location, location=location)
    write_hours(person.hours, staff=staff)
    TimeOff.objects.bulk_create(
        TimeOff(staff=staff, starts_at=start, ends_at=end) for start, end in person.off
    )
    Appointment.objects.bulk_create(
        Appointment(
            customer=customer, service=service, staff=staff, starts_at=start, ends_at=end,
            busy_from=start, busy_until=end,
        )
        for start, end in person.busy
    )  # fmt: skip
    return Wish(service, ask.first, ask.days, location=location if world.location else None), staff


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(situation=situations())
def test_free_times_are_those_of_the_model(
    aurora: Tenant, situation: tuple[model.World, model.Person, model.Ask, bool]
) -> None:
    world, person, ask, own = situation
    with tenant_scope(aurora):
        wish, staff = write(aurora, world, person, ask, own)
        rules = BookingRules(lead_minutes=0, step_minutes=ask.step)
        expected = model.starts(world, person, ask)
        rules.horizon_days = max(
            (ask.last_day - ask.soonest.astimezone(world.zone).date()).days, -30
        )
        found = free_times(aurora, wish, ask.soonest, rules)
        assert [free.starts_at for free in found] == expected
        for start in expected[:1] + expected[-1:]:
            assert is_free(aurora, wish, start, staff, ask.soonest, rules)
            earlier = start - model.TICK
            if _asked(world, ask, earlier) and earlier not in expected:
                assert not is_free(aurora, wish, earlier, staff, ask.soonest, rules)


def _asked(world: model.World, ask: model.Ask, instant: datetime) -> bool:
    days = (instant.astimezone(world.zone).date() - ask.first).days
    return 0 <= days < ask.days
