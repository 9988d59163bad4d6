"""The guard that watches every test, watched itself."""

import pytest
from django.db import ProgrammingError, transaction

from booking.models import Staff
from tenants.models import Tenant
from tenants.scope import current_schema, tenant_scope
from tests.guards import SchemaLeak


def test_tenant_table_on_public_fails(world: object) -> None:
    with pytest.raises(SchemaLeak):
        Staff.objects.count()


def test_tenant_table_does_not_exist_on_public(world: object) -> None:
    from django.db import connection

    connection.execute_wrappers.clear()
    try:
        with pytest.raises(ProgrammingError), transaction.atomic():
            Staff.objects.count()
    finally:
        from tests.guards import watch_schemas

        watch_schemas()


def test_rows_of_one_tenant_are_absent_in_the_other(aurora: Tenant, borealis: Tenant) -> None:
    with tenant_scope(aurora):
        Staff.objects.create(name="Ana")
    with tenant_scope(borealis):
        assert not Staff.objects.exists()
    assert current_schema() == "public"
