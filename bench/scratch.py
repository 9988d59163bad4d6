"""Databases that a benchmark makes for itself and drops, on the server that DATABASE_URL names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

from bench.progress import say


@contextmanager
def empty_database(name: str) -> Iterator[str]:
    """A new database while the block runs; answers its URL. Others on the server are not touched."""
    url = os.environ["DATABASE_URL"]
    own = f"bench_{name}_{os.getpid()}"
    _run(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", own)  # of a dead process with our number
    _run(url, "CREATE DATABASE {}", own)
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{own}"))
    finally:
        _run(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", own)


@contextmanager
def copied_database(url: str) -> Iterator[str]:
    """A copy of the database at `url`, which nobody is connected to, while the block runs; answers its URL."""
    connections.close_all()
    server, source = os.environ["DATABASE_URL"], urlsplit(url).path[1:]
    copy = f"{source}_copy"
    _run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", copy)
    with psycopg.connect(server, autocommit=True) as connected:
        names = map(sql.Identifier, (copy, source))
        connected.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{copy}"))
    finally:
        _run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", copy)


@contextmanager
def our_database(name: str) -> Iterator[str]:
    """A new database with Tenantry's public schema, which this process's Django uses inside the block.

    Answers its URL, for programs that are to use it, too.
    """
    with empty_database(name) as url:
        before = connection.settings_dict["NAME"]
        _use(urlsplit(url).path[1:])
        try:
            say("migrating a database of its own")
            call_command("migrate_schemas", shared=True, interactive=False, verbosity=0)
            yield url
        finally:
            connection.set_schema_to_public()
            _use(before)


def _use(database: str) -> None:
    connections.close_all()
    connection.settings_dict["NAME"] = database


def _run(url: str, statement: str, database: str) -> None:
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL(statement).format(sql.Identifier(database)))
