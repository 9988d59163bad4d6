"""The page of messages: what waits, until when, and where credits for it can be bought."""

from collections.abc import Callable

import pytest
from django.test import Client

from credits.models import CreditPack
from tenants.models import Tenant, User
from tests.booking.pages import queries_for, words
from tests.credits.accounting import have, spend
from tests.credits.panel.scene import TOP_UP, begin_month, hold

MESSAGES = "/panel/messages/"


@pytest.mark.req(119)
def test_where_credits_are_sold_it_says_so_with_a_link(
    owner: Client, salon: Tenant, packs: list[CreditPack]
) -> None:
    spend(salon, 200)
    hold(salon, 14)
    page = words(owner.get(MESSAGES))
    assert "14 messages over SMS are held" in page
    assert "This month’s 200 are used up. They wait until 1 December, or until you top up." in page
    assert f'href="{TOP_UP}" hx-get="{TOP_UP}"' in page
    CreditPack.objects.update(is_active=False)
    page = words(owner.get(MESSAGES))
    assert "or until you upgrade." in page
    assert TOP_UP not in page


def test_plan_without_any_says_so(owner: Client, salon: Tenant, packs: list[CreditPack]) -> None:
    begin_month(salon, sms_per_month=0)
    hold(salon, 1)
    assert "Your plan includes none. They wait until you top up." in words(owner.get(MESSAGES))


def test_manager_cannot_buy(
    client_for: Callable[..., Client], mara: User, salon: Tenant, packs: list[CreditPack]
) -> None:
    spend(salon, 200)
    hold(salon, 14)
    page = words(client_for(mara, salon).get(MESSAGES))
    assert "or until you upgrade." in page
    assert TOP_UP not in page


def test_with_credits_there_is_room_again(
    owner: Client, salon: Tenant, packs: list[CreditPack]
) -> None:
    spend(salon, 200)
    hold(salon, 1, units=3)
    have(salon, 2)
    assert "There is room again" not in words(owner.get(MESSAGES))
    have(salon, 1)
    assert "There is room again" in words(owner.get(MESSAGES))


def test_channels_cost_no_queries_each(
    owner: Client, salon: Tenant, packs: list[CreditPack]
) -> None:
    hold(salon, 1)
    one = queries_for(owner, MESSAGES)
    hold(salon, 1, channel="email")
    hold(salon, 1, channel="whatsapp")
    assert queries_for(owner, MESSAGES) == one
