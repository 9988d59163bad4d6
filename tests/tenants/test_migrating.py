"""`migrate_schemas` asks once who lags, replays what is SQL, runs what is not, and never hides a failure."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from tenants import migrating
from tenants.models import Tenant, new_schema_name
from tenants.scope import current_schema
from tenants.services.provisioning import drop_schema, make_schema, provision
from tests.tenants.catalog import catalog, columns
from tests.tenants.conftest import AddMigration, create_tenant
from tests.world import World

MOTTO = 'migrations.AddField("staff", "motto", models.CharField(max_length=9, default="")),'
PET = 'migrations.AddField("staff", "pet", models.CharField(max_length=9, default="")),'
GREET = "migrations.RunPython(greet, migrations.RunPython.noop),"


def migrate(**options: Any) -> None:
    call_command("migrate_schemas", tenant=True, interactive=False, verbosity=0, **options)


def staff_columns(*tenants: Tenant) -> list[set[str]]:
    return [columns(tenant.schema_name, "booking_staff") for tenant in tenants]


def break_staff(tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {tenant.schema_name}.booking_staff ADD motto text")


@pytest.fixture
def replays(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The schemas that got SQL rather than Django's `migrate`."""
    seen: list[str] = []
    replay = migrating.replay
    monkeypatch.setattr(
        migrating, "replay", lambda name, todo: (seen.append(name), replay(name, todo))
    )
    return seen


