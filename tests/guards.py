"""A guard in every test: no tenant table may be read or written while the connection is on the public schema."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.backends.signals import connection_created

ACTS = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|TRUNCATE|WITH|\()", re.IGNORECASE)


class SchemaLeak(AssertionError):
    """A tenant's table was touched on the public schema, where it must not even exist."""


@cache
def tenant_tables() -> re.Pattern[str]:
    """Unqualified names of the tenant apps' tables: what a search path decides about."""
    names = "|".join(
        re.escape(model._meta.db_table)
        for app in settings.TENANT_APPS
        for model in apps.get_app_config(app).get_models()
    )
    return re.compile(rf'(?<!\.)"({names})"')


def _guard(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    on_public = context["connection"].schema_name == "public"
    if on_public and ACTS.match(str(sql)) and tenant_tables().search(str(sql)):
        raise SchemaLeak(f"On the public schema: {sql}")
    return execute(sql, params, many, context)


def _watch(connection: Any, **kwargs: Any) -> None:
    if _guard not in connection.execute_wrappers:
        connection.execute_wrappers.append(_guard)


def watch_schemas() -> None:
    """Watch this thread's connection and every one that is opened from now on."""
    connection_created.connect(_watch, dispatch_uid="schema-guard")
    for alias in connections:
        _watch(connections[alias])
