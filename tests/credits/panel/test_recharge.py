"""Buying a pack by itself: switched on with a cap, switched off again, and said when it has stopped."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from credits.models import AutoRecharge, CreditPack
from credits.services import recharging
from saas.core import clock
from tenants.models import Tenant, User
from tests.billing.money import give_funds
from tests.booking.pages import queries_for, words
from tests.credits.accounting import account, have, stand

pytestmark = pytest.mark.django_db
RECHARGE, OFF = "/panel/billing/credits/sms/recharge/", "/panel/billing/credits/sms/recharge/off/"


def chosen(packs: list[CreditPack], **changes: object) -> dict[str, object]:
    known = {"below": "50", "pack": str(packs[1].pk), "source": "balance", "cap": "40.00"}
    return known | changes


def wish() -> AutoRecharge:
    return AutoRecharge.objects.get()


def test_form_proposes_something_that_can_be_saved_as_it_is(
    owner: Client, packs: list[CreditPack]
) -> None:
    page = words(owner.get(RECHARGE))
    assert "Top up SMS automatically" in page
    assert "250 SMS · $10.00" in page
    assert "Saved card" not in page
    assert "Switch off" not in page
    initial = owner.get(RECHARGE).context["form"].initial
    assert (initial["below"], initial["cap"]) == (40, 2000)


def test_wish_is_stored_and_shown_and_bought_when_few_are_left(
    owner: Client, salon: Tenant, packs: list[CreditPack], ana: User
) -> None:
    give_funds(salon, 5000)
    assert owner.post(RECHARGE, chosen(packs, below="300")).status_code == 302
    one = wish()
    assert (one.below, one.pack, one.source, one.monthly_cap, one.by) == (
        300,
        packs[1],
        "balance",
        4000,
        ana,
    )
    page = words(owner.get("/panel/billing/"))
    assert "SMS are topped up by themselves from now on." in page
    assert "Tops up by itself" in page
    now = clock.now()
    assert [recharging.recharge(pk, now) for pk in recharging.due(now)] == [True]
    assert stand(salon)[1] == 500


def test_it_is_switched_off_twice_without_harm(owner: Client, packs: list[CreditPack]) -> None:
    owner.post(RECHARGE, chosen(packs))
    for _twice in range(2):
        assert owner.post(OFF).status_code == 302
    assert not wish().is_on
    assert account(wish().account.tenant).recharge_below is None
    assert "Top up automatically" in words(owner.get("/panel/billing/"))


def test_failure_is_said_where_it_is_changed(
    owner: Client, salon: Tenant, packs: list[CreditPack]
) -> None:
    owner.post(RECHARGE, chosen(packs))
    AutoRecharge.objects.update(
        paused_at=timezone.now(), pause_reason="Your balance is not enough."
    )
    page = words(owner.get(RECHARGE))
    assert "It has stopped." in page
    assert "Your balance is not enough. Saving tries it again." in page
    assert "Automatic top-up has stopped" in words(owner.get("/panel/billing/"))
    owner.post(RECHARGE, chosen(packs))
    assert wish().paused_at is None


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("below", "", "Enter a whole number from 0 to 1,000,000."),
        ("below", "-1", "from 0 to 1,000,000"),
        ("below", "9" * 12, "from 0 to 1,000,000"),
        ("below", "few", "from 0 to 1,000,000"),
        ("pack", "0", "not on offer any more"),
        ("source", "card", "cannot be used at present"),
        ("source", "", "Choose how to pay."),
        ("cap", "18.99", "One of it costs $19.00: allow at least that much in a month."),
        ("cap", "", "Enter the most that may be spent."),
        ("cap", "plenty", "Enter an amount"),
    ],
)
def test_bad_input_is_said_at_its_field(
    owner: Client, packs: list[CreditPack], field: str, value: str, said: str
) -> None:
    answer = owner.post(RECHARGE, chosen(packs, **{field: value}))
    assert answer.status_code == 422
    assert said in words(answer)
    assert not AutoRecharge.objects.exists()


def test_it_is_not_there_where_nothing_can_be_bought(owner: Client, salon: Tenant) -> None:
    assert owner.get(RECHARGE).status_code == 404
    assert owner.get(RECHARGE.replace("sms", "pigeon")).status_code == 404


def test_staff_may_not(
    client_for: Callable[..., Client], bruno: User, salon: Tenant, packs: list[CreditPack]
) -> None:
    visitor = client_for(bruno, salon)
    assert visitor.get(RECHARGE).status_code == 403
    assert visitor.post(OFF).status_code == 403


def test_page_takes_as_many_queries_whatever_there_is(
    owner: Client, salon: Tenant, packs: list[CreditPack]
) -> None:
    before = queries_for(owner, RECHARGE)
    have(salon, 5)
    owner.post(RECHARGE, chosen(packs))
    assert queries_for(owner, RECHARGE) == before <= 8
