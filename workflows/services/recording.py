"""An event is written down with whatever made it happen, for workflows to be asked about: both are there, or neither.

One statement for an event that anybody could listen to, and it writes only where somebody does.
"""

import json
from functools import cache, partial
from typing import Any

from django.db import connection, transaction
from django_tenants.utils import get_public_schema_name

from plans.registry import registry
from saas.core import clock
from workflows.models import Occurrence, Workflow
from workflows.services import loops


def record(event: str, payload: dict[str, Any]) -> None:
    """For `saas.core.events.record_with`. Does nothing for an event that no workflow can listen to."""
    kind = registry.events.get(event)
    asked = [event] if kind and kind.facts else []
    asked += [
        key for key, one in registry.events.items() if one.timed and event in one.timed.follows
    ]
    if not asked:
        return
    tenant_id = payload.get("tenant_id")
    subject_id = payload.get(kind.subject) if kind and kind.subject else None
    now = clock.now()
    values = [tenant_id, event, json.dumps(payload), subject_id, now, now, loops.depth()]
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [*values, asked, tenant_id])
        is_stored = cursor.rowcount > 0
    if is_stored:
        transaction.on_commit(partial(_tell), robust=True)


def _tell() -> None:
    from workflows.tasks import nudge

    nudge.give()


@cache
def _statement() -> str:
    schema = get_public_schema_name()
    occurrence = f'"{schema}"."{Occurrence._meta.db_table}"'
    workflow = f'"{schema}"."{Workflow._meta.db_table}"'
    return (
        f"INSERT INTO {occurrence}"  # noqa: S608 - names of our own
        " (tenant_id, event, payload, subject_id, happened_at, due_at, depth, attempts)"
        " SELECT %s::bigint, %s, %s::jsonb, %s::bigint, %s::timestamptz, %s::timestamptz, %s, 0"
        f" WHERE EXISTS (SELECT FROM {workflow} WHERE is_on AND event = ANY(%s)"
        " AND (tenant_id = %s::bigint OR tenant_id IS NULL))"
    )
