"""Writing a notification down: one statement, which a second delivery of the same passes without effect.

It is the only one of its request. So it names its schema rather than having the search path set before, and finds out
by itself whether a kept connection still lives, rather than asking first: sent again, it does nothing twice.
"""

import json
from datetime import datetime
from functools import cache
from typing import Any

from django.db import DataError, InterfaceError, OperationalError, connection
from django_tenants.utils import get_public_schema_name

from billing.gateways.base import Notification
from billing.models import Outcome, WebhookEvent

COLUMNS = (
    "gateway", "environment", "event_id", "kind", "object_id", "payload", "occurred_at",
    "received_at", "outcome", "detail", "attempts", "due_at", "finished_at",
)  # fmt: skip


def insert(
    gateway: str, notification: Notification, body: bytes, *, ignored: str, now: datetime
) -> int | None:
    """The id of the new row; None when the event was stored before. `ignored` says why nothing is to be done."""
    values = {
        "gateway": gateway,
        "environment": notification.environment,
        "event_id": notification.event_id,
        "kind": notification.kind,
        "object_id": notification.object_id,
        "payload": body.decode(errors="replace"),
        "occurred_at": notification.occurred_at,
        "received_at": now,
        "outcome": Outcome.IGNORED.value if ignored else Outcome.WAITING.value,
        "detail": ignored,
        "attempts": 0,
        "due_at": None if ignored else now,
        "finished_at": now if ignored else None,
    }
    try:
        return _insert(values)
    except DataError:  # JSON may hold what jsonb does not take
        return _insert({**values, "payload": json.dumps(_storable(notification.payload))})


def _insert(values: dict[str, Any]) -> int | None:
    try:
        return _execute(values)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return _execute(values)


def _execute(values: dict[str, Any]) -> int | None:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        bare = connection.create_cursor()
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(bare) as cursor:
        cursor.execute(_statement(), [values[name] for name in COLUMNS])
        row = cursor.fetchone()
    return row[0] if row else None


@cache
def _statement() -> str:
    table = f'"{get_public_schema_name()}"."{WebhookEvent._meta.db_table}"'
    places = ", ".join("%s::jsonb" if name == "payload" else "%s" for name in COLUMNS)
    return (
        f"INSERT INTO {table} ({', '.join(COLUMNS)})"  # noqa: S608 - names of our own
        f" VALUES ({places}) ON CONFLICT (gateway, environment, event_id) DO NOTHING RETURNING id"
    )


def _storable(value: Any) -> Any:
    """`value` without NUL, halves of surrogate pairs, and numbers that are none."""
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_storable(key): _storable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, float) and value - value != 0:  # not a number, or without end
        return str(value)
    return value
