"""The console's “Why?” page."""

from collections.abc import Callable

import pytest
from django.test import Client

from plans.models import Plan, PlatformSettings
from tenants.models import Tenant, User
from tests.booking.pages import allow, queries_for, switch, words
from tests.tenants.conftest import create_tenant

URL = "/console/why/"


def ask(desk: Client, **asked: str) -> str:
    return words(desk.get(URL, asked)).split("<main")[1]


def test_page_asks_and_offers_everything(desk: Client) -> None:
    page = ask(desk)
    assert "Pick a tenant and what it cannot do." in page
    assert '<option value="capability:booking_page.remove_branding">' in page
    assert '<option value="limit:appointments">One more: Appointments</option>' in page
    assert 'class="decision"' not in page
    assert words(desk.get("/console/")).count(f'href="{URL}"') == 1


def test_answer_is_a_list_of_steps_and_a_verdict(desk: Client, aurora: Tenant, plan: Plan) -> None:
    switch(plan, "booking_page.remove_branding", on=False)
    page = ask(desk, q="salon-aurora", what="capability:booking_page.remove_branding")
    assert '<li class="yes">Parent capability: Booking page<small>On in Team.</small>' in page
    assert '<li class="no"><b class="strong">Capability: Remove “Powered by Tenantry”</b>' in page
    assert "<li>Overrides<small>None for this.</small></li>" in page
    assert "banner banner-bad verdict" in page
    assert "<b>No: it is not part of Team.</b>" in page
    assert '<option value="capability:booking_page.remove_branding" selected>' in page
    assert 'value="salon-aurora"' in page


def test_yes_is_said_in_green(desk: Client, aurora: Tenant) -> None:
    page = ask(desk, q="Aurora", what="limit:staff")
    assert "banner banner-ok verdict" in page
    assert "Yes: nothing stands in the way." in page
    assert "Unlimited in Team." in page


def test_name_that_fits_several_asks_which(desk: Client, plan: Plan) -> None:
    for number in range(12):
        create_tenant(plan, name=f"Salon {number} & Co")
    page = ask(desk, q="salon", what="limit:staff")
    assert "Which one?" in page
    assert page.count("what=limit%3Astaff") == 8
    assert "Salon 0 & Co" in page
    assert 'class="decision"' not in page


def test_exact_address_wins(desk: Client, plan: Plan, aurora: Tenant) -> None:
    create_tenant(plan, name="Other", slug="salon-aurora-2")
    assert 'class="decision"' in ask(desk, q="salon-aurora", what="limit:staff")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"q": "nobody at all"}, "No tenant has this name or address."),
        ({"q": "salon-aurora", "what": "staf.add"}, "Did you mean “staff.add”?"),
        (
            {"q": "salon-aurora", "what": "<b>x"},
            "There is no capability and no limit called “<b>x”.",
        ),
        ({"q": "\x00nobody"}, "No tenant has this name or address."),
    ],
)
def test_what_is_not_known_is_said(
    asked: dict[str, str], sentence: str, desk: Client, aurora: Tenant
) -> None:
    assert sentence in ask(desk, **asked)


def test_page_is_for_the_console_alone(client_for: Callable[..., Client], ana: User) -> None:
    assert client_for(ana).get(URL).status_code == 404
    assert client_for(None).get(URL).status_code == 302
    assert client_for(ana).post(URL).status_code == 404


def test_post_is_not_understood(desk: Client) -> None:
    assert desk.post(URL).status_code == 405


@pytest.mark.parametrize("what", ["staff.add", "appointments"])
def test_answer_takes_at_most_eight_queries(
    what: str, desk: Client, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, staff=5)
    PlatformSettings.load()
    assert queries_for(desk, f"{URL}?q=salon-aurora&what={what}") <= 8
