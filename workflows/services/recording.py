"""An event is written down with whatever made it happen, for workflows to be asked about: both are there, or neither.

One statement for an event that anybody could listen to, and it writes only where somebody does.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, transaction
from django_tenants.utils import get_public_schema_name

from plans.event_types import TENANT
from plans.registry import registry
from saas.core.events import Payload
from workflows.models import Occurrence, Workflow
from workflows.services import loops


class NoTenant(ValueError):
    """An event of a tenant that does not say of which."""


def record(event: str, payloads: Sequence[Payload], now: datetime) -> None:
    """Each is stored if somebody listens: one statement. None for an event that no workflow can listen to.

    Raises NoTenant, and TypeError for a payload that is no JSON: both are mistakes of whoever emits.
    """
    kind = registry.events.get(event)
    asked = [event] if kind and kind.facts else []
    asked += [
        key for key, one in registry.events.items() if one.timed and event in one.timed.follows
    ]
    if not asked:
        return
    if kind and TENANT in kind.audiences and any(one.get("tenant_id") is None for one in payloads):
        raise NoTenant(f"{event} was emitted without a tenant_id.")
    subject = kind.subject if kind else ""
    values: list[Any] = [event, subject, now, now, loops.depth(), json.dumps(payloads), asked]
    with connection.cursor() as cursor:
        cursor.execute(_statement(), values)
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
        " SELECT (one->>'tenant_id')::bigint, %s, one, (one->>%s)::bigint,"
        " %s::timestamptz, %s::timestamptz, %s, 0"
        " FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS payloads (one, place)"
        f" WHERE EXISTS (SELECT FROM {workflow} AS listening WHERE is_on AND event = ANY(%s)"
        " AND (listening.tenant_id = (one->>'tenant_id')::bigint OR listening.tenant_id IS NULL))"
        " ORDER BY place"
    )
