"""Buying credits: which pack, how many of it, with what; and what is there as soon as it is paid."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from billing.ledger import balance_of
from billing.models import GatewaySettings, Payment, Status
from credits.models import CreditPack, PackPurchase
from credits.services import movements
from plans.entitlements import UNLIMITED
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.money import NOW, give_funds
from tests.booking.pages import queries_for, switch, words
from tests.credits.accounting import spend, stand
from tests.credits.panel.scene import BILLING, TOP_UP, begin_month, hold, sell, text_of

HTMX = {"hx-request": "true"}
Packs = list[CreditPack]


def filled(pack: CreditPack, quantity: int = 1, **fields: Any) -> dict[str, Any]:
    given = {
        "pack": pack.pk, "quantity": quantity, "due": pack.price * quantity, "gateway": "balance",
        "token": "a" * 22,
    }  # fmt: skip
    return given | fields


def post(client: Client, data: dict[str, Any], status: int = 200) -> HttpResponse:
    response = client.post(TOP_UP, data, headers=HTMX)
    assert response.status_code == status, words(response)
    return response


def total(response: HttpResponse) -> str:
    """What the button says."""
    found = re.search(r"<button class=\"btn btn-primary\" type=\"submit\">(.*?)<", words(response))
    return found[1] if found else ""


@pytest.mark.req(109)
def test_packs_stand_by_price_and_the_best_value_is_marked(owner: Client, packs: Packs) -> None:
    page = words(owner.get(TOP_UP))
    said = [text_of(one) for one in re.findall(r'<label class="choice">.*?</label>', page)][:3]
    assert said == [
        "250 SMS $0.04 each $10.00",
        "500 SMS $0.038 each $19.00",
        "1,000 SMS Best value $0.035 each $35.00",
    ]
    assert "Used only after the 200 that your plan includes. They never expire." in page
    assert "250 SMS for $10.00. Your plan stays as it is." in text_of(page)


def test_none_is_the_best_where_all_are_alike(owner: Client, salon: Tenant) -> None:
    sell("Some", 1000, 250)
    assert "Best value" not in words(owner.get(TOP_UP))
    sell("More", 2000, 500)
    page = words(owner.get(TOP_UP))
    assert "Best value" not in page
    assert "250 SMS · $0.04 each" in text_of(page), "Its name does not say how many it holds."


def test_packs_of_other_channels_currencies_and_inactive_ones_are_not_offered(
    owner: Client, packs: Packs
) -> None:
    sell("Mail", 100, 100, channel="email")
    sell("Euro", 100, 100, currency="EUR")
    sell("Old", 100, 100, is_active=False)
    page = words(owner.get(TOP_UP))
    assert not {"Mail", "Euro", "Old"} & set(re.findall(r'<b class="strong">(.*?)</b>', page))


@pytest.mark.req(109, 110, 113, 114)
def test_credits_are_there_as_soon_as_the_balance_has_paid(
    owner: Client, salon: Tenant, ana: User, packs: Packs
) -> None:
    give_funds(salon, 4250)
    plan, started = salon.plan_id, salon.plan_started_at
    spend(salon, 200)
    assert spend(salon, 1) is None
    page = words(owner.get(TOP_UP, headers=HTMX))
    assert "$42.50 available, $32.50 after this" in page
    response = post(owner, filled(packs[1]))
    assert response["HX-Redirect"] == BILLING
    assert "500 SMS are on your account." in words(owner.get(BILLING))
    assert stand(salon) == (200, 500, 0)
    assert spend(salon, 1) is not None
    assert balance_of(salon).balance == 2350
    payment = Payment.objects.get()
    assert (payment.status, payment.title, payment.amount) == (Status.PAID, "500 SMS", 1900)
    assert payment.by == ana
    assert payment.invoice.lines == [{"text": "500 SMS", "amount": 1900}]
    salon.refresh_from_db()
    assert (salon.plan_id, salon.plan_started_at) == (plan, started)


@pytest.mark.req(111, 113)
def test_credits_by_card_are_there_when_one_comes_back(
    owner: Client, salon: Tenant, packs: Packs, stripe: StripeSandbox
) -> None:
    spend(salon, 200)
    hold(salon, 14)
    address = post(owner, filled(packs[0], 2, gateway="stripe"))["HX-Redirect"]
    back = stripe.pay(address)
    payment = Payment.objects.get()
    assert back.split("?")[0].endswith(f"{BILLING}payments/{payment.reference}/")
    page = words(owner.get(f"{BILLING}payments/{payment.reference}/", follow=True))
    assert "500 SMS are on your account." in page
    assert "Paid with" in page
    assert '<form method="post" action="/panel/messages/held/sms/send/">' in page
    assert "Send 14 held messages</button>" in page
    assert page.split("<main")[1].count("btn-primary") == 1
    payment.refresh_from_db()
    assert (payment.title, payment.amount, payment.subscription_id) == ("2 × 250 SMS", 2000, None)
    assert stand(salon) == (200, 500, 0)
    purchase = PackPurchase.objects.get()
    assert (purchase.quantity, purchase.bought) == (2, 500)


def test_debt_is_settled_first_and_said(owner: Client, salon: Tenant, packs: Packs) -> None:
    give_funds(salon, 10_000)
    why = movements.Why(movements.Kind.TAKEN_BACK, "t:1")
    movements.take_back(salon, "sms", 40, why, now=NOW)
    post(owner, filled(packs[0]))
    said = "210 SMS are on your account. 40 more settled what was owed."
    assert said in words(owner.get(BILLING))
    assert stand(salon) == (0, 210, 0)


def test_without_anything_held_the_page_leads_back(
    owner: Client, packs: Packs, stripe: StripeSandbox
) -> None:
    stripe.pay(post(owner, filled(packs[0], gateway="stripe"))["HX-Redirect"])
    reference = Payment.objects.get().reference
    page = words(owner.get(f"{BILLING}payments/{reference}/", follow=True)).split("<main")[1]
    assert "held" not in page
    assert '<a class="btn btn-primary" href="/panel/billing/">Back to Billing</a>' in page


def test_failed_payment_leads_back_to_the_dialog(
    owner: Client, packs: Packs, stripe: StripeSandbox
) -> None:
    post(owner, filled(packs[0], gateway="stripe"))
    payment = Payment.objects.get()
    owner.post(f"{BILLING}payments/{payment.reference}/give-up/")
    page = words(owner.get(f"{BILLING}payments/{payment.reference}/"))
    assert f'href="{TOP_UP}">Try again</a>' in page


def test_total_follows_the_choice(owner: Client, salon: Tenant, packs: Packs) -> None:
    give_funds(salon, 10_000)
    chosen = {"pack": packs[1].pk, "quantity": 3, "gateway": "balance"}
    response = owner.get(TOP_UP, chosen, headers=HTMX)
    assert total(response) == "Pay $57.00"
    page = words(response)
    assert '<input type="hidden" name="due" value="5700">' in page
    assert "1,500 SMS for $57.00." in page
    assert "$100.00 available, $43.00 after this" in page
    for wrong in ("0", "100", "x", "", "-1", "9" * 30, "²"):
        said = total(owner.get(TOP_UP, chosen | {"quantity": wrong}, headers=HTMX))
        assert said == "Pay $19.00", wrong
    assert total(owner.get(TOP_UP, chosen | {"pack": "999999", "quantity": 1})) == "Pay $10.00"


def test_balance_that_is_not_enough_says_so(
    owner: Client, salon: Tenant, packs: Packs, stripe: StripeSandbox
) -> None:
    give_funds(salon, 900)
    page = words(owner.get(TOP_UP, headers=HTMX))
    assert "$9.00 is not enough for $10.00" in page
    assert 'value="balance" disabled' in page
    assert 'value="stripe" checked' in page
    assert f'href="{BILLING}funds/"' in page
    page = words(post(owner, filled(packs[0]), 409))
    assert "not enough" in page.lower()
    assert not PackPurchase.objects.exists()


def test_without_a_way_to_pay_there_is_a_sentence_and_no_button(
    owner: Client, packs: Packs
) -> None:
    page = words(owner.get(TOP_UP, headers=HTMX))
    assert "$0.00 is not enough for $10.00" in page
    assert "Ask Tenantry how else you can pay." in page
    assert 'type="submit"' not in page
    GatewaySettings.objects.create(gateway="balance", not_for=["credits"])
    page = words(owner.get(TOP_UP, headers=HTMX))
    assert "No way to pay is set up for this at present. Please ask Tenantry." in page


@pytest.mark.req(104)
def test_pack_that_went_meanwhile_is_refused_beside_those_there_are(
    owner: Client, salon: Tenant, packs: Packs
) -> None:
    give_funds(salon, 10_000)
    packs[2].is_active = False
    packs[2].save()
    page = words(post(owner, filled(packs[2]), 422))
    assert "This is not on offer any more. Please choose one of those that are." in page
    assert "500 SMS" in page
    assert "1,000 SMS" not in page
    assert not Payment.objects.exists()


def test_other_total_than_was_shown_is_looked_at_once_more(
    owner: Client, salon: Tenant, packs: Packs
) -> None:
    """Without a script nobody has seen what three of them cost until now."""
    give_funds(salon, 10_000)
    response = post(owner, filled(packs[1], 3, due=1000), 422)
    assert "The total has changed. Please look at it once more." in words(response)
    assert total(response) == "Pay $57.00"
    assert not Payment.objects.exists()
    post(owner, filled(packs[1], 3))
    assert stand(salon)[1] == 1500


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"quantity": "0"}, "Enter a number from 1 to 99."),
        ({"quantity": "100"}, "Enter a number from 1 to 99."),
        ({"quantity": "-3"}, "Enter a number from 1 to 99."),
        ({"quantity": "1.5"}, "Enter a number from 1 to 99."),
        ({"quantity": ""}, "Enter a number from 1 to 99."),
        ({"pack": ""}, "Choose how many."),
        ({"pack": "0"}, "not on offer any more"),
        ({"gateway": ""}, "Choose how to pay."),
        ({"gateway": "paypal"}, "This cannot be used at present."),
        ({"token": "short"}, "This form was not complete. Please send it again."),
        ({"due": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_was_not_offered_is_not_ordered(
    fields: dict[str, str], said: str, owner: Client, salon: Tenant, packs: Packs
) -> None:
    give_funds(salon, 10_000)
    assert said in words(post(owner, filled(packs[0]) | fields, 422))
    assert not Payment.objects.exists()


def test_second_press_buys_nothing_more(owner: Client, salon: Tenant, packs: Packs) -> None:
    give_funds(salon, 10_000)
    post(owner, filled(packs[0]))
    post(owner, filled(packs[0]))
    assert stand(salon)[1] == 250
    post(owner, filled(packs[0], 2))
    assert stand(salon)[1] == 750, "Another number on the same form is another purchase."


def test_stripe_that_does_not_answer_is_said_and_nothing_is_lost(
    owner: Client, salon: Tenant, packs: Packs, stripe: StripeSandbox
) -> None:
    stripe.fault("500", times=20, method="POST", path="/v1/checkout/sessions")
    response = post(owner, filled(packs[1], 2, gateway="stripe"), 409)
    page = words(response)
    assert "does not answer at present. Nothing was charged." in page
    assert f'value="{packs[1].pk}" checked' in page
    assert 'value="2"' in page
    assert total(response) == "Pay $38.00"


def test_without_a_script_it_is_a_page(owner: Client, salon: Tenant, packs: Packs) -> None:
    give_funds(salon, 10_000)
    page = words(owner.get(TOP_UP))
    assert "<h1> Top up SMS" in page or "<h1>Top up SMS</h1>" in page
    response = owner.post(TOP_UP, filled(packs[0]), follow=True)
    assert "250 SMS are on your account." in words(response)


@pytest.mark.req(109)
def test_what_is_not_sold_is_not_there(owner: Client, salon: Tenant, packs: Packs) -> None:
    assert owner.get(f"{BILLING}top-up/whatsapp/").status_code == 404
    assert owner.get(f"{BILLING}top-up/pigeon/").status_code == 404
    begin_month(salon, sms_per_month=UNLIMITED)
    assert owner.get(TOP_UP).status_code == 404
    assert owner.post(TOP_UP, filled(packs[0])).status_code == 404
    begin_month(salon, sms_per_month=0)
    assert owner.get(TOP_UP).status_code == 200
    switch(salon.plan, "workflows.sms", on=False)
    assert owner.get(TOP_UP).status_code == 404
    switch(salon.plan, "workflows.sms", on=True)
    CreditPack.objects.update(is_active=False)
    assert owner.get(TOP_UP).status_code == 404


def test_buying_is_for_owners(
    client_for: Callable[..., Client], salon: Tenant, mara: User, bruno: User, packs: Packs
) -> None:
    give_funds(salon, 10_000)
    for person in (mara, bruno):
        client = client_for(person, salon)
        assert client.get(TOP_UP).status_code == 403
        assert client.post(TOP_UP, filled(packs[0])).status_code == 403
    assert not Payment.objects.exists()


@pytest.mark.parametrize("count", [1, 30])
def test_dialog_takes_as_many_queries_whatever_is_sold(
    count: int, owner: Client, salon: Tenant
) -> None:
    give_funds(salon, 100_000)
    for number in range(count):
        sell(f"Pack {number}", 1000 + number, 100)
    assert queries_for(owner, TOP_UP) == 6
