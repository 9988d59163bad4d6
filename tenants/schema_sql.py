"""What a tenant's schema consists of, as SQL that can be sent to any schema.

Running the migrations in a schema of its own takes ten times as long as sending what they come down to. So they
are run once per process, in a scratch schema that is rolled back, and what they executed is kept. Unlike
`sqlmigrate` this knows the real names of constraints, for there really are tables to look at.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import connection, router, transaction
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.migrations import AddIndex, Migration, RemoveIndex, SeparateDatabaseAndState
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from django_tenants.utils import quote_schema_name

from tenants.models import new_schema_name
from tenants.scope import schema_scope

Key = tuple[str, str]
"""A migration: app label and name."""


@dataclass(frozen=True)
class Step:
    """One migration: its `sql`, and whether that is all of it.

    `runs_python`: it does something that is no SQL, so it can only be run. `by_hand`: it may go into an empty
    schema as SQL, but a schema with data must have it run (indexes built concurrently, squashed migrations).
    """

    app: str
    name: str
    sql: str
    runs_python: bool = False
    by_hand: bool = False

    @property
    def key(self) -> Key:
        return self.app, self.name

    @property
    def record(self) -> str:
        """The statement that notes it as applied, as `migrate` does for every app in every schema."""
        return connection.ops.compose_sql(
            "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", self.key
        )


class RecordingEditor(DatabaseSchemaEditor):
    """Executes statements and keeps them, parameters merged in."""

    def __init__(self) -> None:
        super().__init__(connection, atomic=False)
        self.statements: list[str] = []

    def execute(self, sql: Any, params: Any = ()) -> None:
        text = str(sql)
        if params is not None:
            text = self.connection.ops.compose_sql(text, params)
        super().execute(text, None)
        self.statements.append(text)


@cache
def steps() -> tuple[Step, ...]:
    """Every migration in the order in which an empty schema gets it. The first call in a process takes a moment.

    Migration modules do not change while a process lives; a test that swaps them calls `steps.cache_clear()`.
    """
    schema = new_schema_name()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {quote_schema_name(schema)}")
        try:
            with schema_scope(schema):
                return _record()
        finally:
            transaction.set_rollback(True)


def names_on_disk() -> set[Key]:
    """Every migration that a schema which is up to date has noted."""
    return set(MigrationLoader(None).disk_migrations)


def creation_sql() -> str:
    """One message that fills an empty schema: tables, then the record of the migrations they stand for."""
    every = steps()
    return joined(
        [migrations_table(), *(s.sql for s in every if s.sql), *(s.record for s in every)]
    )


def joined(statements: list[str]) -> str:
    """`statements` as one message. The line break keeps a trailing comment from swallowing the semicolon."""
    return "\n;\n".join(statements)


@cache
def migrations_table() -> str:
    """The statement that makes Django's own list of applied migrations."""
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        editor.create_model(MigrationRecorder.Migration)
    return "\n".join(editor.collected_sql)


def _record() -> tuple[Step, ...]:
    loader = MigrationLoader(None)
    executor = MigrationExecutor(None)
    executor.loader = loader
    state = loader.project_state([])
    recorded: list[Step] = []
    for migration, _backwards in executor.migration_plan(
        loader.graph.leaf_nodes(), clean_start=True
    ):
        ours = router.allow_migrate(connection.alias, migration.app_label)
        recorded += _ours(migration, state) if ours else _foreign(migration, state)
    return tuple(recorded)


def _foreign(migration: Migration, state: ProjectState) -> list[Step]:
    """A migration of a shared app: noted in the tenant's schema too, where it does nothing."""
    migration.mutate_state(state, preserve=False)
    return [Step(app, name, "") for app, name in _names(migration)]


def _ours(migration: Migration, state: ProjectState) -> list[Step]:
    with RecordingEditor() as editor:
        for operation in migration.operations:
            before = state.clone()
            plain = _without_concurrency(operation)
            plain.state_forwards(migration.app_label, state)
            plain.database_forwards(migration.app_label, editor, before, state)
    by_hand = bool(migration.replaces) or not migration.atomic
    python = not all(_is_sql(operation) for operation in migration.operations)
    *others, (app, name) = _names(migration)
    done = Step(app, name, joined(editor.statements), runs_python=python, by_hand=by_hand)
    return [*(Step(app, name, "", by_hand=True) for app, name in others), done]


def _is_sql(operation: Operation) -> bool:
    if isinstance(operation, SeparateDatabaseAndState):
        return all(_is_sql(inner) for inner in operation.database_operations)
    return bool(operation.reduces_to_sql)


def _names(migration: Migration) -> list[Key]:
    """Whatever `migrate` notes for it: a squashed migration stands for those that it replaces."""
    return [*migration.replaces, (migration.app_label, migration.name)]


def _without_concurrency(operation: Operation) -> Operation:
    """In an empty schema nobody waits for an index, and CONCURRENTLY would not go into a transaction."""
    match operation:
        case AddIndexConcurrently():
            return AddIndex(operation.model_name, operation.index)
        case RemoveIndexConcurrently():
            return RemoveIndex(operation.model_name, operation.name)
    return operation
