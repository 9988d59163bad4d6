"""Models from statements that are written once.

The ORM puts a statement together anew each time it is asked, which for a handful of joined tables takes longer than the
database takes to answer it. For the few that stand on every page or on one that is opened often.
"""

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from django.db import connection
from django.db.models import Model

Values = Sequence[Any] | Mapping[str, Any]


class Columns:
    """All columns of some tables, by the names that a statement gives them: `Columns(plan=Plan).text`."""

    def __init__(self, **models: type[Model]) -> None:
        self._models = models

    @cached_property
    def text(self) -> str:
        """What stands behind SELECT. What else is asked for comes behind it."""
        return ", ".join(
            f'{name}."{field.column}"'
            for name, model in self._models.items()
            for field in model._meta.concrete_fields
        )

    @cached_property
    def width(self) -> int:
        return sum(_width(model) for model in self._models.values())

    def read(self, row: Sequence[Any]) -> list[Any]:
        """One object for each table, None where an outer join found none, and then what else was asked for."""
        made, start = list[Any](), 0
        for model in self._models.values():
            end = start + _width(model)
            made.append(_object(model, row[start:end]))
            start = end
        return [*made, *row[start:]]


def fetch(sql: str, values: Values) -> list[tuple[Any, ...]]:
    """The rows of `sql`, in the schema of the connection's tenant."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@cache
def _width(model: type[Model]) -> int:
    return len(model._meta.concrete_fields)


@cache
def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@cache
def _key(model: type[Model]) -> int:
    return next(i for i, field in enumerate(model._meta.concrete_fields) if field.primary_key)


@cache
def _converters(model: type[Model]) -> tuple[tuple[int, Any], ...]:
    """Positions whose values the field itself must turn into Python (JSON)."""
    fields = enumerate(model._meta.concrete_fields)
    return tuple((i, f.from_db_value) for i, f in fields if hasattr(f, "from_db_value"))


def _object(model: type[Model], values: Sequence[Any]) -> Model | None:
    if values[_key(model)] is None:
        return None
    made = list(values)
    for position, convert in _converters(model):
        made[position] = convert(made[position], None, connection)
    return model.from_db(connection.alias, _names(model), made)
