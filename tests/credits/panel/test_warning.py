"""“Warn me when so many are left”: set by the owner, for each channel."""

import pytest
from django.test import Client

from credits.models import CreditAccount
from tenants.models import Tenant
from tests.booking.pages import words
from tests.credits.accounting import account, spend
from tests.credits.panel.scene import BILLING, HISTORY, banner, card

URL = f"{HISTORY}warning/"
HTMX = {"hx-request": "true"}


def test_it_begins_with_a_fifth_of_the_month(owner: Client) -> None:
    assert 'value="40"' in words(owner.get(URL, headers=HTMX))
    assert "Warns at 40" in card(owner)


@pytest.mark.parametrize(
    ("typed", "at", "said"),
    [
        ("75", 75, "Saved. You are warned when 75 are left."),
        ("1", 1, "Saved. You are warned when 1 is left."),
        ("0", 0, "Saved. You are not warned."),
        ("1000000", 1_000_000, "Saved. You are warned when 1,000,000 are left."),
    ],
)
def test_it_is_what_was_entered(
    typed: str, at: int, said: str, owner: Client, salon: Tenant
) -> None:
    response = owner.post(URL, {"warn_below": typed}, headers=HTMX)
    assert response["HX-Redirect"] == BILLING
    assert said in words(owner.get(BILLING))
    assert account(salon).warn_below == at


def test_threshold_decides_when_the_banner_comes(owner: Client, salon: Tenant) -> None:
    owner.post(URL, {"warn_below": "150"}, follow=True)
    spend(salon, 49)
    assert banner(owner) == ""
    spend(salon, 1)
    assert "Only 150 SMS left." in banner(owner)
    owner.post(URL, {"warn_below": "0"}, follow=True)
    assert banner(owner) == ""
    assert "Warn me" in card(owner)


@pytest.mark.parametrize("typed", ["", "-1", "x", "1000001", "1.5", "9" * 30])
def test_what_is_no_number_is_said_beside_it(typed: str, owner: Client) -> None:
    response = owner.post(URL, {"warn_below": typed}, headers=HTMX)
    assert response.status_code == 422
    assert 'id="warning_warn_below_error"' in words(response)
    assert not CreditAccount.objects.exists()
