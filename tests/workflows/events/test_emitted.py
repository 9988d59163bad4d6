"""Events happen when the thing does, and only then."""

from collections.abc import Callable

import pytest
from django.test import Client

from booking.models import Status
from booking.services.appointments import cancel_appointment, edit_appointment
from booking.services.customers import add_customer
from plans.models import Plan
from saas.core import clock
from tenants.models import Tenant, User
from tests.booking.pages import Salon, at, make_salon
from tests.workflows.dispatch.rules import ahead, dispatch, workflow
from tests.workflows.events.conftest import Heard


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


def test_appointment_that_only_takes_longer_is_not_called_moved(salon: Salon, heard: Heard) -> None:
    """It ends at another time, so what is due after its end moves."""
    row = salon.book(10)
    heard.clear()
    edit_appointment(salon.tenant, row.pk, extras=[salon.mask])
    about = {"tenant_id": salon.tenant.pk, "appointment_id": row.pk}
    assert heard == [("appointment.length_changed", about)]
    edit_appointment(salon.tenant, row.pk, extras=[salon.mask], starts_at=row.starts_at)
    assert len(heard) == 1


def test_thanks_after_the_visit_wait_for_one_that_takes_longer(salon: Salon) -> None:
    made = workflow(salon.tenant, "appointment.ends", amount=1, unit="hours", side="after")
    row = salon.book(10)
    dispatch(clock.now())
    assert ahead(made) == [at(11, 30)]
    edit_appointment(salon.tenant, row.pk, extras=[salon.mask])
    dispatch(clock.now())
    assert ahead(made) == [at(11, 40)]


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
