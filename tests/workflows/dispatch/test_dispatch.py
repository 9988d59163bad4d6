"""From what happened to messages: each workflow that listens is asked once, and nobody else's ever."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.models import Appointment, Customer, Status
from booking.services.appointments import cancel_appointment, edit_appointment
from plans.models import Plan
from saas.core import clock
from saas.core.events import emit
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.pages import Salon, at, make_salon, switch
from tests.workflows.dispatch.rules import MAIL, dispatch, outcomes, texts, workflow
from workflows.models import Message, Occurrence, Run
from workflows.services import conditions, loops
from workflows.services import dispatch as dispatching


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    salon = make_salon(aurora)
    with tenant_scope(aurora):
        salon.rita.email, salon.rita.phone = "rita@mail.example", "+351 912 345 678"
        salon.rita.save()
    return salon


def test_booking_writes_to_the_customer(salon: Salon) -> None:
    made = workflow(salon.tenant, "appointment.created")
    salon.book(10)
    assert dispatch(clock.now()) == 1
    message = Message.objects.get()
    assert (message.address, message.text) == ("rita@mail.example", f"At {at(10):%H:%M}")
    assert (message.state, message.channel, message.workflow) == ("queued", "email", made)
    assert message.content["subject"] == "Hello Rita"
    assert message.person.startswith("customer:")
    assert "/stop/" in message.content["unsubscribe_url"]
    assert outcomes(made) == [("done", "")]
    assert Run.objects.get().about.startswith("Rita, ")
    assert message.run == Run.objects.get()
    assert not Occurrence.objects.exists()
    assert dispatch(clock.now()) == 0


def test_condition_that_does_not_hold_does_nothing(salon: Salon) -> None:
    other = [{"field": "service", "is_not": True, "values": [str(salon.cut.pk)]}]
    same = [{"field": "service", "is_not": False, "values": [str(salon.cut.pk)]}]
    gone = [{"field": "weather", "is_not": True, "values": ["rain"]}]
    workflow(salon.tenant, "appointment.created", conditions=other)
    workflow(salon.tenant, "appointment.created", conditions=[*same, *gone])
    wanted = workflow(salon.tenant, "appointment.created", conditions=same)
    salon.book(10)
    dispatch(clock.now())
    assert Message.objects.get().workflow == wanted
    assert Run.objects.count() == 1


def test_tenant_never_hears_of_another(salon: Salon, borealis: Tenant) -> None:
    foreign = workflow(borealis, "appointment.created")
    salon.book(10)
    workflow(salon.tenant, "appointment.created")
    salon.book(12)
    dispatch(clock.now())
    assert not Run.objects.filter(workflow=foreign).exists()
    assert not Message.objects.filter(tenant=borealis).exists()
    assert len(texts(salon.tenant)) == 1


def test_what_is_gone_is_not_told(salon: Salon) -> None:
    workflow(salon.tenant, "customer.created")
    with tenant_scope(salon.tenant):
        gone = Customer.objects.create(name="Tomé")
        emit("customer.created", tenant_id=salon.tenant.pk, customer_id=gone.pk)
        gone.delete()
    assert dispatch(clock.now()) == 1
    assert not Run.objects.exists()


def test_customer_without_an_address_is_said(salon: Salon) -> None:
    with tenant_scope(salon.tenant):
        salon.rita.email = ""
        salon.rita.save()
    made = workflow(salon.tenant, "appointment.created")
    salon.book(10)
    dispatch(clock.now())
    assert outcomes(made) == [("skipped", "Rita has no e-mail address.")]


def test_plan_without_workflows_runs_none(salon: Salon, plan: Plan) -> None:
    made = workflow(salon.tenant, "appointment.created")
    salon.book(10)
    switch(plan, "workflows", on=False)
    dispatch(clock.now())
    assert outcomes(made) == []


def test_channel_that_is_not_part_of_the_plan_is_said(salon: Salon, plan: Plan) -> None:
    sms = ("sms", {"to": "customer", "body": "Hi"})
    made = workflow(salon.tenant, "appointment.created", sms, ("email", MAIL))
    salon.book(10)
    switch(plan, "workflows.sms", on=False)
    dispatch(clock.now())
    assert outcomes(made) == [("done", "“Send an SMS” is not part of the plan.")]
    assert [one.channel for one in Message.objects.all()] == ["email"]


def test_closed_business_writes_to_nobody(salon: Salon) -> None:
    workflow(salon.tenant, "appointment.created")
    salon.book(10)
    Tenant.objects.filter(pk=salon.tenant.pk).update(suspended_at=timezone.now())
    assert dispatch(clock.now()) == 1
    assert not Run.objects.exists()


def test_status_is_set_and_what_that_causes_stands_deeper(salon: Salon) -> None:
    to_pending = ("set_status", {"status": Status.PENDING})
    first = workflow(salon.tenant, "appointment.created", to_pending)
    second = workflow(salon.tenant, "appointment.status_changed")
    row = salon.book(10)
    now = clock.now()
    dispatching.dispatch_due(now)
    assert outcomes(first) == [("done", "The status is “To confirm” now.")]
    assert Occurrence.objects.get().depth == 1
    dispatch(clock.now())
    assert outcomes(second) == [("done", "")]
    with tenant_scope(salon.tenant):
        assert Appointment.objects.get(pk=row.pk).status == Status.PENDING


def test_workflows_that_cause_one_another_are_stopped(salon: Salon) -> None:
    """One says “to confirm”, the other “confirmed”: without an end."""
    pending = [{"field": "status", "is_not": False, "values": ["pending"]}]
    approved = [{"field": "status", "is_not": False, "values": ["approved"]}]
    changed = "appointment.status_changed"
    ping = workflow(
        salon.tenant, changed, ("set_status", {"status": "approved"}), conditions=pending
    )
    pong = workflow(
        salon.tenant, changed, ("set_status", {"status": "pending"}), conditions=approved
    )
    row = salon.book(10)
    edit_appointment(salon.tenant, row.pk, status=Status.PENDING)
    while dispatch(clock.now()):
        pass
    last = [outcomes(ping), outcomes(pong)]
    assert sum(one[0] == "stopped" for some in last for one in some) == 1
    assert sum(one[0] == "done" for some in last for one in some) == loops.DEEPEST + 1
    assert "in a circle" in next(one[1] for some in last for one in some if one[0] == "stopped")


def test_loop_through_another_computer_is_stopped(salon: Salon) -> None:
    """Somebody's program answers each webhook by changing the appointment again."""
    made = workflow(salon.tenant, "appointment.rescheduled")
    row = salon.book(10)
    for number in range(loops.MOST_RUNS + 3):
        emit("appointment.rescheduled", tenant_id=salon.tenant.pk, appointment_id=row.pk, n=number)
        dispatch(clock.now())
    done = [one[0] for one in outcomes(made)]
    assert done == ["done"] * loops.MOST_RUNS + ["stopped"] * 3
    assert "10 times within an hour" in outcomes(made)[-1][1]


