"""One tenant that cannot be handled: the others go on, and it is tried again, less and less often."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from billing.models import ExpiryTrouble, Payment
from billing.renewal import Step
from billing.services import fulfilment
from billing.services.fulfilment import purpose
from plans.models import Plan
from saas.core.errors import Conflict
from tenants.models import PlanChange, Tenant
from tests.billing.expiry.due import (
    END,
    fresh,
    in_hand,
    live,
    others,
    run,
    runs_out,
    standing,
    subscribe,
    swept,
)
from tests.billing.money import give_funds
from tests.tenants.services import rows

MINUTES = timedelta(minutes=1)


def break_schema(tenant: Tenant) -> None:
    """Its staff cannot be counted any more."""
    rename(tenant, "booking_staff", "booking_staff_away")


def mend_schema(tenant: Tenant) -> None:
    rename(tenant, "booking_staff_away", "booking_staff")


def rename(tenant: Tenant, before: str, after: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{tenant.schema_name}"."{before}" RENAME TO "{after}"')


def test_tenant_that_fails_neither_stops_nor_undoes_the_others(
    aurora: Tenant, borealis: Tenant, plan: Plan, expired: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    rows.rows(borealis, 3)
    more = others(plan, 4)
    for tenant in (aurora, borealis):
        runs_out(tenant, plan)
    break_schema(aurora)
    done = run()
    assert (done.failed, done.steps) == (1, {Step.LAPSE: 5})
    assert {standing(tenant)[0] for tenant in (borealis, *more)} == {"Resting"}
    assert rows.running(borealis) == "1"
    assert PlanChange.objects.filter(reason="lapsed").count() == 5
    assert standing(aurora) == ("Team", END, END + 5 * MINUTES)
    trouble = ExpiryTrouble.objects.get()
    assert (trouble.tenant, trouble.attempts) == (aurora, 1)
    assert "booking_staff" in trouble.error
    assert f"could not be carried out for tenant {aurora.pk}" in caplog.text


def test_it_is_tried_again_after_longer_and_longer_and_then_forgotten(
    aurora: Tenant, plan: Plan, expired: Plan
) -> None:
    runs_out(aurora, plan)
    break_schema(aurora)
    at, waits = END, []
    for _ in range(10):
        assert run(at).failed == 1
        assert run(at).failed == 0, "Not before its time."
        again = fresh(aurora).expiry_check_at
        assert again
        waits.append((again - at) // MINUTES)
        at = again
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 720, 720]
    assert ExpiryTrouble.objects.get().attempts == 10
    mend_schema(aurora)
    assert swept(at) == {Step.LAPSE: 1}
    assert not ExpiryTrouble.objects.exists()


def test_renewal_that_cannot_be_carried_out_takes_no_money(
    aurora: Tenant, plan: Plan, expired: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settlement keeps money that came in without effect; money that we take ourselves is not taken at all."""
    subscribe(aurora, plan)
    solo = rows.make_plan("Solo", price=900)
    give_funds(aurora, 2900)
    running = live(aurora)
    assert running
    running.next_plan, running.next_cycle, running.next_amount = solo, "monthly", 900
    running.save()
    break_schema(aurora)
    done = run()
    assert (done.failed, done.steps) == (1, {})
    assert in_hand(aurora) == 2900
    assert not Payment.objects.exists()
    mend_schema(aurora)
    refusing = replace(purpose("renewal"), fulfil=_refuse)
    monkeypatch.setitem(fulfilment._purposes, "renewal", refusing)
    assert run(END + 5 * MINUTES).failed == 1
    assert in_hand(aurora) == 2900
    assert not Payment.objects.exists()
    assert "Not today" in ExpiryTrouble.objects.get().error
    monkeypatch.undo()
    assert swept(END + 15 * MINUTES) == {Step.RENEW: 1}
    assert in_hand(aurora) == 2000


def _refuse(*_: object) -> str:
    raise Conflict("Not today.")


def test_one_end_is_never_charged_twice(aurora: Tenant, plan: Plan, expired: Plan) -> None:
    """Whatever puts the end back without the money: the database refuses the second renewal of the same end."""
    subscribe(aurora, plan)
    give_funds(aurora, 9000)
    assert swept() == {Step.RENEW: 1}
    runs_out(aurora, plan)
    assert run().failed == 1
    assert in_hand(aurora) == 6100
    assert Payment.objects.count() == 1