@pytest.mark.django_db
def test_nothing_to_do_takes_three_statements(
    aurora: Tenant, borealis: Tenant, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with django_assert_max_num_queries(4) as asked:
        migrate()
    assert not [query for query in asked if "INSERT" in query["sql"] or "CREATE" in query["sql"]]


@pytest.mark.django_db
def test_many_schemas_are_asked_in_several_statements(
    aurora: Tenant, borealis: Tenant, add_migration: AddMigration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "AT_ONCE", 1)
    name = add_migration(MOTTO)
    lacking = migrating.lagging([aurora.schema_name, borealis.schema_name, "t_0000000000000000"])
    assert lacking == {tenant.schema_name: {("booking", name)} for tenant in (aurora, borealis)}


@pytest.mark.django_db
def test_lagging_schemas_become_like_new_ones(
    aurora: Tenant, borealis: Tenant, add_migration: AddMigration, replays: list[str]
) -> None:
    add_migration(MOTTO)
    add_migration(
        PET + "migrations.AlterField('servicecategory', 'name', models.CharField(max_length=90)),"
    )
    migrate()
    fresh = new_schema_name()
    make_schema(fresh)
    for tenant in (aurora, borealis):
        assert in_any_order(catalog(tenant.schema_name)) == in_any_order(catalog(fresh))
    assert replays == [aurora.schema_name, borealis.schema_name]
    assert not migrating.lagging(replays)
    assert current_schema() == "public"


def in_any_order(found: dict[str, list[tuple]]) -> dict[str, list[tuple]]:
    """Old schemas note a later migration last, new ones in its place."""
    return found | {"migrations": sorted(found["migrations"])}


@pytest.mark.django_db
def test_only_who_lags_is_touched(
    aurora: Tenant, borealis: Tenant, add_migration: AddMigration, replays: list[str]
) -> None:
    add_migration(MOTTO)
    migrate(schema_name=borealis.schema_name)
    migrate()
    assert replays == [borealis.schema_name, aurora.schema_name]


@pytest.mark.django_db
def test_python_migration_runs_in_every_schema(
    aurora: Tenant, borealis: Tenant, add_migration: AddMigration, replays: list[str]
) -> None:
    add_migration(GREET)
    migrate()
    assert not replays
    for tenant in (aurora, borealis):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT name FROM {tenant.schema_name}.booking_staff")
            assert cursor.fetchall() == [("Greeter",)]
    assert not migrating.lagging([aurora.schema_name, borealis.schema_name])


@pytest.mark.django_db
def test_unprovisioned_tenant_is_left_alone(
    add_migration: AddMigration, new_tenant: Callable[..., Tenant]
) -> None:
    tenant = new_tenant()
    add_migration(MOTTO)
    migrate()
    assert tenant.schema_name not in migrating.existing([tenant.schema_name])


@pytest.mark.django_db
def test_bare_schema_is_filled(replays: list[str]) -> None:
    name, fresh = new_schema_name(), new_schema_name()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {name}")
    make_schema(fresh)
    migrate(schema_name=name)
    assert catalog(name) == catalog(fresh)
    assert not replays


@pytest.mark.django_db
def test_failing_canary_stops_everything(
    aurora: Tenant, borealis: Tenant, add_migration: AddMigration
) -> None:
    add_migration(PET)
    add_migration(MOTTO)
    break_staff(aurora)
    with (
        pytest.raises(CommandError, match=f"{aurora.schema_name} failed, so no other"),
        transaction.atomic(),
    ):
        migrate()
    assert staff_columns(borealis)[0].isdisjoint({"motto", "pet"})


@pytest.mark.django_db
def test_later_failure_holds_up_nobody_and_is_taken_up_again(
    aurora: Tenant, borealis: Tenant, new_tenant: Callable[..., Tenant], add_migration: AddMigration
) -> None:
    third = provision(new_tenant(schema_name="t_cccccccccccccccc"), now=timezone.now())
    add_migration(PET)
    add_migration(MOTTO)
    break_staff(borealis)
    with pytest.raises(CommandError, match=f"1 schemas were not migrated: {borealis.schema_name}"):
        migrate()
    assert all({"motto", "pet"} <= found for found in staff_columns(aurora, third))
    assert "pet" in staff_columns(borealis)[0], "The step before the failing one stays."
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {borealis.schema_name}.booking_staff DROP motto")
    migrate()
    assert {"motto", "pet"} <= staff_columns(borealis)[0]


@pytest.mark.django_db
def test_check_tells_whether_anyone_lags(
    aurora: Tenant, borealis: Tenant, add_migration: AddMigration
) -> None:
    migrate(check_unapplied=True)
    add_migration(MOTTO)
    with pytest.raises(SystemExit):
        migrate(check_unapplied=True)
    migrate(plan=True)
    assert "motto" not in staff_columns(aurora)[0]


@pytest.mark.django_db
def test_target_is_left_to_django(
    aurora: Tenant, add_migration: AddMigration, replays: list[str]
) -> None:
    name = add_migration(MOTTO)
    migrate(schema_name=aurora.schema_name)
    migrate(schema_name=aurora.schema_name, app_label="booking", migration_name="0004")
    assert "motto" not in staff_columns(aurora)[0]
    assert migrating.lagging([aurora.schema_name]) == {aurora.schema_name: {("booking", name)}}
    assert replays == [aurora.schema_name]


@pytest.mark.parametrize(
    ("codename", "expected"), [(None, "replay"), ("replay", "replay"), ("standard", "standard")]
)
def test_executor_is_chosen_by_name(codename: str | None, expected: str) -> None:
    assert migrating.get_executor(codename).codename == expected


def test_table_in_use_is_given_up_soon(
    committed_world: World, add_migration: AddMigration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "LOCK_TIMEOUT", "100ms")
    tenant = provision(create_tenant(committed_world.plan), now=timezone.now())
    add_migration(MOTTO)
    reader = connection.copy()
    try:
        reader.set_autocommit(False)
        with reader.cursor() as cursor:
            cursor.execute(f"LOCK {tenant.schema_name}.booking_staff IN ACCESS SHARE MODE")
        with pytest.raises(CommandError, match="lock timeout"):
            migrate(schema_name=tenant.schema_name)
        reader.rollback()
        migrate(schema_name=tenant.schema_name)
        assert "motto" in staff_columns(tenant)[0]
    finally:
        reader.close()
        drop_schema(tenant)
