"""What a sweep costs: one look at an index when nothing is due, and the same few statements for any number that is."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.renewal import Step
from billing.services.expiry.cases import due
from plans.models import Plan
from tests.billing.expiry.due import END, others, subscribe, swept
from tests.billing.money import give_funds

HOUR = timedelta(hours=1)


def test_idle_sweep_is_one_query(plan: Plan, expired: Plan) -> None:
    others(plan, 50, END + HOUR)
    with CaptureQueriesContext(connection) as queries:
        assert swept() == {}
    assert len(queries) == 1


def test_idle_sweep_is_answered_by_the_index_alone(plan: Plan, expired: Plan) -> None:
    others(plan, 3000, END + HOUR)
    others(plan, 20_000, None)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tenants_tenant")
        query, values = due(END).order_by().values("expiry_check_at")[:1].query.sql_with_params()
        cursor.execute(f"EXPLAIN {query}", values)
        said = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Only Scan using tenant_expiry_check" in said, said


@pytest.mark.parametrize("count", [2, 150])
def test_any_number_that_lapses_takes_the_same_few_statements(
    plan: Plan, expired: Plan, count: int
) -> None:
    for tenant in others(plan, count):
        subscribe(tenant, plan)
    with CaptureQueriesContext(connection) as queries:
        assert swept() == {Step.LAPSE: count}
    assert len(queries) <= 18, [query["sql"][:100] for query in queries]


@pytest.mark.parametrize("count", [2, 150])
def test_any_number_that_waits_takes_the_same_few_statements(
    plan: Plan, expired: Plan, count: int
) -> None:
    for number, tenant in enumerate(others(plan, count)):
        subscribe(tenant, plan, gateway="stripe", external_id=f"sub_{number}_{count}")
    with CaptureQueriesContext(connection) as queries:
        assert swept() == {Step.WAIT: count}
    assert len(queries) <= 12, [query["sql"][:100] for query in queries]


def test_renewal_takes_as_many_statements_whoever_else_is_due(plan: Plan, expired: Plan) -> None:
    taken = []
    for count in (1, 6):
        for tenant in others(plan, count):
            subscribe(tenant, plan)
            give_funds(tenant, 2900)
        with CaptureQueriesContext(connection) as queries:
            assert swept() == {Step.RENEW: count}
        taken.append(len(queries))
    first, sixth = taken
    assert (sixth - first) / 5 <= 40
