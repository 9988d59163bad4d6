"""A statement that is run over and over: the server plans it once for each connection.

Django sends each statement with its values written into it, which the server has to read and plan anew every time. For
the few statements where that is most of the cost.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection

Rows = list[tuple[Any, ...]]


def fetch_prepared(sql: str, values: Mapping[str, Any]) -> Rows:
    """The rows of `sql` with `values` (%(name)s), in the present transaction. Raises Django's database errors.

    It names tables of the public schema alone: it does not wait for a cursor to look at the tenant's.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        rows: Rows = cursor.execute(sql, values, prepare=True).fetchall()
    if connection.queries_logged:
        connection.queries_log.append({"sql": sql, "time": "0"})
    return rows
