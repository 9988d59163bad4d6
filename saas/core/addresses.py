"""The addresses of rows: the routes are searched once for a view, not for each row of a list."""

from functools import lru_cache

from django.urls import get_script_prefix, get_urlconf, reverse

PLACE = 7_305_206_917_402_538
"""A key that is in no route by itself."""


def row_url(name: str, key: int) -> str:
    """The address of the view `name` for the row `key`, as `reverse` gives it.

    The view takes that one number and nothing else. Raises NoReverseMatch, and ValueError for what is no number.
    """
    before, after = _around(name, get_urlconf(), get_script_prefix())
    return f"{before}{key:d}{after}"


@lru_cache(maxsize=512)
def _around(name: str, urlconf: str | None, prefix: str) -> tuple[str, str]:
    """What stands before and after the key. Routes are the same for all tenants; only the platform has others."""
    before, _, after = reverse(name, urlconf=urlconf, args=[PLACE]).partition(str(PLACE))
    return before, after
