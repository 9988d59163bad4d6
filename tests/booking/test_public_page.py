"""What strangers see of a business."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from booking.models import ServiceCategory
from plans.models import Plan, PlatformSettings
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import fill, fill_apart, headings, queries_for, switch, words

Clients = Callable[..., Client]


@pytest.fixture
def stranger(client_for: Clients, aurora: Tenant) -> Client:
    return client_for(None, aurora)


def test_services_stand_under_their_headings_with_price_and_duration(
    stranger: Client, aurora: Tenant
) -> None:
    colour, hair = headings(aurora, "Colour", "Hair")
    fill(aurora, "services", 1, name="Cut", price=3800, minutes=75, category=hair)
    fill(aurora, "services", 1, name="Roots", price=5550, category=colour)
    fill(aurora, "services", 1, name="Chat", price=0)
    page = words(stranger.get("/"))
    order = ["<h1>Salon Aurora</h1>", "<h2>Colour</h2>", "Roots", "$55.50", "<h2>Hair</h2>", "Cut",
             "1 h 15", "$38", "<h2>More</h2>", "Chat", "Free"]  # fmt: skip
    places = [page.index(text) for text in order]
    assert places == sorted(places)


def test_headings_within_another_stand_below_it_in_their_order(
    stranger: Client, aurora: Tenant
) -> None:
    nails, hair, colour, cuts = headings(aurora, "Nails", "Hair", "Colour", "Cuts")
    with tenant_scope(aurora):
        ServiceCategory.objects.filter(pk=hair.pk).update(order_number=1)
        ServiceCategory.objects.filter(pk=cuts.pk).update(order_number=2, parent=hair)
        ServiceCategory.objects.filter(pk=colour.pk).update(order_number=3, parent=hair)
        ServiceCategory.objects.filter(pk=nails.pk).update(order_number=2)
    for name, category in (("Restyle", cuts), ("Gloss", colour), ("Gel", nails), ("Chat", None)):
        fill(aurora, "services", 1, name=name, category=category)
    few = queries_for(stranger, "/")
    fill(aurora, "services", 1, name="Advice", category=hair)
    page = words(stranger.get("/"))
    order = ["<h2>Hair</h2>", "Advice", "<h3>Cuts</h3>", "Restyle", "<h3>Colour</h3>", "Gloss",
             "<h2>Nails</h2>", "Gel", "<h2>More</h2>", "Chat"]  # fmt: skip
    places = [page.index(text) for text in order]
    assert places == sorted(places)
    assert queries_for(stranger, "/") == few
    steps = words(stranger.get("/book/"))
    order = ["Hair</legend>", "Advice", "Hair · Cuts</legend>", "Restyle",
             "Hair · Colour</legend>", "Gloss", "Nails</legend>", "Gel", "More</legend>", "Chat"]  # fmt: skip
    places = [steps.index(text) for text in order]
    assert places == sorted(places)


def test_only_rows_in_use_are_shown(stranger: Client, aurora: Tenant) -> None:
    for module in ("staff", "services", "locations"):
        fill(aurora, module, 1, name=f"{module} shown")
        fill(aurora, module, 1, name=f"{module} off", is_active=False)
        fill(aurora, module, 1, name=f"{module} paused", paused_at=timezone.now())
    page = words(stranger.get("/"))
    for module in ("staff", "services", "locations"):
        assert f"{module} shown" in page
        assert f"{module} off" not in page
        assert f"{module} paused" not in page


def test_contact_details_of_staff_are_not_public(stranger: Client, aurora: Tenant) -> None:
    fill(aurora, "staff", 1, name="Inês", title="Stylist", email="ines@x.example", phone="0351 21")
    page = words(stranger.get("/"))
    assert "Inês" in page
    assert "Stylist" in page
    assert "ines@x.example" not in page
    assert "0351" not in page


def test_each_host_shows_its_own_business(
    client_for: Clients, aurora: Tenant, borealis: Tenant
) -> None:
    fill(aurora, "services", 1, name="Cut")
    fill(borealis, "services", 1, name="Yoga")
    page = words(client_for(None, borealis).get("/"))
    assert "Borealis Yoga" in page
    assert "Cut" not in page


def test_empty_page_is_polite_and_shows_the_way_in(stranger: Client) -> None:
    page = words(stranger.get("/"))
    assert "Salon Aurora has not put its services here yet." in page
    assert '<a href="/login/">For the team: log in</a>' in page


@pytest.mark.req(25)
def test_powered_by_goes_with_the_capability(stranger: Client, aurora: Tenant, plan: Plan) -> None:
    PlatformSettings.objects.update(platform_name="Bookly & Sons")
    switch(plan, "booking_page.remove_branding", on=False)
    page = words(stranger.get("/"))
    assert f'<a href="{settings.PLATFORM_URL}/">Powered by <b>Bookly & Sons</b></a>' in page
    switch(plan, "booking_page.remove_branding", on=True)
    page = words(stranger.get("/"))
    assert "Powered by" not in page
    assert "Bookly" not in page


@pytest.mark.req(18)
def test_without_its_capability_the_page_is_a_polite_404(stranger: Client, plan: Plan) -> None:
    switch(plan, "booking_page", on=False)
    response = stranger.get("/")
    assert response.status_code == 404
    page = words(response)
    assert "Salon Aurora does not show a page here." in page
    assert 'href="/login/"' in page
    assert "plan" not in page.split("<body")[1].split('id="toasts"')[0]


@pytest.mark.req(80, 81)
@pytest.mark.parametrize("module", ["staff", "services", "locations"])
def test_module_that_is_off_is_not_on_the_page_and_comes_back(
    module: str, stranger: Client, aurora: Tenant, plan: Plan
) -> None:
    fill(aurora, module, 1, name="Here")
    switch(plan, module, on=False)
    assert "Here" not in words(stranger.get("/"))
    switch(plan, module, on=True)
    assert "Here" in words(stranger.get("/"))


def test_without_categories_services_stand_in_one_list(
    stranger: Client, aurora: Tenant, plan: Plan
) -> None:
    fill(aurora, "services", 1, category=headings(aurora, "Hair")[0])
    switch(plan, "services.categories", on=False)
    page = words(stranger.get("/"))
    assert "Row 00" in page
    assert "Hair" not in page


def test_page_is_not_served_without_end_to_one_address(
    stranger: Client, client_for: Clients, aurora: Tenant
) -> None:
    answers = [stranger.get("/").status_code for _ask in range(121)]
    assert answers == [200] * 120 + [429]
    assert client_for(None, aurora).get("/").status_code == 200


@pytest.mark.parametrize("count", [0, 1, 30])
def test_stranger_costs_six_queries(count: int, stranger: Client, aurora: Tenant) -> None:
    fill_apart(aurora, "services", count)
    fill(aurora, "staff", count)
    fill(aurora, "locations", count)
    assert queries_for(stranger, "/") == 6


def test_member_costs_eight_queries(client_for: Clients, ana: User, aurora: Tenant) -> None:
    assert queries_for(client_for(ana, aurora), "/") == 8


def test_page_that_is_not_there_speaks_for_the_business(stranger: Client) -> None:
    answer = stranger.get("/no-such-page/")
    assert answer.status_code == 404
    page = words(answer)
    assert "Salon Aurora" in page
    assert "Tenantry" not in page
