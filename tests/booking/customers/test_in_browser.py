"""Customers in a real browser: found while typing, merged in a dialog, imported without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.booking.customers.people import CUSTOMERS, make, names
from tests.browser.fixtures import Visitor
from tests.looks import in_every_look
from tests.world import World

pytestmark = pytest.mark.browser
Visitors = Callable[..., Visitor]
OWNER = "ana@aurora.example"
FILE = {
    "name": "list.csv",
    "mimeType": "text/csv",
    "buffer": "Name;Phone\nInês;+351 912 345 678\nBad;".encode("cp1252") + b"9" * 40,
}


@in_every_look
def test_every_page_of_customers_can_be_read(
    theme: str, width: int, visitor: Visitors, committed_world: World
) -> None:
    tenant = committed_world.aurora
    one = make(tenant, "A name that is quite long for a narrow screen", phone="+351 912 345 678")
    other = make(tenant, "Rita", email="rita@" + "x" * 50 + ".example", phone="912 345 678")
    person = visitor(theme=theme, width=width)
    person.log_in(OWNER)
    for path in ("", f"{one.pk}/", f"{other.pk}/edit/", f"{other.pk}/erase/", "duplicates/",
                 f"{one.pk}/merge/{other.pk}/"):  # fmt: skip
        person.open(tenant.url(CUSTOMERS + path))
        assert person.serious_findings() == [], path
        assert not person.scrolls_sideways(), path
    page = person.open(tenant.url(CUSTOMERS + "import/"))
    page.set_input_files("[name=file]", files=[FILE])
    page.click("text=Read the file")
    for button in ("Show what would happen", "Add 1, change 0"):
        assert person.serious_findings() == [], button
        assert not person.scrolls_sideways(), button
        page.click(f"text={button}")
    expect(page.locator("#run")).to_contain_text("Line 3")
    assert names(tenant)[-1] == "Inês"


def test_typing_finds_and_merging_leaves_one(visitor: Visitors, committed_world: World) -> None:
    tenant = committed_world.aurora
    for name in ("Rita", "Rita Duarte", "Noor"):
        make(tenant, name, phone="" if name == "Noor" else "912 345 678")
    person = visitor()
    person.log_in(OWNER)
    page = person.open(tenant.url(CUSTOMERS))
    page.fill("[name=q]", "duar")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.click("#rows a.title")
    page.click("text=Merge…")
    page.locator("#dialog label", has_text="Rita Duarte").click()
    page.click("#dialog button[type=submit]")
    expect(page.locator(".toast")).to_contain_text("is one entry now")
    assert sorted(names(tenant)) == ["Noor", "Rita Duarte"]


def test_import_works_without_javascript(visitor: Visitors, committed_world: World) -> None:
    person = visitor(javascript=False)
    person.log_in(OWNER)
    page = person.open(committed_world.aurora.url(CUSTOMERS + "import/"))
    page.set_input_files("[name=file]", files=[FILE])
    for button in ("Read the file", "Show what would happen", "Add 1, change 0"):
        page.click(f"text={button}")
    assert names(committed_world.aurora) == ["Inês"]
