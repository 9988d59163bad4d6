"""What `manage.py check --database default` says about the way to the database."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS

from tenants.probe import check_connections


@register(Tags.database)
def pooler(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """An error when sessions of different tenants are mixed."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        check_connections()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="tenants.E001")]
    return []
