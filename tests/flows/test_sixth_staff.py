"""A sixth staff member is added: view → service → lock, ask, write, and the refusal climbs back as one sentence."""

from collections.abc import Callable
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.html import strip_tags

from booking.models import Staff
from plans.services.plans import save_plan
from tenants.scope import tenant_scope
from tests.world import World

SENTENCE = "Staff: 5 / 5. You’ve reached your plan’s limit — upgrade to a plan with more headroom."


def words(response: HttpResponse) -> str:
    """What a person reads, without the markup."""
    return " ".join(unescape(strip_tags(response.content.decode())).split())


def add(client: Client, name: str) -> int:
    return client.post("/panel/staff/add/", {"name": name}).status_code


@pytest.mark.req(36, 37, 42, 44, 45, 69)
def test_sixth_staff_waits_for_a_plan_with_more_headroom(
    world: World, client_for: Callable[..., Client]
) -> None:
    save_plan(world.plan, {"limits": {"staff": 5}})
    ana = client_for(world.ana, world.aurora)
    assert [add(ana, f"Staff {number}") for number in range(5)] == [302] * 5

    refusal = ana.post("/panel/staff/add/", {"name": "The sixth"})
    assert refusal.status_code == 409
    assert SENTENCE in words(refusal)
    assert "/panel/billing/" in refusal.content.decode()

    page = ana.get("/panel/staff/").content.decode()
    assert all(f"Staff {number}" in page for number in range(5))
    assert "The sixth" not in page

    save_plan(world.plan, {"limits": {"staff": 6}})
    assert add(ana, "The sixth") == 302
    with tenant_scope(world.aurora):
        assert Staff.objects.count() == 6
    with tenant_scope(world.borealis):
        assert not Staff.objects.exists()


@pytest.mark.req(21, 43, 69, 80, 81)
def test_module_comes_and_goes_with_the_plan(
    world: World, client_for: Callable[..., Client]
) -> None:
    ana = client_for(world.ana, world.aurora)
    assert add(ana, "Bruno") == 302

    save_plan(world.plan, {"capabilities": {"staff": False}})
    assert 'href="/panel/staff/"' not in ana.get("/panel/").content.decode()
    assert ana.get("/panel/staff/").status_code == 404

    save_plan(world.plan, {"capabilities": {"staff": True}})
    page = ana.get("/panel/staff/").content.decode()
    assert 'href="/panel/staff/"' in page
    assert "Bruno" in page


def test_only_owners_are_shown_the_way_to_the_plans(
    world: World, client_for: Callable[..., Client]
) -> None:
    """A switch that needs room, so that the refusal is the middleware's own page."""
    save_plan(world.plan, {"limits": {"staff": 0}})
    with tenant_scope(world.aurora):
        off = Staff.objects.create(name="Rui", is_active=False)
    pages = {}
    for user in (world.ana, world.mara):
        client = client_for(user, world.aurora)
        pages[user.name] = client.post(f"/panel/staff/{off.pk}/active/", {"active": "1"})
    assert {page.status_code for page in pages.values()} == {409}
    assert "See plans" in words(pages["Ana Ribeiro"])
    assert "See plans" not in words(pages["Mara Duarte"])
