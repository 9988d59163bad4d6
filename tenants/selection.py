"""Which tenants a bulk action is about: those that were ticked, or all that match a search and filters."""

from functools import cached_property

from django.http import QueryDict

from tenants.models import Tenant, TenantQuerySet
from tenants.tenant_table import TenantTable, parse_id

NAMES_SHOWN = 5
AT_ONCE = 50
"""More than this many are moved in the background."""


class Selection:
    """Read from an address or a form: `tenant` once for each that is ticked, or `all` with the table's filters."""

    def __init__(self, asked: QueryDict, table: TenantTable) -> None:
        self.table = table
        self.is_all = bool(asked.get("all"))
        self._ids = {pk for text in asked.getlist("tenant") if (pk := parse_id(text))}

    @cached_property
    def ids(self) -> list[int]:
        """Their keys. One query."""
        return list(self._tenants().order_by("pk").values_list("pk", flat=True))

    @cached_property
    def names(self) -> list[str]:
        """The first few names in the order of the alphabet. One query."""
        return list(
            self._tenants().order_by("name", "pk").values_list("name", flat=True)[:NAMES_SHOWN]
        )

    @property
    def count(self) -> int:
        return len(self.ids)

    @property
    def is_large(self) -> bool:
        """Whether it is too much for one request."""
        return self.count > AT_ONCE

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Hidden fields that say the same again."""
        if self.is_all:
            return [("all", "1"), *self.table.filters.items()]
        return [("tenant", str(pk)) for pk in self.ids]

    def _tenants(self) -> "TenantQuerySet":
        return self.table.matching() if self.is_all else Tenant.objects.filter(pk__in=self._ids)
