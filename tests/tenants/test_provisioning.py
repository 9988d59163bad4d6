"""The fast way to a schema ends where the slow one does, all of it or nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from booking.models import Staff
from tenants.models import Tenant, new_schema_name
from tenants.scope import current_schema, tenant_scope
from tenants.services import provisioning
from tenants.services.provisioning import drop_schema, make_schema, migrate_schema, provision
from tests.tenants.catalog import catalog, tables
from tests.tenants.conftest import AddMigration

pytestmark = pytest.mark.django_db
NOW = timezone.now()
BADGE = """
    migrations.AddField("staff", "badge", models.CharField(max_length=9, default="it's 5% ;", unique=True)),
    migrations.RunSQL("CREATE VIEW names AS SELECT name FROM booking_staff -- all of them", "DROP VIEW names"),
"""
"""SQL with pitfalls."""
NO_CONSTRAINTS = """
    migrations.AlterField("staff", "badge", models.CharField(max_length=12)),
    migrations.AlterField("service", "category", models.ForeignKey(
        "booking.servicecategory", models.CASCADE, db_constraint=False, related_name="services")),
"""
"""Changes for which Django must look up the names of existing constraints."""
CONCURRENTLY = 'AddIndexConcurrently("staff", models.Index(fields=["email"], name="staff_email"))'


def migrated() -> str:
    """A schema made by `migrate`."""
    name = new_schema_name()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {name}")
    migrate_schema(name)
    return name


def provisioned() -> str:
    name = new_schema_name()
    make_schema(name)
    return name


def test_provisioned_schema_equals_migrated_one() -> None:
    assert catalog(provisioned()) == catalog(migrated())


def test_altered_constraints_equal_migrated_ones(add_migration: AddMigration) -> None:
    for operations in (BADGE, NO_CONSTRAINTS):
        add_migration(operations)
        assert catalog(provisioned()) == catalog(migrated())


def test_index_built_concurrently_is_plain_in_a_new_schema(add_migration: AddMigration) -> None:
    add_migration(CONCURRENTLY, atomic=False)
    assert "staff_email" in str(catalog(provisioned())["indexes"])


def test_python_migration_is_run(
    add_migration: AddMigration, caplog: pytest.LogCaptureFixture
) -> None:
    name = add_migration("migrations.RunPython(greet, migrations.RunPython.noop)")
    with caplog.at_level("WARNING"):
        schema = provisioned()
    assert ("booking", name) in catalog(schema)["migrations"]
    assert f"booking.{name} cannot be written as SQL" in caplog.text
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM {schema}.booking_staff")
        assert cursor.fetchall() == [("Greeter",)]


def test_python_inside_another_operation_is_seen(add_migration: AddMigration) -> None:
    name = add_migration(
        "migrations.SeparateDatabaseAndState([migrations.RunPython(greet)]), migrations.RunSQL('SELECT 1'),"
    )
    assert [step.name for step in provisioning.schema_sql.steps() if step.runs_python] == [name]


def test_schema_has_the_tenants_tables_alone(aurora: Tenant) -> None:
    names = tables(aurora.schema_name)
    assert {"booking_staff", "booking_service", "django_migrations"} <= names
    assert all(name.startswith(("booking_", "django_migrations")) for name in names)


def test_recording_leaves_no_schema_behind() -> None:
    with connection.cursor() as cursor:
        count = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 't\\_%'"
        cursor.execute(count)
        before = cursor.fetchone()
        provisioning.schema_sql.steps.cache_clear()
        assert provisioning.schema_sql.steps()
        cursor.execute(count)
        assert cursor.fetchone() == before


def test_provision_opens_the_tenant(new_tenant: Callable[..., Tenant]) -> None:
    tenant = new_tenant()
    with pytest.raises(RuntimeError, match="no schema"), tenant_scope(tenant):
        pass
    assert provision(tenant, now=NOW).activated_at == NOW == tenant.activated_at
    assert Tenant.objects.open().filter(pk=tenant.pk).exists()
    with tenant_scope(tenant):
        assert not Staff.objects.exists()


def test_provision_inside_another_tenant_stays_there(
    aurora: Tenant, new_tenant: Callable[..., Tenant]
) -> None:
    tenant = new_tenant()
    with tenant_scope(aurora):
        provision(tenant, now=NOW)
        assert current_schema() == aurora.schema_name
        assert not Staff.objects.exists()


def test_provision_twice_changes_nothing(
    new_tenant: Callable[..., Tenant], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    tenant = new_tenant()
    provision(tenant, now=NOW)
    with tenant_scope(tenant):
        Staff.objects.create(name="Dani")
    with django_assert_max_num_queries(6):
        assert provision(tenant, now=timezone.now()).activated_at == NOW
    with tenant_scope(tenant):
        assert Staff.objects.count() == 1


@pytest.mark.parametrize("fails_at", ["CREATE SCHEMA", "CREATE TABLE", "UPDATE"])
def test_failure_halfway_leaves_nothing(new_tenant: Callable[..., Tenant], fails_at: str) -> None:
    tenant = new_tenant()

    def fail(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if str(sql).startswith(fails_at):
            raise DatabaseError("The server went away.")
        return result

    with connection.execute_wrapper(fail), pytest.raises(DatabaseError, match="went away"):
        provision(tenant, now=NOW)
    tenant.refresh_from_db()
    assert tenant.activated_at is None
    assert not tables(tenant.schema_name)
    assert provision(tenant, now=NOW).is_open


def test_existing_schema_is_never_filled_again(new_tenant: Callable[..., Tenant]) -> None:
    tenant = new_tenant()
    make_schema(tenant.schema_name)
    with pytest.raises(DatabaseError, match="already exists"), transaction.atomic():
        provision(tenant, now=NOW)


@pytest.mark.parametrize(
    "name",
    ["public", "pg_catalog", 't_"; DROP', "t_aaaa", "t_AAAAAAAAAAAAAAAA", "t_aaaaaaaaaaaaaaaa\n"],
)
def test_foreign_schema_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not the schema of a tenant"):
        drop_schema(Tenant(schema_name=name))
    with pytest.raises(ValueError, match="not the schema of a tenant"):
        make_schema(name)


def test_dropped_schema_is_gone(new_tenant: Callable[..., Tenant]) -> None:
    tenant = provision(new_tenant(), now=NOW)
    drop_schema(tenant)
    drop_schema(tenant)
    assert not tables(tenant.schema_name)
