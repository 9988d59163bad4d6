"""A statement that is run over and over is planned once."""

import pytest
from django.db import connection

from saas.core.prepared import fetch_prepared

SUM = "SELECT %(a)s::bigint + %(b)s::bigint AS prepared_once"


def prepared() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE '%%prepared_once'"
        )
        return cursor.fetchall()


@pytest.mark.django_db
def test_server_keeps_the_statement_from_its_first_use() -> None:
    for n in range(3):
        assert fetch_prepared(SUM, {"a": n, "b": 40}) == [(n + 40,)]
    ((_statement, used),) = prepared()
    assert used == 3


@pytest.mark.django_db
def test_ordinary_queries_are_not_prepared() -> None:
    fetch_prepared(SUM, {"a": 1, "b": 2})
    for _ in range(12):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::text AS prepared_once", ["x"])
    assert len(prepared()) == 1
