"""What every test stands on: the cast, a guard against leaks between schemas, clients on the right hosts."""

import itertools
import random
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from django.urls import get_resolver
from pytest_django.plugin import DjangoDbBlocker

from tenants.models import Tenant, User
from tests.guards import watch_schemas
from tests.world import AURORA_SCHEMA, BOREALIS_SCHEMA, World, build_world

pytest_plugins = ["tests.requirements", "tests.browser.fixtures"]
_addresses = itertools.count(random.randrange(1, 1 << 22))


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Once per process: a database of its own with the public schema, then the two tenants' schemas.

    pytest-django would leave the real database in place for tests that ask for `committed_world` alone.
    """
    settings.CACHES["default"]["KEY_PREFIX"] = f"test-{random.randrange(1 << 62)}"
    settings.DATABASES["default"]["OPTIONS"]["options"] = "-c tenantry.allow_truncate=on"
    with django_db_blocker.unblock():
        databases = setup_databases(verbosity=0, interactive=False, aliases={"default"})
        assert connection.settings_dict["NAME"].startswith("test_")
        build_world()
        watch_schemas()
    for urlconf in (settings.PUBLIC_SCHEMA_URLCONF, settings.ROOT_URLCONF):
        _ = get_resolver(urlconf).url_patterns  # before a test plays production, which has fewer
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        teardown_databases(databases, verbosity=0)


@pytest.fixture(autouse=True)
def _clean_tenants(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that commits leaves its rows in the tenants' schemas, where Django's flush does not reach."""
    marker = request.node.get_closest_marker("django_db")
    yield
    if marker and marker.kwargs.get("transaction"):
        with request.getfixturevalue("django_db_blocker").unblock():
            empty_schemas(AURORA_SCHEMA, BOREALIS_SCHEMA)


@pytest.fixture
def committed_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The cast, committed, for tests whose threads or servers have connections of their own.

    Whatever the test leaves behind is emptied, in public and in the tenants' schemas.
    """
    with django_db_blocker.unblock():
        yield build_world()
        empty_schemas("public", AURORA_SCHEMA, BOREALIS_SCHEMA)
        connections.close_all()


def empty_schemas(*schemas: str) -> None:
    keep = ["django_migrations", "django_content_type"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(format('%%I.%%I', schemaname, tablename), ', ') FROM pg_tables"
            " WHERE schemaname = ANY(%s) AND tablename <> ALL(%s)",
            [list(schemas), keep],
        )
        if tables := cursor.fetchone()[0]:
            cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")


@pytest.fixture
def world(db: None) -> World:
    return build_world()


def _member(name: str) -> Callable[[World], object]:
    def fixture(world: World) -> object:
        return getattr(world, name)

    return pytest.fixture(name=name)(fixture)


plan, small_plan = _member("plan"), _member("small_plan")
aurora, borealis = _member("aurora"), _member("borealis")
olivia, ana, mara, bruno, carla = map(_member, ("olivia", "ana", "mara", "bruno", "carla"))


def make_client(host: str) -> Client:
    """A browser's stand-in on `host`, at an address of its own so that rate limits never meet."""
    number = next(_addresses)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return Client(SERVER_NAME=host, SERVER_PORT=settings.PORT, REMOTE_ADDR=address)


@pytest.fixture
def client_for() -> Callable[..., Client]:
    """`client_for(user, tenant)`: logged in on the tenant's host; without a tenant, on the platform's.

    `client_for(None, tenant)` is a stranger.
    """

    def make(user: User | None = None, tenant: Tenant | None = None) -> Client:
        client = make_client(tenant.host if tenant else settings.PLATFORM_HOST)
        if user is not None:
            client.force_login(user)
            session = client.session
            session["host"] = tenant.pk if tenant else 0
            session.save()
        return client

    return make