def test_batch_that_fails_is_worked_on_one_by_one(
    salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One appointment whose facts cannot be told spoils no other, is tried again, and given up in the end."""
    made = workflow(salon.tenant, "appointment.created")
    bad, good = salon.book(10), salon.book(12)
    real = conditions.are_true

    def fails_for_one(wanted: Any, values: Any) -> bool:
        if bad.pk == current[0]:
            raise ZeroDivisionError
        return real(wanted, values)

    current = [bad.pk]
    monkeypatch.setattr(conditions, "are_true", fails_for_one)
    batch = dispatching._batch

    def watched(now: Any, at_most: int, only: int | None = None) -> int:
        one = Occurrence.objects.filter(pk=only).first() if only else None
        current[0] = one.subject_id if one else bad.pk
        return batch(now, at_most, only)

    monkeypatch.setattr(dispatching, "_batch", watched)
    now = clock.now()
    dispatching.dispatch_due(now)
    assert [run.subject_id for run in Run.objects.all()] == [good.pk]
    for _ in range(dispatching.MOST_ATTEMPTS):
        now += timedelta(hours=1)
        dispatching.dispatch_due(now)
    assert not Occurrence.objects.exists()
    assert outcomes(made)[-1] == (
        "failed",
        "Something went wrong here, and it was given up after several attempts.",
    )


@pytest.mark.parametrize("count", [1, 12])
def test_queries_do_not_grow_with_what_happened(salon: Salon, count: int) -> None:
    workflow(salon.tenant, "appointment.created")
    workflow(salon.tenant, "appointment.created", ("sms", {"to": "customer", "body": "Hi"}))
    for number in range(count):
        salon.book(8 + number)
    with CaptureQueriesContext(connection) as asked:
        dispatching.dispatch_due(clock.now())
    assert Message.objects.count() == 2 * count
    assert len([one for one in asked.captured_queries if "search_path" not in one["sql"]]) <= 19


def test_cancelling_is_told_with_the_status(salon: Salon) -> None:
    cancelled = [{"field": "status", "is_not": False, "values": ["cancelled"]}]
    workflow(salon.tenant, "appointment.status_changed", conditions=cancelled)
    row = salon.book(10)
    cancel_appointment(salon.tenant, row.pk, now=clock.now())
    cancel_appointment(salon.tenant, row.pk, now=clock.now())
    dispatch(clock.now())
    assert len(texts()) == 1
