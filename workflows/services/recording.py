"""An event is written down with whatever made it happen, for workflows to be asked about: both are there, or neither.

One statement for an event that anybody could listen to, and it writes only where somebody does.
"""

import json
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, transaction
from django_tenants.utils import get_public_schema_name

from plans.event_types import TENANT
from plans.registry import registry
from workflows.models import Occurrence, Workflow
from workflows.services import loops


class NoTenant(ValueError):
    """An event of a tenant that does not say of which."""


def record(event: str, payload: dict[str, Any], now: datetime) -> None:
    """Stored if somebody listens; no query for an event that no workflow can listen to.

    Raises NoTenant, and TypeError for a payload that is no JSON: both are mistakes of whoever emits.
    """
    kind = registry.events.get(event)
    asked = [event] if kind and kind.facts else []
    asked += [
        key for key, one in registry.events.items() if one.timed and event in one.timed.follows
    ]
    if not asked:
        return
    tenant_id = payload.get("tenant_id")
    if kind and tenant_id is None and TENANT in kind.audiences:
        raise NoTenant(f"{event} was emitted without a tenant_id.")
    subject_id = payload.get(kind.subject) if kind and kind.subject else None
    values = [tenant_id, event, json.dumps(payload), subject_id, now, now, loops.depth()]
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [*values, asked, tenant_id])
        is_stored = cursor.rowcount > 0
    if is_stored:
        transaction.on_commit(_tell, robust=True)


def _tell() -> None:
    from workflows.tasks import nudge  # which stands above the services

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
