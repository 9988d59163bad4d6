"""The lists of staff and services: queries, pages, search, filters, order."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from tenants.models import Tenant, User
from tests.booking.pages import (
    KINDS,
    fill,
    fill_apart,
    headings,
    queries_for,
    words,
)

each = pytest.mark.parametrize("module", ["staff", "services", "locations"])
Clients = Callable[..., Client]
FULL = "You’ve reached your plan’s limit — upgrade to a plan with more headroom."


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


@each
@pytest.mark.parametrize("count", [1, 30])
def test_list_takes_six_queries_whatever_its_length(
    module: str, count: int, owner: Client, aurora: Tenant
) -> None:
    fill_apart(aurora, module, count)
    assert queries_for(owner, KINDS[module][1]) == 5


@pytest.mark.parametrize(("module", "most"), [("staff", 8), ("services", 10), ("locations", 6)])
def test_form_pages_stay_within_their_queries(
    module: str, most: int, owner: Client, aurora: Tenant
) -> None:
    """Two for each kind of rows that theirs are linked to: what there is, and what is chosen; one for logins."""
    pk = fill(aurora, module, 1)[0]
    for page in ("add/", f"{pk}/", f"{pk}/delete/"):
        assert queries_for(owner, KINDS[module][1] + page) <= most


@each
def test_list_without_rows_explains_and_offers_one_button(module: str, owner: Client) -> None:
    url = KINDS[module][1]
    page = words(owner.get(url))
    assert page.count(f'href="{url}add/"') == 1
    assert "stands here, and on your public page" in page


@each
def test_list_shows_fifty_to_a_page(module: str, owner: Client, aurora: Tenant) -> None:
    fill(aurora, module, 60)
    url = KINDS[module][1]
    first, second = owner.get(url).context["listing"], owner.get(url + "?page=2").context["listing"]
    assert (len(first.page), len(second.page)) == (50, 10)
    assert owner.get(url + "?page=99").context["listing"].page.number == 2
    assert owner.get(url + "?page=x").context["listing"].page.number == 1


@each
def test_search_finds_names_in_any_case(module: str, owner: Client, aurora: Tenant) -> None:
    fill(aurora, module, 2)
    fill(aurora, module, 1, name="INÊS Duarte")
    fill(aurora, module, 1, name="100% wool_")
    url = KINDS[module][1]
    found = {
        text: [r.name for r in owner.get(url, {"q": text}).context["listing"].page]
        for text in ("inês", "%", "_", "row", "nobody", "a\0b")
    }
    assert found == {
        "inês": ["INÊS Duarte"],
        "%": ["100% wool_"],
        "_": ["100% wool_"],
        "row": ["Row 00", "Row 01"],
        "nobody": [],
        "a\0b": [],
    }


@each
def test_filter_shows_rows_in_one_state(module: str, owner: Client, aurora: Tenant) -> None:
    fill(aurora, module, 1, name="On")
    fill(aurora, module, 1, name="Off", is_active=False)
    fill(aurora, module, 1, name="Paused", paused_at=timezone.now())
    shown = {
        show: [r.name for r in owner.get(KINDS[module][1], {"show": show}).context["listing"].page]
        for show in ("", "active", "off", "paused", "nonsense")
    }
    everything = ["Off", "On", "Paused"]
    assert shown == {
        "": everything,
        "active": ["On"],
        "off": ["Off"],
        "paused": ["Paused"],
        "nonsense": everything,
    }


@each
def test_order_is_by_name_in_any_case_or_by_age(module: str, owner: Client, aurora: Tenant) -> None:
    for name in ("cora", "Ana", "Bea"):
        fill(aurora, module, 1, name=name)

    def names(sort: str) -> list[str]:
        page = owner.get(KINDS[module][1], {"sort": sort}).context["listing"].page
        return [r.name for r in page]

    assert names("name") == names("; DROP") == ["Ana", "Bea", "cora"]
    assert names("-age") == ["Bea", "Ana", "cora"]


def test_services_are_listed_under_their_headings_and_those_without_one_last(
    owner: Client, aurora: Tenant
) -> None:
    hair, nails = headings(aurora, "Hair", "Nails")
    for name, heading in (("Soak", None), ("Gel", nails), ("Cut", hair), ("Blow-dry", hair)):
        fill(aurora, "services", 1, name=name, category=heading)
    response = owner.get("/panel/services/")
    names = [row.name for row in response.context["listing"].page]
    assert names == ["Blow-dry", "Cut", "Gel", "Soak"]
    page = words(response)
    assert [page.count(f' colspan="5"> {head} </th>') for head in ("Hair", "Nails")] == [1, 1]
    assert page.index(' colspan="5"> No category </th>') < page.index("Soak")
    by_name = owner.get("/panel/services/?sort=name")
    assert [row.name for row in by_name.context["listing"].page] == sorted(names)
    assert "row-group" not in words(by_name)


def test_services_without_any_heading_are_one_list(owner: Client, aurora: Tenant) -> None:
    fill(aurora, "services", 2)
    assert "row-group" not in words(owner.get("/panel/services/"))
