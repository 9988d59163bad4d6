"""A statement that is run over and over: the server plans it once for each connection.

Django sends each statement with its values written into it, which the server has to read and plan anew every time. For
the few statements where that is most of the cost.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection

Rows = list[tuple[Any, ...]]
BY_ITSELF = 5
"""After how often psycopg prepares a statement unasked; Django's own cursors never do, whatever stands here."""


def fetch_prepared(sql: str, values: Mapping[str, Any]) -> Rows:
    """The rows of `sql` with `values` (%(name)s), in the present transaction. Raises Django's database errors.

    It names tables of the public schema alone: it does not wait for a cursor to look at the tenant's.
    """
    connection.ensure_connection()
    # Django switches prepared statements off (None), and what is switched off, `prepare=True` does not bring back.
    connection.connection.prepare_threshold = BY_ITSELF
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        rows: Rows = cursor.execute(sql, values, prepare=True).fetchall()
    if connection.queries_logged:
        connection.queries_log.append({"sql": sql, "time": "0"})
    return rows
