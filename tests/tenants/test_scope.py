"""A scope ends where it began, whatever happens inside it and beside it."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from booking.models import Staff
from tenants.models import Tenant
from tenants.scope import current_schema, public_scope, schema_scope, tenant_scope
from tests.world import World

HALF_TURNS = 40


def server_schema() -> str:
    """Where the server believes this connection to be."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_scopes_nest_and_return(aurora: Tenant, borealis: Tenant) -> None:
    seen = [server_schema()]
    with tenant_scope(aurora) as inside:
        assert inside is aurora
        assert connection.tenant is aurora
        seen.append(server_schema())
        with tenant_scope(borealis):
            seen.append(server_schema())
            with public_scope():
                seen.append(server_schema())
        seen.append(server_schema())
    seen.append(server_schema())
    a, b = aurora.schema_name, borealis.schema_name
    assert seen == ["public", a, b, "public", a, "public"]


@pytest.mark.django_db
def test_scope_returns_after_an_error(aurora: Tenant) -> None:
    with pytest.raises(KeyError), tenant_scope(aurora):
        raise KeyError
    assert server_schema() == current_schema() == "public"


@pytest.mark.django_db
def test_scope_keeps_a_narrower_path(aurora: Tenant, borealis: Tenant) -> None:
    connection.set_tenant(aurora, include_public=False)
    with tenant_scope(borealis):
        assert Tenant.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        assert cursor.fetchone()[0].strip('"') == aurora.schema_name
    connection.set_schema_to_public()


@pytest.mark.django_db
def test_schema_scope_knows_no_tenant(aurora: Tenant) -> None:
    with schema_scope(aurora.schema_name):
        assert server_schema() == aurora.schema_name
        assert not isinstance(connection.tenant, Tenant)


def test_tenant_without_schema_is_refused() -> None:
    with (
        pytest.raises(RuntimeError, match="has no schema yet"),
        tenant_scope(Tenant(name="Nobody")),
    ):
        pass


@pytest.mark.race
def test_overlapping_scopes_of_two_threads_do_not_mix(committed_world: World) -> None:
    """Each thread is at home in one tenant and visits the other, both inside at the same time, in every order."""
    homes = {"one": committed_world.aurora, "two": committed_world.borealis}
    for tenant in homes.values():
        with tenant_scope(tenant):
            Staff.objects.create(name=tenant.slug)
    meeting = threading.Barrier(2, timeout=10)
    errors: list[BaseException] = []

    def here(tenant: Tenant) -> None:
        assert server_schema() == current_schema() == tenant.schema_name
        assert [person.name for person in Staff.objects.all()] == [tenant.slug]

    def visit(home: Tenant, away: Tenant) -> None:
        with tenant_scope(home):
            for _ in range(HALF_TURNS):
                here(home)
                meeting.wait()
                with tenant_scope(away):
                    meeting.wait()
                    here(away)
                here(home)
        assert server_schema() == "public"

    run_threads(
        errors, lambda: visit(homes["one"], homes["two"]), lambda: visit(homes["two"], homes["one"])
    )
    assert not errors


def run_threads(errors: list[BaseException], *bodies: Callable[[], None]) -> None:
    def run(body: Callable[[], None]) -> None:
        try:
            body()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db
def test_new_thread_starts_on_public(aurora: Tenant) -> None:
    found: list[str] = []
    with tenant_scope(aurora):
        run_threads([], lambda: found.append(current_schema()))
    assert found == ["public"]
