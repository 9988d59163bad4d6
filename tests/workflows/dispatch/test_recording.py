"""An event is written down with what made it happen, where somebody listens, and nowhere else."""

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from saas.core.events import emit, emit_all
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.workflows.dispatch.rules import workflow
from workflows.models import Occurrence


def made(tenant: Tenant, **more: object) -> None:
    emit("customer.created", tenant_id=tenant.pk, customer_id=7, **more)


def test_event_that_nobody_listens_to_leaves_nothing(aurora: Tenant, borealis: Tenant) -> None:
    workflow(borealis, "customer.created")
    workflow(aurora, "customer.created", is_on=False)
    workflow(aurora, "appointment.created")
    made(aurora)
    assert not Occurrence.objects.exists()


def test_event_is_one_row_however_many_listen(aurora: Tenant) -> None:
    workflow(aurora, "customer.created")
    workflow(aurora, "customer.created")
    with (
        CaptureQueriesContext(
            connection,
        ) as asked,
        tenant_scope(aurora),
    ):
        made(aurora)
    assert len([one for one in asked.captured_queries if "INSERT" in one["sql"]]) == 1
    stored = Occurrence.objects.get()
    assert (stored.tenant_id, stored.subject_id, stored.depth) == (aurora.pk, 7, 0)
    assert stored.payload == {"tenant_id": aurora.pk, "customer_id": 7}


def test_many_at_once_are_one_statement_and_only_whom_somebody_listens_to(
    aurora: Tenant, borealis: Tenant
) -> None:
    workflow(aurora, "customer.created")
    told = [(aurora, 1), (borealis, 2), (aurora, 3)]
    with CaptureQueriesContext(connection) as asked:
        emit_all(
            "customer.created",
            [{"tenant_id": one.pk, "customer_id": number} for one, number in told],
        )
    assert len(asked) == 1
    stored = Occurrence.objects.order_by("pk").values_list("tenant", "subject_id")
    assert list(stored) == [(aurora.pk, 1), (aurora.pk, 3)]


def test_platform_listens_to_what_concerns_it(aurora: Tenant) -> None:
    workflow(None, "tenant.plan_changed")
    emit("tenant.plan_changed", tenant_id=aurora.pk, plan_id=aurora.plan_id)
    assert Occurrence.objects.get().event == "tenant.plan_changed"


def test_event_that_no_workflow_can_hear_costs_nothing(aurora: Tenant) -> None:
    with CaptureQueriesContext(connection) as asked:
        emit("plan.saved", plan_id=1, terms_changed=False)
    assert not [one for one in asked.captured_queries if "workflows_" in one["sql"]]


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_what_is_rolled_back_was_never_recorded(aurora: Tenant) -> None:
    workflow(aurora, "customer.created")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        made(aurora)
        raise ZeroDivisionError
    assert not Occurrence.objects.exists()
    with transaction.atomic():
        made(aurora)
    assert Occurrence.objects.count() == 1
