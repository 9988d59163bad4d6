"""Pages of a list that may have any length."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet

COUNTED_TO = 10_000
"""A list is counted, and its pages are turned, up to here: who looks for something farther down narrows the list."""


class Pages(Paginator):  # type: ignore[type-arg]
    """Django's, of rows that are counted no further than COUNTED_TO: neither that nor its last page grows with them."""

    @cached_property
    def counted(self) -> int:
        """One more than COUNTED_TO for whatever is longer."""
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by().values("pk")[: COUNTED_TO + 1].count()

    @property
    def count(self) -> int:
        """How many there are to turn the pages of."""
        return min(self.counted, COUNTED_TO)

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.counted > COUNTED_TO
