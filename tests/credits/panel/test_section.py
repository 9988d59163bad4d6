"""“Message credits” on the Billing page: a card for each channel, with numbers and what follows from them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from credits.models import CreditPack
from credits.services import accounts, movements
from credits.services.movements import Why
from plans.entitlements import UNLIMITED
from tenants.models import Tenant
from tests.booking.pages import fill, queries_for, switch, words
from tests.credits.accounting import have, spend
from tests.credits.panel.scene import (
    BILLING,
    banner,
    begin_month,
    card,
    hold,
    section,
    sell,
    text_of,
)
from tests.tenants.allowance.month import NOW

DAY = timedelta(days=1)


def test_card_shows_the_month_and_what_was_bought(owner: Client, salon: Tenant) -> None:
    spend(salon, 180)
    have(salon, 1240)
    said = text_of(card(owner))
    assert "Included this month 180 / 200" in said
    assert "20 left, then 1,240 purchased credits" in said
    assert "Purchased 1,240" in said
    assert "Included renew 1 Dec, in 6 days" in said
    assert 'max="200" value="180"' in card(owner)


def test_far_from_the_limit_the_card_is_calm(owner: Client, salon: Tenant) -> None:
    spend(salon, 34)
    assert "166 left" in text_of(card(owner))
    assert "is-near" not in card(owner)
    assert "status" not in card(owner)
    assert banner(owner) == ""


@pytest.mark.parametrize(
    ("used", "bought", "said"),
    [
        (180, 0, "20 left"),
        (180, 1, "20 left, then 1 purchased credit"),
        (200, 7, "All used: now 7 purchased credits"),
        (200, 0, "All used: messages are held, not lost"),
    ],
)
def test_card_says_what_comes_then(
    used: int, bought: int, said: str, owner: Client, salon: Tenant
) -> None:
    spend(salon, used)
    if bought:
        have(salon, bought)
    fill(salon, "services", 1)
    fill(salon, "staff", 1)
    assert f"<small>{said}</small>" in card(owner)
    page = words(owner.get(f"{BILLING}current-plan/"))
    assert f"<b>{used} / 200</b>" in page
    assert f"<small>{said}</small>" in page, "The Current plan dialog says the same."
    assert f"<small>{said}</small>" in words(owner.get("/panel/")), "So does the first page."


def test_unlimited_channel_has_no_meter_and_nothing_to_buy(
    owner: Client, salon: Tenant, packs: list[CreditPack]
) -> None:
    begin_month(salon, sms_per_month=UNLIMITED)
    spend(salon, 3)
    shown = card(owner)
    assert "Unlimited in your plan: 3 used this month, and nothing to buy." in shown
    assert "<progress" not in shown
    assert "top-up" not in shown


@pytest.mark.req(109)
def test_button_is_there_where_something_can_be_bought(
    owner: Client, salon: Tenant, packs: list[CreditPack]
) -> None:
    link = f'href="{BILLING}top-up/sms/" hx-get="{BILLING}top-up/sms/"'
    assert link in card(owner)
    assert "top-up" not in card(owner, "whatsapp")
    CreditPack.objects.update(is_active=False)
    assert "top-up" not in card(owner)
    sell("Euro", 1000, 250, currency="EUR")
    assert "top-up" not in card(owner), "It is sold in another currency than the platform's."


def test_plan_that_includes_none_says_so_and_sells_all_the_same(
    owner: Client, salon: Tenant, packs: list[CreditPack]
) -> None:
    salon = begin_month(salon, sms_per_month=0)
    shown = text_of(card(owner))
    assert "Your plan includes none" in shown
    assert "Top up" in shown
    assert "Included renew" not in shown
    assert banner(owner) == "", "What was never there has not been used up."
    have(salon, 30)
    assert "Purchased 30" in text_of(card(owner))


def test_channel_that_the_plan_does_not_have_has_no_card(owner: Client, salon: Tenant) -> None:
    switch(salon.plan, "workflows.sms", on=False)
    assert card(owner) == ""
    assert card(owner, "email")
    switch(salon.plan, "workflows", on=False)
    assert section(owner) == ""
    assert owner.get(BILLING).status_code == 200


def test_debt_is_said_in_one_calm_sentence(owner: Client, salon: Tenant) -> None:
    have(salon, 5)
    why = Why(movements.Kind.TAKEN_BACK, "t:1")
    movements.take_back(salon, "sms", 45, why, now=NOW)
    said = text_of(card(owner))
    assert "Owed 40" in said
    assert "40 credits of a payment were taken back after they had been used." in said


def test_forecast_follows_the_pace(owner: Client, salon: Tenant) -> None:
    assert "At this pace" not in text_of(card(owner))
    for day in range(18):
        spend(salon, 10, now=NOW - (18 - day) * DAY)
    assert "At this pace lasts until 27 Nov" in text_of(card(owner))
    have(salon, 5000)
    assert "At this pace lasts until" in text_of(card(owner))
    have(salon, 5_000_000)
    assert "At this pace does not run out" in text_of(card(owner))


def test_few_that_are_left_are_amber(owner: Client, salon: Tenant, packs: list[CreditPack]) -> None:
    spend(salon, 160)
    assert "Only 40 SMS left." in banner(owner)
    assert "banner-warn" in banner(owner)
    assert "until the month renews on 1 December." in text_of(banner(owner))
    assert "Top up SMS" in banner(owner)
    assert "btn-primary" not in banner(owner)
    assert '<span class="status status-warn">Low</span>' in card(owner)
    accounts.set_warning(salon, "sms", 39, NOW)
    assert banner(owner) == ""
    spend(salon, 1)
    assert "Only 39 SMS left." in banner(owner)
    accounts.set_warning(salon, "sms", 0, NOW)
    assert banner(owner) == ""


@pytest.mark.req(119)
def test_nothing_left_is_said_on_top_and_the_main_button_moves_there(
    owner: Client, salon: Tenant, packs: list[CreditPack]
) -> None:
    spend(salon, 200)
    hold(salon, 6)
    shown = banner(owner)
    assert "banner-bad" in shown
    said = text_of(shown)
    assert said.startswith(
        "You have no SMS credits left. 6 messages are held, and nothing is lost: "
        "top up to send them, or discard them. E-mail and WhatsApp keep working."
    )
    assert "See held messages" in said
    assert 'href="/panel/messages/?channel=sms&state=held"' in shown
    assert f'<a class="btn btn-primary" href="{BILLING}top-up/sms/"' in shown
    assert words(owner.get(BILLING)).count("btn-primary") == 1
    assert '<span class="status status-bad">Used up</span>' in card(owner)
    assert "has run out" in card(owner)


@pytest.mark.req(119)
def test_less_than_the_next_message_needs_is_nothing_left(
    owner: Client, salon: Tenant, packs: list[CreditPack]
) -> None:
    spend(salon, 198)
    hold(salon, 1, units=3)
    assert text_of(banner(owner)).startswith(
        "You have too few SMS credits left. 1 message is held, and nothing is lost:"
    )


def test_where_nothing_is_sold_the_month_is_named(owner: Client, salon: Tenant) -> None:
    spend(salon, 200)
    hold(salon, 2)
    said = text_of(banner(owner))
    assert "they wait until the month renews on 1 December." in said
    assert "Top up" not in said


@pytest.mark.req(113)
def test_what_waits_can_be_sent_once_there_are_credits(
    owner: Client, salon: Tenant, packs: list[CreditPack]
) -> None:
    spend(salon, 200)
    hold(salon, 14)
    have(salon, 500)
    shown = banner(owner)
    assert "banner-ok" in shown
    assert "14 messages over SMS are held, and there are credits again." in shown
    assert '<form action="/panel/messages/held/sms/send/" method="post">' in shown
    assert "Send 14 held messages</button>" in shown


def test_two_channels_are_said_in_one_banner(owner: Client, salon: Tenant) -> None:
    salon = begin_month(salon, whatsapp_per_month=1)
    sell("100 WhatsApp", 900, 100, channel="whatsapp")
    spend(salon, 200)
    spend(salon, 1, channel="whatsapp")
    said = text_of(banner(owner))
    assert said.startswith("You have no SMS and WhatsApp credits left.")
    assert "E-mail keeps working." in said
    assert said.endswith("Top up WhatsApp")


def test_other_business_is_not_in_it(owner: Client, salon: Tenant, borealis: Tenant) -> None:
    have(borealis, 777)
    hold(borealis, 3)
    assert "777" not in text_of(section(owner))
    assert banner(owner) == ""


@pytest.mark.parametrize("count", [1, 30])
def test_page_takes_as_many_queries_whatever_there_is(
    count: int, owner: Client, salon: Tenant
) -> None:
    for number in range(count):
        sell(f"Pack {number}", 1000 + number, 100)
        spend(salon, 1)
        have(salon, 1)
        hold(salon, 1, channel="email")
    assert queries_for(owner, BILLING) == 8
    assert queries_for(owner, f"{BILLING}current-plan/") == 7


def test_home_is_for_those_who_may_change_something(
    client_for: Callable[..., Client],
    owner: Client,
    salon: Tenant,
    mara: object,
    bruno: object,
    packs: list[CreditPack],
) -> None:
    spend(salon, 200)
    hold(salon, 6)
    shown = banner(owner, "/panel/")
    assert "You have no SMS credits left." in shown
    assert "Top up SMS" in shown
    for_manager = text_of(banner(client_for(mara, salon), "/panel/"))
    assert "6 messages are held" in for_manager
    assert "wait until the month renews" in for_manager
    assert "Top up" not in for_manager
    assert banner(client_for(bruno, salon), "/panel/") == ""
    assert queries_for(owner, "/panel/") == 6
