"""Working inside one tenant's schema.

Never `with tenant:` nor `@schema_context` of django-tenants: both keep state that threads share and can swap
tenants between them. Here everything is a local variable.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django_tenants.postgresql_backend.base import FakeTenant
from django_tenants.utils import get_public_schema_name

from tenants.models import Tenant


@contextmanager
def tenant_scope(tenant: Tenant) -> Iterator[Tenant]:
    """Run the block on the tenant's schema; afterwards the connection is where it was before.

    Raises RuntimeError for a tenant that has no schema yet: its statements would reach the public one.
    """
    if tenant.activated_at is None:
        raise RuntimeError(f"{tenant} has no schema yet.")
    with _scope(tenant):
        yield tenant


@contextmanager
def public_scope() -> Iterator[None]:
    """Run the block on the public schema alone."""
    with schema_scope(get_public_schema_name()):
        yield


@contextmanager
def schema_scope(schema_name: str) -> Iterator[None]:
    """Run the block on a schema of which only the name is known: while it is made, migrated or checked."""
    with _scope(FakeTenant(schema_name)):
        yield


@contextmanager
def _scope(tenant: Tenant | FakeTenant) -> Iterator[None]:
    before, with_public = connection.tenant, connection.include_public_schema
    connection.set_tenant(tenant)
    try:
        yield
    finally:
        connection.set_tenant(before, with_public)


def current_schema() -> str:
    """The schema that this thread's connection works on."""
    return str(connection.schema_name or get_public_schema_name())
