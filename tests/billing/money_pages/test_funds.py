"""Adding funds: how much, with what, and on to where it is paid. With the double of Stripe, through its SDK."""

from collections.abc import Callable

import pytest
from django.test import Client

from billing.ledger import balance_of
from billing.models import GatewaySettings, Payment, Status
from billing.services.adding_funds import LEAST, MOST, OutOfBounds, add_funds
from plans.models import PlatformSettings
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.money import NOW, press
from tests.billing.money_pages.rows import BILLING, gone, paid, spend
from tests.booking.pages import queries_for, words

URL = f"{BILLING}funds/"
HTMX = {"hx-request": "true"}


def filled(choice: str = "5000", token: str = "a" * 22, **fields: str) -> dict[str, str]:
    return {"choice": choice, "gateway": "stripe", "token": token} | fields


def sent_to(client: Client, data: dict[str, str]) -> str:
    """The address to which a good press leads."""
    response = client.post(URL, data, headers=HTMX)
    assert response.status_code == 200, words(response)
    return str(response["HX-Redirect"])


@pytest.mark.req(93)
def test_funds_by_card_are_on_the_balance_when_one_comes_back(
    owner: Client, aurora: Tenant, ana: User, stripe: StripeSandbox
) -> None:
    back = stripe.pay(sent_to(owner, filled()))
    payment = Payment.objects.get()
    assert back.split("?")[0].endswith(f"{BILLING}payments/{payment.reference}/")
    assert (payment.amount, payment.purpose, payment.by) == (5000, "funds", ana)
    page = words(owner.get(f"{BILLING}payments/{payment.reference}/", follow=True))
    assert "Your balance is $50.00 now." in page
    payment.refresh_from_db()
    assert (payment.status, payment.paid_with) == (Status.PAID, "Visa 4242")
    assert balance_of(aurora).balance == 5000
    assert payment.invoice.lines == [{"text": "Funds for the balance", "amount": 5000}]


def test_without_a_script_a_small_page_leads_on(owner: Client, stripe: StripeSandbox) -> None:
    response = owner.post(URL, filled())
    page = words(response)
    assert response.status_code == 200
    address = Payment.objects.get().pay_url
    assert address.startswith(stripe.url)
    assert f'<meta http-equiv="refresh" content="0;url={address}">' in page
    assert f'href="{address}"' in page
    assert "Go on to Stripe" in page


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("5", LEAST), ("5.00", 500), ("$1,290.50", 129050), (" 42.5 ", 4250), ("5000", MOST)],
)
def test_another_amount_is_understood_as_it_is_typed(
    typed: str, amount: int, owner: Client, stripe: StripeSandbox
) -> None:
    sent_to(owner, filled("other", other=typed))
    assert Payment.objects.get().amount == amount


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter an amount"),
        ("much", "Enter an amount"),
        ("-5", "Enter an amount of zero or more."),
        ("0", "Add at least $5.00."),
        ("4.99", "Add at least $5.00."),
        ("5000.01", "Add at most $5,000.00 at a time."),
        ("10.001", "at most 2 decimals"),
        ("9" * 41, "at most 40 characters"),
        ("1e3", "Enter an amount"),
    ],
)
def test_amount_that_cannot_be_added_is_said_beside_it(
    typed: str, said: str, owner: Client, stripe: StripeSandbox
) -> None:
    response = owner.post(URL, filled("other", other=typed), headers=HTMX)
    page = words(response)
    assert response.status_code == 422
    assert said in page.split('id="funds_other_error"')[1][:300]
    assert 'value="other" id="funds-other" checked' in page
    if typed:
        assert f'value="{typed}"' in page
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"choice": "1"}, "1 is not one of the available choices"),
        ({"choice": ""}, "Choose an amount."),
        ({"choice": "999999999"}, "is not one of the available choices"),
        ({"gateway": "balance"}, "This cannot be used at present."),
        ({"gateway": ""}, "Choose how to pay."),
        ({"token": "short"}, "This form was not complete. Please send it again."),
        ({"token": ""}, "This form was not complete. Please send it again."),
    ],
)
def test_what_was_not_offered_is_not_ordered(
    fields: dict[str, str], said: str, owner: Client, stripe: StripeSandbox
) -> None:
    response = owner.post(URL, filled() | fields)
    assert response.status_code == 422
    assert said in words(response)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("amount", [-1, 0, LEAST - 1, MOST + 1])
def test_door_knows_the_bounds_itself(
    amount: int, aurora: Tenant, ana: User, stripe: StripeSandbox
) -> None:
    with pytest.raises(OutOfBounds):
        add_funds(aurora, press(ana, amount, gateway="stripe"), now=NOW)
    assert not Payment.objects.exists()


