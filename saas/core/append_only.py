"""Tables that only grow: the database itself refuses to change or remove a row.

For a migration: `operations = [..., append_only("core_auditentry")]`. It keeps mistakes and stray SQL out, not the
owner of the table, who can always drop a trigger.
"""

from django.db.migrations import RunSQL

REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('tenantry.allow_truncate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused.', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$
"""
"""TRUNCATE has a switch of its own, for tests that empty their database between them."""


def refuse_change() -> RunSQL:
    """The function behind every trigger of `append_only`, in the schema that is being migrated (public)."""
    return RunSQL(REFUSE, "DROP FUNCTION refuse_change()")


def append_only(table: str) -> RunSQL:
    """From here on `table` takes new rows and nothing else. Raises IntegrityError for whoever tries."""
    return RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        f"DROP TRIGGER append_only ON {table}",
    )
