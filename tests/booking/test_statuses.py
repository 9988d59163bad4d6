"""The flow of an appointment: which status may follow which, and the deposit that confirms it."""

import itertools
from datetime import timedelta

import pytest

from booking.models import FLOW, Appointment, Status
from booking.services.appointments import cancel_appointment
from booking.services.resources import WrongChoice
from booking.services.statuses import receive_deposit, set_status
from booking.workflow_facts import coming, instants
from plans.entitlements import CapabilityMissing
from plans.models import Plan
from saas.core.errors import Conflict, NotHere
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.pages import Salon, at, booked, make_salon, switch

LATER = at(12)
"""After the appointment of ten o'clock."""


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


def in_status(salon: Salon, status: Status, **fields: object) -> Appointment:
    row = salon.book(10)
    if status == Status.CANCELLED:
        fields["cancelled_at"] = at(8)
    with tenant_scope(salon.tenant):
        Appointment.objects.filter(pk=row.pk).update(status=status, **fields)
    return row


OPEN = [status for status in Status if status != Status.CANCELLED]


@pytest.mark.parametrize(("before", "after"), list(itertools.product(OPEN, Status)))
def test_status_follows_the_table_and_nothing_else(
    before: Status, after: Status, salon: Salon
) -> None:
    row = in_status(salon, before)
    follows = after in FLOW[before].next or after == before
    if follows:
        assert set_status(salon.tenant, row.pk, after, now=LATER).status == after
    else:
        with pytest.raises(Conflict):  # WrongChoice is one
            set_status(salon.tenant, row.pk, after, now=LATER)
    assert booked(salon.tenant)[0].status == (after if follows else before)


@pytest.mark.parametrize("after", OPEN)
def test_cancelled_stays_cancelled_for_its_time_may_be_taken(after: Status, salon: Salon) -> None:
    row = in_status(salon, Status.CANCELLED)
    salon.book(10)
    with pytest.raises(Conflict, match="cancelled"):
        set_status(salon.tenant, row.pk, after, now=LATER)


def test_nobody_has_missed_what_has_not_begun(salon: Salon) -> None:
    row = salon.book(10)
    with pytest.raises(WrongChoice, match="not begun"):
        set_status(salon.tenant, row.pk, Status.NO_SHOW, now=at(10) - timedelta(seconds=1))
    assert set_status(salon.tenant, row.pk, Status.NO_SHOW, now=at(10)).status == "no_show"


def test_missed_one_keeps_its_time_and_can_be_taken_back(salon: Salon) -> None:
    row = in_status(salon, Status.NO_SHOW)
    with pytest.raises(WrongChoice, match="taken"):
        salon.book(10)
    assert set_status(salon.tenant, row.pk, Status.APPROVED, now=LATER).status == "approved"


def test_deposit_confirms_what_waited_for_it_once(salon: Salon) -> None:
    row = in_status(salon, Status.PENDING, deposit=500)
    assert receive_deposit(salon.tenant, row.pk, now=at(8)).status == Status.APPROVED
    receive_deposit(salon.tenant, row.pk, now=at(9))
    assert booked(salon.tenant)[0].deposit_paid_at == at(8)


def test_deposit_changes_no_other_status(salon: Salon) -> None:
    row = in_status(salon, Status.COMPLETED, deposit=500)
    assert receive_deposit(salon.tenant, row.pk, now=at(8)).status == Status.COMPLETED


def test_deposit_that_nobody_asked_for_or_of_a_cancelled_one_is_refused(salon: Salon) -> None:
    row = salon.book(10)
    with pytest.raises(Conflict, match="No deposit"):
        receive_deposit(salon.tenant, row.pk, now=at(8))
    cancel_appointment(salon.tenant, row.pk, now=at(8))
    with pytest.raises(Conflict, match="cancelled"):
        receive_deposit(salon.tenant, row.pk, now=at(8))


def test_who_may_not_edit_or_is_somebody_else_changes_nothing(
    salon: Salon, borealis: Tenant, plan: Plan
) -> None:
    row = in_status(salon, Status.PENDING, deposit=500)
    for door in (
        lambda tenant: set_status(tenant, row.pk, Status.PAID, now=LATER),
        lambda tenant: receive_deposit(tenant, row.pk, now=LATER),
    ):
        with pytest.raises(NotHere):
            door(borealis)
    switch(plan, "appointments.edit", on=False)
    salon.tenant.refresh_from_db()
    with pytest.raises(CapabilityMissing):
        set_status(salon.tenant, row.pk, Status.PAID, now=LATER)
    assert booked(salon.tenant)[0].status == Status.PENDING


@pytest.mark.parametrize("status", Status)
def test_reminders_go_to_those_who_come(status: Status, salon: Salon) -> None:
    row = in_status(salon, status)
    comes = status not in {Status.CANCELLED, Status.NO_SHOW}
    with tenant_scope(salon.tenant):
        assert (row.pk in instants(None, [row.pk], at="starts_at")) == comes
        assert ((row.pk, at(10)) in list(coming(None, at(8), at="starts_at"))) == comes