def test_suggestions_follow_the_currency(owner: Client, stripe: StripeSandbox) -> None:
    assert [label for _key, label in owner.get(URL).context["form"].amounts] == [
        "$20", "$50", "$100", "$200", "Other",
    ]  # fmt: skip
    PlatformSettings.objects.update(currency="JPY")
    assert [label for _key, label in owner.get(URL).context["form"].amounts][:2] == [
        "¥2,000", "¥5,000",
    ]  # fmt: skip
    assert "From ¥500 to ¥500,000 at a time." in words(owner.get(URL))
    page = words(owner.post(URL, filled("other", other="500.5")))
    assert "JPY has no decimals." in page


def test_second_press_finds_the_first(owner: Client, stripe: StripeSandbox) -> None:
    assert sent_to(owner, filled()) == sent_to(owner, filled())
    assert Payment.objects.count() == 1


def test_other_amount_on_the_same_form_is_another_payment(
    owner: Client, stripe: StripeSandbox
) -> None:
    """Whoever comes back with the browser's button and asks for less is not sent to pay the first one."""
    first = sent_to(owner, filled("10000"))
    second = sent_to(owner, filled("2000"))
    assert first != second
    assert set(Payment.objects.values_list("amount", flat=True)) == {10000, 2000}


def test_paid_form_that_is_sent_again_shows_the_payment(
    owner: Client, aurora: Tenant, stripe: StripeSandbox
) -> None:
    stripe.pay(sent_to(owner, filled()))
    payment = Payment.objects.get()
    owner.get(f"{BILLING}payments/{payment.reference}/")
    response = owner.post(URL, filled(), headers=HTMX)
    assert response["HX-Redirect"] == BILLING
    assert Payment.objects.count() == 1
    assert balance_of(aurora).balance == 5000


def test_stripe_that_does_not_answer_is_said_and_nothing_is_lost(
    owner: Client, aurora: Tenant, stripe: StripeSandbox
) -> None:
    stripe.fault("500", times=20, method="POST", path="/v1/checkout/sessions")
    response = owner.post(URL, filled("other", other="42.50"), headers=HTMX)
    page = words(response)
    assert response.status_code == 409
    assert "does not answer at present. Nothing was charged." in page
    assert 'value="42.50"' in page
    assert balance_of(aurora).balance == 0
    stripe.control.plan.clear()
    token = str(response.context["form"].token_now)
    sent_to(owner, filled("other", other="42.50", token=token))
    assert Payment.objects.get().status == Status.PENDING  # the same one, tried once more


def test_failed_attempt_is_tried_anew(owner: Client, aurora: Tenant, stripe: StripeSandbox) -> None:
    first = sent_to(owner, filled())
    Payment.objects.update(status=Status.FAILED, failed_at=NOW)
    assert sent_to(owner, filled()) != first
    assert sorted(Payment.objects.values_list("status", flat=True)) == ["failed", "pending"]


def test_gateway_that_was_switched_off_meanwhile_is_said(
    owner: Client, stripe: StripeSandbox
) -> None:
    GatewaySettings.objects.create(gateway="stripe", not_for=["funds"])
    page = words(owner.post(URL, filled()))
    assert "No way to pay is set up for this at present. Please ask Tenantry." in page
    assert not Payment.objects.exists()


def test_without_a_gateway_there_is_a_sentence_and_no_button(owner: Client) -> None:
    page = words(owner.get(URL, headers=HTMX))
    assert "No way to pay is set up for this at present. Please ask Tenantry." in page
    assert 'type="submit"' not in page


def test_debt_is_settled_first_and_said_beforehand(
    owner: Client, aurora: Tenant, stripe: StripeSandbox
) -> None:
    payment = paid(aurora, 2900)
    spend(aurora, 2900)
    gone(payment, 2900)
    said = (
        "Your balance is $0.00. The first $29.00 that you add settle a payment that was taken back."
    )
    assert said in words(owner.get(URL))
    stripe.pay(sent_to(owner, filled()))
    added = Payment.objects.get(amount=5000)
    owner.get(f"{BILLING}payments/{added.reference}/")
    account = balance_of(aurora)
    assert (account.balance, account.debt) == (2100, 0)


def test_form_takes_six_queries(owner: Client, stripe: StripeSandbox) -> None:
    assert queries_for(owner, URL) == 5


def test_too_many_presses_are_stopped(owner: Client, stripe: StripeSandbox) -> None:
    answers = [owner.post(URL, filled(), headers=HTMX).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]
    assert owner.get(URL).status_code == 200


def test_token_of_the_page_is_asked_for(
    client_for: Callable[..., Client], aurora: Tenant, ana: User, stripe: StripeSandbox
) -> None:
    client = client_for(ana, aurora)
    client.handler.enforce_csrf_checks = True
    for page in ("funds/", "details/"):
        assert client.post(BILLING + page, filled()).status_code == 403
    assert not Payment.objects.exists()
