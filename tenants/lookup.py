"""From a host name to its tenant, in one query that is written once.

Asked on every request of every tenant, so the statement and the columns are put together once per process
rather than by the ORM each time: that alone was a fifth of a page.
"""

from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

from plans.models import Plan, PlatformSettings
from tenants.models import Domain, Tenant

M = TypeVar("M", bound=Model)


def find_tenant(host: str) -> Tenant | None:
    """The tenant that answers on `host` (lower case, no port), with its plan and `platform_settings`.

    None when there is none. Plan and settings come along, so a change of either is in force at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [host])
        row = cursor.fetchone()
    if row is None:
        return None
    of_tenant, of_plan = _width(Tenant), _width(Plan)
    tenant = _object(Tenant, row[:of_tenant])
    tenant.plan = _object(Plan, row[of_tenant : of_tenant + of_plan])
    settings = row[of_tenant + of_plan :]
    chosen = settings[0] is not None
    tenant.platform_settings = _object(PlatformSettings, settings) if chosen else PlatformSettings()
    return tenant


@cache
def _statement() -> str:
    tables = {model: model._meta.db_table for model in (Domain, Tenant, Plan, PlatformSettings)}
    columns = ", ".join(
        f'"{tables[model]}"."{field.column}"'
        for model in (Tenant, Plan, PlatformSettings)
        for field in model._meta.concrete_fields
    )
    domain, tenant, plan, platform = tables.values()
    return (
        f'SELECT {columns} FROM "{domain}"'  # noqa: S608 - names of our own tables
        f' JOIN "{tenant}" ON "{tenant}"."id" = "{domain}"."tenant_id"'
        f' JOIN "{plan}" ON "{plan}"."id" = "{tenant}"."plan_id"'
        f' LEFT JOIN "{platform}" ON true WHERE "{domain}"."domain" = %s'
    )


@cache
def _width(model: type[Model]) -> int:
    return len(model._meta.concrete_fields)


@cache
def _converters(model: type[Model]) -> tuple[tuple[int, Any], ...]:
    """Positions whose values the field itself must turn into Python (JSON)."""
    fields = enumerate(model._meta.concrete_fields)
    return tuple((i, f.from_db_value) for i, f in fields if hasattr(f, "from_db_value"))


def _object(model: type[M], values: tuple[Any, ...]) -> M:
    made = list(values)
    for position, convert in _converters(model):
        made[position] = convert(made[position], None, connection)
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(connection.alias, names, made)
