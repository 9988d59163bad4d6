"""What events say: exactly the fields that they declare, of rows that are there, for many at once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from billing.models import Payment, Subscription
from booking.models import Appointment, Customer
from booking.services.appointments import cancel_appointment, edit_appointment
from credits.models import PackPurchase
from plans.event_types import PLATFORM, TENANT, EventType
from plans.models import Plan, PlatformSettings
from plans.registry import registry
from saas.core import clock
from saas.core.money import format_money
from tenants.models import Tenant, User
from tenants.scope import public_scope, tenant_scope
from tests.billing.money import buy, give_funds
from tests.booking.pages import Salon, at, make_salon

HEARD = [event for event in registry.events.values() if event.facts]


@pytest.fixture
def salon(aurora: Tenant, plan: Plan, ana: User) -> Salon:
    PlatformSettings.objects.update(trial_plan=plan)
    give_funds(aurora, 2900)
    buy(aurora, plan, ana, due=2900, now=clock.now())
    PackPurchase.objects.create(
        tenant=aurora,
        payment=Payment.objects.get(),
        channel="sms",
        name="500 SMS",
        credits=500,
        at=clock.now(),
    )
    aurora.refresh_from_db()
    salon = make_salon(aurora)
    salon.book(10, location=salon.baixa)
    return salon


def payload(event: EventType, salon: Salon, ana: User) -> dict[str, Any]:
    with tenant_scope(salon.tenant):
        appointment = salon.rita.appointments.get()
    known = {
        "appointment_id": appointment.pk,
        "customer_id": salon.rita.pk,
        "payment_id": Payment.objects.get().pk,
        "subscription_id": Subscription.objects.get().pk,
        "plan_id": salon.tenant.plan_id,
        "user_id": ana.pk,
        "channel": "sms",
        "purchase_id": PackPurchase.objects.get().pk,
        "tenant_id": salon.tenant.pk,
    }
    return {**known, "before": "pending"}


def asked(event: EventType, tenant: Tenant | None, payloads: list[dict[str, Any]]) -> list[Any]:
    with tenant_scope(tenant) if tenant else public_scope():
        return list(event.facts(tenant, payloads, clock.now()))  # type: ignore[misc]


def holder(event: EventType, salon: Salon) -> Tenant | None:
    return None if event.key.startswith("account.") else salon.tenant


@pytest.mark.parametrize("event", HEARD, ids=lambda event: event.key)
def test_event_says_what_it_declares_and_nothing_else(
    event: EventType, salon: Salon, ana: User
) -> None:
    (facts,) = asked(event, holder(event, salon), [payload(event, salon, ana)])
    assert facts is not None
    assert set(facts.fields) == set(event.fields)
    assert all(isinstance(one, str) for one in facts.fields.values())
    assert set(facts.people) >= {one.key for one in event.recipients}
    assert {one.key for one in event.conditions} <= set(facts.values)
    assert facts.about
    assert bool(event.timed) <= bool(facts.at)
    assert event.audiences <= {TENANT, PLATFORM}
    assert event.group


@pytest.mark.parametrize("event", HEARD, ids=lambda event: event.key)
def test_many_cost_as_much_as_one(event: EventType, salon: Salon, ana: User) -> None:
    one, tenant = payload(event, salon, ana), holder(event, salon)
    counts = []
    for count in (1, 30):
        fresh = Tenant.objects.select_related("plan").get(pk=tenant.pk) if tenant else None
        with CaptureQueriesContext(connection) as queries:
            assert len(asked(event, fresh, [one] * count)) == count
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 10


@pytest.mark.parametrize(
    "key", ["appointment.created", "customer.created", "billing.payment_received"]
)
def test_what_is_gone_has_no_facts(key: str, salon: Salon) -> None:
    event = registry.event(key)
    nobody = {"appointment_id": 0, "customer_id": 0, "payment_id": 0, "purchase_id": 0}
    assert asked(event, salon.tenant, [nobody]) == [None]


def test_ids_of_one_tenant_mean_nothing_in_another(
    salon: Salon, borealis: Tenant, ana: User
) -> None:
    for key in ("appointment.created", "customer.created", "billing.payment_received"):
        event = registry.event(key)
        assert asked(event, borealis, [payload(event, salon, ana)]) == [None]


def test_same_ids_are_other_people_in_another_tenant(
    salon: Salon, borealis: Tenant, ana: User
) -> None:
    """Rows of both have the same keys: each hears of its own alone."""
    there = make_salon(borealis)
    event = registry.event("appointment.created")
    mine = payload(event, salon, ana)
    with tenant_scope(borealis):
        Customer.objects.filter(pk=there.rita.pk).update(name="Sofia")
        row = Appointment(
            pk=mine["appointment_id"], customer=there.rita, service=there.cut, staff=there.bruno,
            starts_at=at(15), ends_at=at(16), busy_from=at(15), busy_until=at(16), price=100, created_at=clock.now(),
        )  # fmt: skip
        row.save(force_insert=True)
    (here,) = asked(event, salon.tenant, [mine])
    (foreign,) = asked(event, borealis, [mine])
    assert (here.fields["customer.name"], foreign.fields["customer.name"]) == ("Rita", "Sofia")
    assert foreign.fields["business.name"] == borealis.name
    assert [one.email for one in here.people["owners"]] == [ana.email]
    assert ana.email not in {one.email for one in foreign.people["owners"]}
    coming = registry.event("appointment.starts").timed.coming  # type: ignore[union-attr]
    with tenant_scope(borealis):
        assert list(coming(borealis, clock.now())) == [(mine["appointment_id"], at(15))]


def test_hidden_plan_is_no_choice_for_those_who_are_not_on_it(
    salon: Salon, borealis: Tenant, plan: Plan
) -> None:
    """A plan made for one business may bear its name."""
    own = Plan.objects.create(name="Only for Borealis", is_hidden=True)
    Tenant.objects.filter(pk=borealis.pk).update(plan=own)
    borealis.refresh_from_db()
    (condition,) = registry.event("billing.payment_received").conditions
    assert str(own.pk) not in dict(condition.choices(salon.tenant))
    assert str(plan.pk) in dict(condition.choices(salon.tenant))
    assert str(own.pk) in dict(condition.choices(borealis))
    assert str(own.pk) in dict(condition.choices(None))


def test_appointment_is_told_in_the_time_of_the_business(salon: Salon, ana: User) -> None:
    event = registry.event("appointment.created")
    there = Tenant.objects.select_related("plan").get(pk=salon.tenant.pk)
    there.time_zone = "Pacific/Auckland"
    (here,) = asked(event, salon.tenant, [payload(event, salon, ana)])
    (away,) = asked(event, there, [payload(event, salon, ana)])
    assert here.fields["appointment.time"] == "10:00"
    assert away.fields["appointment.time"] in {"22:00", "23:00"}
    assert here.fields["appointment.price"] == format_money(2500, "USD")
    assert here.fields["location.name"] == "Baixa"


def test_calendar_file_can_be_read_by_a_phone(salon: Salon, ana: User) -> None:
    event = registry.event("appointment.created")
    with tenant_scope(salon.tenant):
        (facts,) = event.facts(salon.tenant, [payload(event, salon, ana)], clock.now())  # type: ignore[misc]
        text = facts.calendar().decode()
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert f"UID:appointment-{payload(event, salon, ana)['appointment_id']}@" in text
    assert "DTSTART:" in text
    assert "SUMMARY:Cut at Salon Aurora" in text
    assert "STATUS:CONFIRMED" in text
    assert "METHOD:PUBLISH" in text


def test_later_calendar_file_replaces_the_one_before(salon: Salon, ana: User) -> None:
    event = registry.event("appointment.created")
    row = payload(event, salon, ana)
    first = read(event, salon, row, clock.now())
    edit_appointment(
        salon.tenant, row["appointment_id"], starts_at=at(15), note="Ring;\nthen, wait"
    )
    moved = read(event, salon, row, clock.now() + timedelta(minutes=5))
    assert moved["uid"] == first["uid"]
    assert moved["sequence"] > first["sequence"]
    assert moved["dtstamp"].dt > first["dtstamp"].dt
    assert (first["dtstart"].dt, moved["dtstart"].dt) == (at(10), at(15))
    cancel_appointment(salon.tenant, row["appointment_id"], now=clock.now())
    assert read(event, salon, row, clock.now())["status"] == "CANCELLED"


def read(event: EventType, salon: Salon, row: dict[str, Any], now: datetime) -> Any:
    """The event of the calendar file, as a calendar reads it."""
    with tenant_scope(salon.tenant):
        (facts,) = event.facts(salon.tenant, [row], now)  # type: ignore[misc]
        (found,) = Calendar.from_ical(facts.calendar()).walk("VEVENT")
    return found


def test_reset_of_a_password_tells_no_link(ana: User) -> None:
    event = registry.event("account.password_reset_asked")
    (facts,) = asked(event, None, [{"user_id": ana.pk}])
    assert facts.fields == {"user.name": "Ana Ribeiro", "user.email": "ana@aurora.example"}
