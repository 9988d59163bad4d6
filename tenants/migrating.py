"""How `migrate_schemas` brings a thousand schemas up to date: ask once who lags, send each what it lacks.

Registered through GET_EXECUTOR_FUNCTION. The stock executor takes minutes for 1,000 schemas that lack nothing.
"""

import logging
import sys
from collections.abc import Callable, Iterable
from typing import Any

from django.core.management import CommandError
from django.db import connection, transaction
from django_tenants.migration_executors import get_executor as stock_executor
from django_tenants.migration_executors.base import MigrationExecutor, run_migrations
from django_tenants.utils import quote_schema_name

from tenants.schema_sql import Key, Step, joined, names_on_disk, steps
from tenants.scope import public_scope, schema_scope

log = logging.getLogger(__name__)
LOCK_TIMEOUT = "5s"
"""How long a migration waits for a table that is in use before it gives up on that schema."""
AT_ONCE = 500
"""Schemas asked in one statement. Each costs two locks, and PostgreSQL's default allows some 6,400 in all."""
STOCK_OPTIONS = ("app_label", "migration_name", "fake", "fake_initial", "prune", "run_syncdb")
"""Options of `migrate_schemas` that mean more than “bring up to date”."""


def get_executor(codename: str | None = None) -> type[MigrationExecutor]:
    """The executor that `migrate_schemas` uses: ours, or one of django-tenants' by name (`--executor`)."""
    return (
        ReplayExecutor if codename in {None, ReplayExecutor.codename} else stock_executor(codename)
    )


def is_current(schema: str) -> bool:
    """Whether `schema` is there with every migration on disk. One or two quick statements."""
    return schema in existing([schema]) and not lagging([schema])


def missing(schemas: Iterable[str]) -> dict[str, list[Step]]:
    """The steps that each of `schemas` lacks, in order. Whoever lacks nothing is left out."""
    behind = lagging(schemas)
    return {name: [step for step in steps() if step.key in keys] for name, keys in behind.items()}


def lagging(schemas: Iterable[str]) -> dict[str, set[Key]]:
    """The migrations that each of `schemas` lacks. Whoever lacks nothing, and who is not there, is left out."""
    wanted, found = names_on_disk(), existing(schemas)
    applied: dict[str, set[Key]] = {name: set() for name, listed in found.items() if not listed}
    for names in _chunks(sorted(found.keys() - applied.keys()), AT_ONCE):
        applied |= _applied(names)
    return {name: wanted - applied[name] for name in sorted(applied) if wanted - applied[name]}


def existing(schemas: Iterable[str]) -> dict[str, bool]:
    """Those of `schemas` that are in the database, and whether they have a list of applied migrations."""
    sql = (
        "SELECT n.nspname, c.oid IS NOT NULL FROM pg_namespace n LEFT JOIN pg_class c"
        " ON c.relnamespace = n.oid AND c.relname = 'django_migrations' WHERE n.nspname = ANY(%s)"
    )
    return dict(_rows(sql, [list(schemas)]))


def _applied(schemas: list[str]) -> dict[str, set[Key]]:
    """What each of `schemas` has applied, in one statement."""
    one = "SELECT {}::int, array_agg(app), array_agg(name) FROM {}.django_migrations"
    union = " UNION ALL ".join(
        one.format(i, quote_schema_name(name)) for i, name in enumerate(schemas)
    )
    return {
        schemas[i]: set(zip(apps or (), names or (), strict=True))
        for i, apps, names in _rows(union)
    }


def replay(schema: str, todo: list[Step]) -> None:
    """Send `todo` to `schema`, a message and a transaction for each step. Raises DatabaseError."""
    with schema_scope(schema):
        for step in todo:
            with transaction.atomic(), connection.cursor() as cursor:
                limit = f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"
                cursor.execute(joined([limit, *([step.sql] if step.sql else []), step.record]))


class ReplayExecutor(MigrationExecutor):
    """Replays recorded SQL; whatever is no plain SQL is run by Django's `migrate` on the schemas that lack it.

    The first lagging schema is the canary: when it fails, no other is touched. After it a schema that fails is
    reported at the end and does not hold up the rest; running the command again takes up what is left.
    """

    codename = "replay"

    def run_migrations(self, tenants: Iterable[str] | None = None) -> None:
        names = list(tenants or ())
        if self.PUBLIC_SCHEMA_NAME in names:
            names.remove(self.PUBLIC_SCHEMA_NAME)
            self._run_stock(self.PUBLIC_SCHEMA_NAME)
        with public_scope():
            if any(self.options.get(option) for option in STOCK_OPTIONS):
                self._each(existing(names), self._run_stock)
            elif self.options.get("plan") or self.options.get("check_unapplied"):
                self._report(missing(names))
            else:
                lacking = missing(names)
                self._each(lacking, lambda name: self._bring_up(name, lacking[name]))

    def _bring_up(self, name: str, todo: list[Step]) -> None:
        """A schema that has nothing at all may lack even the list of migrations, which `migrate` makes."""
        is_bare = len(todo) == len(steps())
        if is_bare or any(step.runs_python or step.by_hand for step in todo):
            self._run_stock(name)
        else:
            replay(name, todo)

    def _run_stock(self, name: str) -> None:
        run_migrations(self.args, self.options, "standard", name)

    def _each(self, names: Iterable[str], bring_up: Callable[[str], None]) -> None:
        failed: list[str] = []
        for number, name in enumerate(names):
            try:
                bring_up(name)
            except Exception as error:  # a data migration may raise anything
                if number == 0:
                    reason = f"{name} failed, so no other schema was touched: {error}"
                    raise CommandError(reason) from error
                failed.append(name)
                log.exception("Migrating %s failed", name)
        if failed:
            raise CommandError(f"{len(failed)} schemas were not migrated: {', '.join(failed)}")

    def _report(self, lacking: dict[str, list[Step]]) -> None:
        for name, todo in lacking.items():
            log.info("%s lacks %s", name, ", ".join(f"{step.app}.{step.name}" for step in todo))
        if lacking and self.options.get("check_unapplied"):
            sys.exit(1)


def _chunks(names: list[str], size: int) -> list[list[str]]:
    return [names[i : i + size] for i in range(0, len(names), size)]


def _rows(sql: str, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
