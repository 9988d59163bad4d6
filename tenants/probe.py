"""Whether the way to the database keeps one tenant's statements apart from another's.

The schema is a setting of the session. A pooler in transaction mode hands sessions around between statements, and
unless it carries `search_path` along, rows of other tenants are read and written: 98 % of requests, when measured.
"""

import logging
from functools import cache

from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

log = logging.getLogger(__name__)
ADVICE = (
    "The connection pooler in front of PostgreSQL mixes sessions, so tenants would see each other's data. Connect "
    "directly, or use session mode, or PgBouncer 1.25.2 or later with track_extra_parameters=search_path on "
    "PostgreSQL 18 or later."
)
PATTERN = (0, 1, 1, 0, 0, 0, 1, 0, 1, 1)
"""Whose turn it is: irregular, so that a pooler which deals out its sessions in turn does not come out right."""


@cache
def check_connections() -> None:
    """Return when it is safe to start; asked once per process. Raises ImproperlyConfigured.

    A database that does not answer is no reason to stay down: nothing can be mixed up there, and it is logged.
    """
    one, two = connection.copy(), connection.copy()
    try:
        problem = mixing(one, two)
    except (OperationalError, InterfaceError) as error:
        log.warning("The database does not answer, so its pooler was not checked: %s", error)
        return
    finally:
        one.close()
        two.close()
    if problem:
        raise ImproperlyConfigured(f"{ADVICE} ({problem})")


def mixing(one: BaseDatabaseWrapper, two: BaseDatabaseWrapper) -> str:
    """What is wrong when two sessions take turns outside of transactions; empty when all is well."""
    sides = (one, two)
    names = ("t_probe_one", "t_probe_two")
    processes: tuple[set[int], set[int]] = (set(), set())
    for side, name in zip(sides, names, strict=True):
        side.set_schema(name, include_public=False)
        _ask(side)
    for turn in PATTERN:
        path, process = _ask(sides[turn])
        processes[turn].add(process)
        if path != names[turn]:
            return f"the search path was “{path}” instead of “{names[turn]}”"
    moved = len(processes[0]) > 1 or len(processes[1]) > 1 or processes[0] & processes[1]
    if moved and one.connection.info.parameter_status("search_path") is None:
        return "sessions move between server processes, and this server does not report search_path"
    return ""


def _ask(side: BaseDatabaseWrapper) -> tuple[str, int]:
    with side.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path'), pg_backend_pid()")
        path, process = cursor.fetchone()
    return path.strip('"'), process
