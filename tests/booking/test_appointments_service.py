"""Booking, moving and cancelling: what is counted, what is refused, and what a pause means."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from booking.models import STAFF_ONCE, Appointment, Customer, ServiceExtra, Staff, Status
from booking.services import customers, resources
from booking.services.appointments import add_appointment, cancel_appointment, edit_appointment
from booking.services.resources import WrongChoice
from plans.entitlements import CapabilityMissing, LimitReached
from plans.models import Plan
from saas.core.errors import Conflict, NotHere
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.pages import Salon, allow, at, booked, make_salon, stop, switch


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


def another(salon: Salon, model: type[Any], **fields: Any) -> Any:
    with tenant_scope(salon.tenant):
        return model.objects.create(name="Another", **fields)


def test_price_and_length_are_those_of_the_service_and_its_extras(salon: Salon) -> None:
    row = salon.book(10, extras=[salon.mask], location=salon.baixa)
    assert (row.price, row.minutes) == (3400, 40)
    assert (row.starts_at, row.ends_at) == (at(10), at(10, 40))
    assert row.status == Status.APPROVED


def test_new_customer_comes_with_the_booking_or_not_at_all(salon: Salon, plan: Plan) -> None:
    assert str(salon.book(10, customer="Marta")) == "Marta"
    with pytest.raises(WrongChoice):
        salon.book(10, customer="Nuno")
    allow(plan, customers=2)
    with pytest.raises(LimitReached) as refusal:
        salon.book(12, customer="Nuno")
    assert refusal.value.limit.key == "customers"
    with tenant_scope(salon.tenant):
        assert set(Customer.objects.values_list("name", flat=True)) == {"Rita", "Marta"}
    assert len(booked(salon.tenant)) == 1


@pytest.mark.req(33, 40)
def test_month_is_counted_from_the_plans_start_and_cancelled_ones_stay(
    salon: Salon, plan: Plan
) -> None:
    allow(plan, appointments=2)
    now = timezone.now()
    start, end = salon.tenant.usage_window(now)
    salon.book(8, now=start - timedelta(seconds=1))  # of the month before
    first = salon.book(9, now=start)
    cancel_appointment(salon.tenant, first.pk, now=now)
    salon.book(10)
    with pytest.raises(LimitReached) as refusal:
        salon.book(11)
    assert (refusal.value.used, refusal.value.ceiling) == (2, 2)
    with tenant_scope(salon.tenant):
        line = salon.tenant.entitlements.usage_of("appointments")
        made = Appointment.objects.booked_within(end, end + timedelta(days=31))
        assert (line.text, line.window) == ("2 / 2", (start, end))
        assert not made.exists()


@pytest.mark.req(35)
def test_limit_zero_stops_bookings_and_leaves_what_is_booked(salon: Salon, plan: Plan) -> None:
    row = salon.book(10)
    allow(plan, appointments=0)
    with pytest.raises(LimitReached):
        salon.book(11)
    assert edit_appointment(salon.tenant, row.pk, starts_at=at(12)).starts_at == at(12)
    assert cancel_appointment(salon.tenant, row.pk, now=timezone.now()).is_cancelled


@pytest.mark.req(74, 75)
def test_lower_limit_of_customers_and_appointments_only_stops_new_ones(
    salon: Salon, plan: Plan
) -> None:
    for hour in (9, 10, 11):
        salon.book(hour, customer=f"Customer {hour}")
    allow(plan, appointments=1, customers=1)
    for refused in (
        lambda: salon.book(12),
        lambda: customers.add_customer(salon.tenant, name="Nuno"),
    ):
        with pytest.raises(LimitReached):
            refused()
    assert len(booked(salon.tenant)) == 3
    with tenant_scope(salon.tenant):
        assert Customer.objects.count() == 4
        customers.edit_customer(salon.tenant, salon.rita.pk, name="Rita Faria")
    assert not any(hasattr(row, "paused_at") for row in [salon.rita, *booked(salon.tenant)])


@pytest.mark.req(71)
@pytest.mark.parametrize("how", ["paused", "off"])
@pytest.mark.parametrize("field", ["staff", "cut", "baixa", "mask"])
def test_what_is_paused_or_off_cannot_be_booked(field: str, how: str, salon: Salon) -> None:
    row = salon.bruno if field == "staff" else getattr(salon, field)
    stop(salon.tenant, row, how)
    words = "paused by your plan, not deleted" if how == "paused" else "is switched off"
    with pytest.raises(WrongChoice, match=words) as refusal:
        salon.book(10, location=salon.baixa, extras=[salon.mask])
    assert refusal.value.field == {
        "staff": "staff", "cut": "service", "baixa": "location", "mask": "extras",
    }[field]  # fmt: skip
    assert booked(salon.tenant) == []


@pytest.mark.req(71)
@pytest.mark.parametrize("how", ["paused", "off"])
def test_appointment_made_before_the_pause_stays_and_can_be_changed(how: str, salon: Salon) -> None:
    row = salon.book(10, location=salon.baixa, extras=[salon.mask])
    for stopped in (salon.bruno, salon.cut, salon.baixa, salon.mask):
        stop(salon.tenant, stopped, how)
    kept = salon.chosen | {"location": salon.baixa, "extras": [salon.mask]}
    edit_appointment(salon.tenant, row.pk, starts_at=at(15), note="Later", **kept)
    after = booked(salon.tenant)[0]
    assert (after.starts_at, after.ends_at, after.price) == (at(15), at(15, 40), 3400)
    assert (after.staff, after.location) == (salon.bruno, salon.baixa)
    assert cancel_appointment(salon.tenant, row.pk, now=timezone.now()).is_cancelled


def test_appointment_is_not_moved_to_somebody_who_is_paused(salon: Salon) -> None:
    row, noor = salon.book(10), another(salon, Staff)
    stop(salon.tenant, noor, "paused")
    with pytest.raises(WrongChoice, match="paused by your plan"):
        edit_appointment(salon.tenant, row.pk, staff=noor)
    assert booked(salon.tenant)[0].staff == salon.bruno


def test_what_its_module_lacks_cannot_be_chosen(salon: Salon, plan: Plan) -> None:
    switch(plan, "locations", on=False)
    with pytest.raises(WrongChoice, match="isn’t included in your current plan"):
        salon.book(10, location=salon.baixa)


@pytest.mark.parametrize(("start", "fits"), [(at(9, 30), True), (at(9, 31), False), (at(10), False),
                                             (at(10, 29), False), (at(10, 30), True)])  # fmt: skip
def test_nobody_is_booked_twice_at_a_time(start: datetime, fits: bool, salon: Salon) -> None:
    salon.book(10)
    if fits:
        salon.book(starts_at=start)
    else:
        with pytest.raises(WrongChoice, match="Bruno is taken at that time") as refusal:
            salon.book(starts_at=start)
        assert refusal.value.field == "time"
    assert len(booked(salon.tenant)) == 1 + fits


def test_moving_onto_another_is_refused_and_changes_nothing(salon: Salon) -> None:
    salon.book(10)
    row = salon.book(12)
    with pytest.raises(WrongChoice, match="taken"):
        edit_appointment(salon.tenant, row.pk, starts_at=at(10, 15), note="Moved")
    after = booked(salon.tenant)[1]
    assert (after.starts_at, after.note) == (at(12), "")


def test_cancelled_one_frees_its_time_and_others_work_at_the_same(salon: Salon) -> None:
    row = salon.book(10)
    salon.book(10, staff=another(salon, Staff))
    cancel_appointment(salon.tenant, row.pk, now=at(8))
    cancel_appointment(salon.tenant, row.pk, now=at(9))
    salon.book(10)
    assert booked(salon.tenant)[0].cancelled_at == at(8)


def test_cancelled_one_cannot_be_changed(salon: Salon) -> None:
    row = salon.book(10)
    cancel_appointment(salon.tenant, row.pk, now=at(8))
    with pytest.raises(Conflict, match="cancelled"):
        edit_appointment(salon.tenant, row.pk, note="Back?")


def test_status_follows_the_table(salon: Salon) -> None:
    row = salon.book(10, status=Status.PENDING)
    assert edit_appointment(salon.tenant, row.pk, status=Status.APPROVED).status == "approved"
    for wrong in (Status.CANCELLED, "lost"):
        with pytest.raises(WrongChoice):
            edit_appointment(salon.tenant, row.pk, status=wrong)


def test_price_stays_as_booked_until_the_service_or_an_extra_changes(salon: Salon) -> None:
    row = salon.book(10)
    with tenant_scope(salon.tenant):
        type(salon.cut).objects.filter(pk=salon.cut.pk).update(price=9900, minutes=60)
    kept = edit_appointment(salon.tenant, row.pk, note="x", **salon.chosen)
    assert (kept.price, kept.minutes) == (2500, 30)
    more = edit_appointment(salon.tenant, row.pk, extras=[salon.mask])
    assert (more.price, more.minutes) == (10800, 70)


def test_extra_of_another_service_is_refused(salon: Salon) -> None:
    other = another(salon, type(salon.cut))
    foreign = another(salon, ServiceExtra, service=other)
    with pytest.raises(WrongChoice) as refusal:
        salon.book(10, extras=[foreign])
    assert refusal.value.field == "extras"


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"minutes": 1440}, "24 hours"), ({"price": 9_999_999_999}, "costs more")],
)
def test_sum_beyond_all_measure_is_refused(
    fields: dict[str, int], words: str, salon: Salon
) -> None:
    huge = another(salon, ServiceExtra, service=salon.cut, **fields)
    with pytest.raises(WrongChoice, match=words):
        salon.book(10, extras=[huge])


@pytest.mark.parametrize("what", ["bruno", "cut", "baixa", "mask", "rita"])
def test_what_has_appointments_is_not_deleted(what: str, salon: Salon) -> None:
    for hour in (10, 11):
        salon.book(hour, location=salon.baixa, extras=[salon.mask])
    row = getattr(salon, what)
    with pytest.raises(Conflict, match="has 2 appointments, so it cannot be deleted") as refusal:
        resources.delete(salon.tenant, type(row), row.pk)
    assert ("Switch it off instead" in str(refusal.value.message)) is (what != "rita")
    with tenant_scope(salon.tenant):
        assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.req(18)
@pytest.mark.parametrize("verb", ["add", "edit", "cancel"])
def test_every_door_is_shut_without_its_capability(verb: str, salon: Salon, plan: Plan) -> None:
    row = salon.book(10)
    doors = {
        "add": lambda: salon.book(11),
        "edit": lambda: edit_appointment(salon.tenant, row.pk, note="x"),
        "cancel": lambda: cancel_appointment(salon.tenant, row.pk, now=at(8)),
    }
    switch(plan, f"appointments.{verb}", on=False)
    with pytest.raises(CapabilityMissing):
        doors[verb]()
    switch(plan, "appointments", on=False)
    for door in doors.values():
        with pytest.raises(CapabilityMissing):
            door()


def test_foreign_rows_are_not_here(salon: Salon, borealis: Tenant) -> None:
    row = salon.book(10)
    with pytest.raises(NotHere):
        edit_appointment(borealis, row.pk, note="Mine")
    with pytest.raises(NotHere):
        cancel_appointment(borealis, row.pk, now=at(8))
    with pytest.raises(WrongChoice):
        add_appointment(borealis, customer=salon.rita, now=at(8), starts_at=at(9), **salon.chosen)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_at": at(9)},
        {"ends_at": at(10)},
        {"price": -1},
        {"status": "lost"},
        {"status": "cancelled"},
        {"cancelled_at": at(9)},
    ],
)
def test_database_itself_refuses_nonsense(wrong: dict[str, Any], salon: Salon) -> None:
    row = salon.book(10)
    with tenant_scope(salon.tenant), pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=row.pk).update(**wrong)


def test_database_itself_refuses_double_bookings(salon: Salon) -> None:
    row = salon.book(10)
    row.pk = None
    with (
        tenant_scope(salon.tenant),
        pytest.raises(IntegrityError, match=STAFF_ONCE),
        transaction.atomic(),
    ):
        row.save()
