"""Events happen when the thing does, and only then."""

from collections.abc import Callable

import pytest
from django.test import Client

from booking.models import Status
from booking.services.appointments import cancel_appointment, edit_appointment
from booking.services.customers import add_customer
from plans.models import Plan
from saas.core import clock, events
from tenants.models import Tenant, User
from tests.booking.pages import Salon, at, make_salon

Heard = list[tuple[str, dict[str, object]]]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    heard: Heard = []
    monkeypatch.setattr(events, "_recorders", [lambda key, payload: heard.append((key, payload))])
    return heard


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


def test_booking_moving_and_cancelling_are_told(salon: Salon, heard: Heard) -> None:
    tenant = salon.tenant
    row = salon.book(10)
    edit_appointment(tenant, row.pk, note="Brings a friend")
    edit_appointment(tenant, row.pk, starts_at=at(12))
    edit_appointment(tenant, row.pk, status=Status.PENDING)
    cancel_appointment(tenant, row.pk, now=clock.now())
    cancel_appointment(tenant, row.pk, now=clock.now())
    about = {"tenant_id": tenant.pk, "appointment_id": row.pk}
    assert heard == [
        ("appointment.created", about),
        ("appointment.rescheduled", about),
        ("appointment.status_changed", {**about, "before": "approved"}),
        ("appointment.status_changed", {**about, "before": "pending"}),
    ]


def test_booking_that_is_refused_is_not_told(salon: Salon, heard: Heard) -> None:
    salon.book(10)
    with pytest.raises(Exception, match="taken at that time"):
        salon.book(10, customer="Nuno")
    assert [key for key, _payload in heard][0] == "appointment.created"
    assert "appointment.created" not in [key for key, _payload in heard][1:]


def test_customer_is_told_also_when_booked_with(salon: Salon, heard: Heard) -> None:
    new = add_customer(salon.tenant, name="Clara")
    salon.book(10, customer="Nuno")
    keys = [key for key, _payload in heard]
    assert keys == ["customer.created", "customer.created", "appointment.created"]
    assert heard[0][1] == {"tenant_id": salon.tenant.pk, "customer_id": new.pk}


def test_password_that_is_asked_for_is_told(
    client_for: Callable[..., Client], ana: User, heard: Heard
) -> None:
    stranger = client_for()
    stranger.post("/password/reset/", {"email": "nobody@nowhere.example"})
    assert heard == []
    stranger.post("/password/reset/", {"email": ana.email})
    assert heard == [("account.password_reset_asked", {"tenant_id": None, "user_id": ana.pk})]


def test_plan_that_changes_is_told(aurora: Tenant, small_plan: Plan, heard: Heard) -> None:
    from tenants.models import PlanChange
    from tenants.services.plan_changes import change_plan

    change_plan(aurora, small_plan, cause="test:1", reason=PlanChange.Reason.MOVED, now=clock.now())
    assert [key for key, _payload in heard] == ["tenant.plan_changed"]
