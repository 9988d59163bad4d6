"""How many queries each page takes, session, person and business among them: the same with few rows and with many.

Every page that needs no more than its address is asked, so a new one is in it by itself.
"""

from collections.abc import Callable, Iterable

import pytest
from django.test import Client
from django.urls import reverse

from tests.booking.pages import counted
from tests.isolation.expectations import PLATFORM, TENANT
from tests.isolation.test_crawl import furnish
from tests.isolation.test_matrix import PLATFORM_URLS, TENANT_URLS
from tests.world import World

Clients = Callable[..., Client]
MOST = 8
MORE = {"booking:report_list": 9, "console:home": 10}
"""No lists: pages that draw one figure of everything."""


def names_of(table: dict[str, str], urlconf: str, *sides: str) -> list[str]:
    """Names of the pages below `sides` that need no key in their address and answer the last of the visitors."""
    found = []
    for name, statuses in table.items():
        if statuses.split()[-1] != "200":
            continue
        try:
            path = reverse(name, urlconf=urlconf)
        except Exception:
            continue
        if path.startswith(sides):
            found.append(name)
    return found


def queries_of(client: Client, names: Iterable[str], urlconf: str) -> dict[str, int]:
    found = {}
    for name in names:
        path = reverse(name, urlconf=urlconf)
        client.get(path)
        with counted() as queries:
            response = client.get(path)
        assert response.status_code == 200, path
        if response.headers.get("Content-Type", "").startswith("text/html"):
            found[name] = len(queries)
    return found


@pytest.mark.parametrize("side", ["panel", "console"])
def test_pages_take_few_queries_whatever_there_is(
    side: str, world: World, client_for: Clients
) -> None:
    is_panel = side == "panel"
    client = client_for(world.ana, world.aurora) if is_panel else client_for(world.olivia)
    table, urlconf = (TENANT, TENANT_URLS) if is_panel else (PLATFORM, PLATFORM_URLS)
    names = names_of(table, urlconf, f"/{side}/")
    assert len(names) > 20
    furnish(world.aurora, "Few")
    few = queries_of(client, names, urlconf)
    for number in range(9):
        furnish(world.aurora, f"More{number}")
    many = queries_of(client, names, urlconf)
    assert {name: count for name, count in many.items() if count > few[name]} == {}
    assert {name: count for name, count in many.items() if count > MORE.get(name, MOST)} == {}
