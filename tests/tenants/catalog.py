"""What PostgreSQL knows about a schema, in a form that two schemas can be compared by."""

from django.db import connection

COLUMNS = """
    SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
           pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation::text
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d
      ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, contype, condeferrable, condeferred, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = %(schema)s::regnamespace
"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %(schema)s"
SEQUENCES = """
    SELECT sequencename, data_type::text, start_value, increment_by, max_value
    FROM pg_sequences WHERE schemaname = %(schema)s AND sequencename NOT LIKE 'django_migrations%%'
"""
QUERIES = {
    "columns": COLUMNS,
    "constraints": CONSTRAINTS,
    "indexes": INDEXES,
    "sequences": SEQUENCES,
}


def catalog(schema: str) -> dict[str, list[tuple]]:
    """Tables, columns, defaults, constraints, indexes, sequences and applied migrations of `schema`."""
    with connection.cursor() as cursor:
        found = {}
        for what, query in QUERIES.items():
            cursor.execute(query, {"schema": schema})
            found[what] = sorted(_neutral(row, schema) for row in cursor.fetchall())
        cursor.execute(f'SELECT app, name FROM "{schema}".django_migrations ORDER BY id')
        found["migrations"] = cursor.fetchall()
    return found


def tables(schema: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        return {name for (name,) in cursor.fetchall()}


def columns(schema: str, table: str) -> set[str]:
    return {row[2] for row in catalog(schema)["columns"] if row[0] == table}


def _neutral(row: tuple, schema: str) -> tuple:
    """`row` without the schema's own name, and sortable: columns without a default have None there."""
    return tuple(
        "" if x is None else x.replace(f"{schema}.", "") if isinstance(x, str) else x for x in row
    )
