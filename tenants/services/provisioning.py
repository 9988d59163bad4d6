"""The one door to a tenant's schema: making it and, for tests and clean-up, taking it away."""

import logging
import re
from datetime import datetime

from django.core.management import call_command
from django.db import connection, transaction
from django_tenants.utils import quote_schema_name

from tenants import schema_sql
from tenants.models import Tenant
from tenants.scope import public_scope, schema_scope

log = logging.getLogger(__name__)
OURS = re.compile(r"t_[0-9a-f]{16}")


@transaction.atomic
def provision(tenant: Tenant, *, now: datetime) -> Tenant:
    """The tenant, read again, with a schema of its own that has all tables, and `activated_at` set.

    All of it or, when anything fails, nothing. A tenant that is active already is left as it is. The time that it
    takes does not grow with the number of schemas. `tenant` itself gets `activated_at` too.
    """
    with public_scope():
        locked = tenant.lock()
        if locked.activated_at is None:
            make_schema(locked.schema_name)
            locked.activated_at = now
            locked.save(update_fields=["activated_at"])
    tenant.activated_at = locked.activated_at
    return locked


def make_schema(schema_name: str) -> None:
    """A new schema, complete. Raises ProgrammingError when there is one of that name. Needs a transaction.

    CREATE SCHEMA stands alone because a database that shards by schema (Citus) cannot take it with the tables.
    """
    _execute(f"CREATE SCHEMA {_quoted(schema_name)}")
    python = [f"{step.app}.{step.name}" for step in schema_sql.steps() if step.runs_python]
    if python:
        log.warning("Slow provisioning: %s cannot be written as SQL.", ", ".join(python))
        migrate_schema(schema_name)
        return
    with schema_scope(schema_name):
        _execute(schema_sql.creation_sql())


def migrate_schema(schema_name: str) -> None:
    """Django's migrations, one after the other, on this schema."""
    with schema_scope(schema_name):
        call_command(
            "migrate_schemas",
            schema_name=schema_name,
            executor="standard",
            interactive=False,
            verbosity=0,
        )


def drop_schema(tenant: Tenant) -> None:
    """The tenant's schema and everything in it are gone, if it was there. For tests and clean-up alone."""
    _execute(f"DROP SCHEMA IF EXISTS {_quoted(tenant.schema_name)} CASCADE")


def _quoted(schema_name: str) -> str:
    if not OURS.fullmatch(schema_name):
        raise ValueError(f"{schema_name!r} is not the schema of a tenant.")
    return str(quote_schema_name(schema_name))


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
