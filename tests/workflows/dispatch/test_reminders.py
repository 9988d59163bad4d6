"""What lies ahead moves and goes with its appointment, and is sent once, in time or not at all."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.models import Appointment, Status
from booking.services.appointments import cancel_appointment, edit_appointment
from booking.services.series import Repeats, add_series
from saas.core import clock
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.pages import Salon, make_salon
from tests.workflows.dispatch.rules import ahead, dispatch, outcomes, texts, workflow
from workflows.models import Message, Workflow
from workflows.services import timing

NOW = datetime(2026, 10, 20, 9, tzinfo=UTC)
STARTS = datetime(2026, 10, 26, 10, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    salon = make_salon(aurora)
    with tenant_scope(aurora):
        salon.rita.email = "rita@mail.example"
        salon.rita.save()
    return salon


def reminder(salon: Salon, **fields: object) -> Workflow:
    known = {"amount": 24, "unit": "hours", "side": "before", **fields}
    return workflow(salon.tenant, "appointment.starts", **known)


def book(salon: Salon, starts_at: datetime = STARTS) -> Appointment:
    row = salon.book(10, starts_at=starts_at)
    dispatch(NOW)
    return row


@pytest.fixture(autouse=True)
def _long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is recorded is so at NOW."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_booking_lays_a_reminder_ahead(salon: Salon) -> None:
    made = reminder(salon)
    book(salon)
    assert ahead(made) == [STARTS - DAY]
    assert texts() == []
    assert dispatch(STARTS - DAY - timedelta(seconds=1)) == 0
    assert dispatch(STARTS - DAY) == 1
    message = Message.objects.get()
    assert message.useless_at == STARTS
    assert dispatch(STARTS) == 0
    assert ahead(made) == []


def test_what_was_booked_before_is_found_when_it_is_switched_on(salon: Salon) -> None:
    book(salon)
    made = reminder(salon)
    assert ahead(made) == []
    timing.follow(made, NOW)
    timing.follow(made, NOW)
    assert ahead(made) == [STARTS - DAY]
    timing.forget(made)
    assert ahead(made) == []


def test_moved_appointment_moves_its_reminder(salon: Salon) -> None:
    made = reminder(salon)
    row = book(salon)
    later = STARTS + timedelta(days=2)
    edit_appointment(salon.tenant, row.pk, starts_at=later)
    dispatch(NOW)
    assert ahead(made) == [later - DAY]
    edit_appointment(salon.tenant, row.pk, starts_at=NOW + HOUR)
    dispatch(NOW)
    assert ahead(made) == []


def test_cancelled_appointment_takes_it_away(salon: Salon) -> None:
    made = reminder(salon)
    row = book(salon)
    cancel_appointment(salon.tenant, row.pk, now=NOW)
    dispatch(NOW)
    assert ahead(made) == []
    assert dispatch(STARTS) == 0


def test_moved_after_it_was_sent_it_is_sent_again(salon: Salon) -> None:
    made = reminder(salon)
    row = book(salon)
    dispatch(STARTS - DAY)
    later = STARTS + timedelta(days=5)
    edit_appointment(salon.tenant, row.pk, starts_at=later)
    dispatch(NOW)
    assert ahead(made) == [later - DAY]


def test_booked_too_late_there_is_none(salon: Salon) -> None:
    made = reminder(salon)
    book(salon, NOW + 2 * HOUR)
    assert ahead(made) == []


def test_workers_that_stood_still_send_nothing_that_is_over(salon: Salon) -> None:
    made = reminder(salon)
    book(salon)
    dispatch(STARTS + HOUR)
    assert outcomes(made) == [("skipped", "It was too late: what it was about has begun.")]
    assert texts() == []


def test_conditions_are_asked_when_it_is_due(salon: Salon) -> None:
    approved = [{"field": "status", "is_not": False, "values": ["approved"]}]
    made = reminder(salon, conditions=approved)
    row = book(salon)
    edit_appointment(salon.tenant, row.pk, status=Status.PENDING)
    dispatch(NOW)
    assert ahead(made) == [STARTS - DAY]
    dispatch(STARTS - DAY)
    assert texts() == []


def test_day_before_is_the_same_hour_across_a_change_of_clocks(salon: Salon) -> None:
    """Lisbon goes back an hour in the night to 25 October: a calendar day is 25 hours there (decision D20)."""
    Tenant.objects.filter(pk=salon.tenant.pk).update(time_zone="Europe/Lisbon")
    salon.tenant.refresh_from_db()
    on_sunday = datetime(2026, 10, 25, 10, tzinfo=UTC)  # 10:00 in winter time
    days, hours = reminder(salon, amount=1, unit="days"), reminder(salon)
    book(salon, on_sunday)
    assert ahead(days) == [datetime(2026, 10, 24, 9, tzinfo=UTC)]
    assert ahead(hours) == [datetime(2026, 10, 24, 10, tzinfo=UTC)]


def test_after_the_end_it_counts_from_there(salon: Salon) -> None:
    made = workflow(salon.tenant, "appointment.ends", amount=2, unit="hours", side="after")
    row = book(salon)
    assert ahead(made) == [row.ends_at + 2 * HOUR]
    dispatch(row.ends_at + 3 * HOUR)
    assert outcomes(made) == [("done", "")]
    assert Message.objects.get().useless_at is None


def test_nightly_look_finds_what_a_switch_overlooked(salon: Salon) -> None:
    made = reminder(salon)
    book(salon)
    timing.forget(made)
    timing.follow_changed(NOW)
    assert ahead(made) == [STARTS - DAY]


def test_closed_business_finds_its_reminders_where_they_belong(salon: Salon) -> None:
    """What is changed for it while it is closed is looked up in its own schema, as ever."""
    made = reminder(salon)
    row = book(salon)
    Tenant.objects.filter(pk=salon.tenant.pk).update(suspended_at=NOW)
    edit_appointment(salon.tenant, row.pk, starts_at=STARTS + DAY)
    dispatch(NOW)
    assert ahead(made) == [STARTS]


def test_other_tenant_has_none_of_it(salon: Salon, borealis: Tenant) -> None:
    foreign = workflow(borealis, "appointment.starts", amount=24, unit="hours", side="before")
    book(salon)
    timing.follow(foreign, NOW)
    assert ahead(foreign) == []


def test_each_of_a_series_has_its_reminder_and_one_confirmation_is_sent(salon: Salon) -> None:
    made, booked = reminder(salon), workflow(salon.tenant, "appointment.created")
    add_series(
        salon.tenant,
        customer=salon.rita,
        now=NOW,
        starts_at=STARTS,
        repeats=Repeats("weeks", count=3),
        **salon.chosen,
    )
    dispatch(NOW)
    assert ahead(made) == [STARTS - DAY + timedelta(weeks=n) for n in range(3)]
    assert Message.objects.filter(workflow=booked).count() == 1
