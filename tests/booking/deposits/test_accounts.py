"""The business connects its own account: keys go in, and never come out again."""

from typing import Any

import pytest
from django.test import Client

from billing.services.merchants import environment_in_use
from booking.models import PaymentAccount
from saas.core.models import AuditEntry
from tenants.scope import tenant_scope
from tests.booking.deposits.desk import Desk
from tests.booking.pages import queries_for, words
from tests.booking.panel.page import Shop, open_shop

URL = "/panel/online-payments/at/stripe/"
KEY = "sk_test_51Aurora0123456789abcdef"


@pytest.fixture
def shop(aurora: Any, settings: Any) -> Shop:
    """Nothing is connected, and no double runs."""
    settings.STRIPE_SANDBOX_URL = ""
    return open_shop(aurora)


def account(shop: Shop) -> PaymentAccount:
    return shop.all(PaymentAccount)[0]


def save(owner: Client, typed: dict[str, str], **more: Any) -> Any:
    """As it is filled in on the page that stands open at this moment."""
    return owner.post(URL, {"seen": seen(owner)} | typed, **more)


def seen(owner: Client) -> str:
    return str(owner.get(URL).context["form"].seen_now)


def test_owner_connects_stripe(shop: Shop, owner: Client) -> None:
    page = words(owner.get("/panel/online-payments/"))
    assert page.count("Not connected") == 3
    assert shop.tenant.url("/pay/stripe/hook/") in words(owner.get(URL))
    typed = {"is_enabled": "on", "environment": "test", "test_secret_key": KEY}
    assert "Stripe is saved" in words(save(owner, typed, follow=True))
    row = account(shop)
    assert (row.is_enabled, environment_in_use(row)) == (True, "test")
    assert KEY not in row.secrets
    page = words(owner.get(URL))
    assert KEY not in page
    assert "ends in …cdef" in page
    assert "Webhook missing" in words(owner.get("/panel/online-payments/"))
    save(owner, typed | {"test_webhook_secret": "whsec_0123456789abcdefghij"})
    assert "Test mode" in words(owner.get("/panel/online-payments/"))
    told = AuditEntry.objects.filter(verb="online_payments.saved").latest("pk")
    assert KEY not in str(told.changes)
    assert told.tenant_id == shop.tenant.pk


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"test_secret_key": "sk_live_1"}, "This is a live key."),
        ({"live_secret_key": "sk_test_1"}, "This is a test key."),
        ({"test_secret_key": "pk_test_1"}, "This is another kind of key"),
        ({}, "Enter the keys of this mode first"),
        ({"test_secret_key": KEY, "environment": "live"}, "Enter the keys of this mode first"),
        ({"test_secret_key": KEY, "environment": "sandbox"}, "Select a valid choice"),
    ],
)
def test_what_cannot_work_is_not_stored(
    shop: Shop, owner: Client, settings: Any, typed: dict[str, str], said: str
) -> None:
    settings.DEMO = False
    answer = save(owner, {"is_enabled": "on", "environment": "test"} | typed)
    assert answer.status_code == 422
    assert said in words(answer)
    assert KEY not in words(answer)
    assert not [row for row in shop.all(PaymentAccount) if row.is_enabled or row.secrets]


def test_key_that_is_left_empty_stays_and_another_takes_its_place(
    shop: Shop, owner: Client
) -> None:
    typed = {"is_enabled": "on", "environment": "test", "test_secret_key": KEY}
    save(owner, typed)
    before = account(shop).secrets
    save(owner, typed | {"test_secret_key": ""})
    assert account(shop).secrets == before
    save(owner, typed | {"test_secret_key": KEY + "9"})
    assert "ends in …def9" in words(owner.get(URL))
    owner.post(f"{URL}remove/test/", {"seen": seen(owner)})
    assert "ends in" not in words(owner.get(URL))
    assert environment_in_use(account(shop)) == ""


def test_of_two_people_at_once_the_later_one_is_told(shop: Shop, owner: Client) -> None:
    shown = {"seen": seen(owner)}
    save(owner, {"is_enabled": "on", "environment": "test", "test_secret_key": KEY})
    late = shown | {"environment": "test", "test_secret_key": KEY + "9"}
    answer = owner.post(URL, late)
    assert answer.status_code == 409
    assert "Somebody changed these settings meanwhile" in words(answer)
    assert "enter them once more" in words(answer)
    assert account(shop).is_enabled
    assert owner.post(f"{URL}remove/test/", shown).status_code == 409
    assert "ends in …cdef" in words(owner.get(URL))
    assert owner.post(URL, late | {"seen": answer.context["form"].seen_now}).status_code == 302
    assert not account(shop).is_enabled


def test_connection_is_tested(card_desk: Desk, owner: Client) -> None:
    assert "Connected to Sandbox" in words(owner.post(f"{URL}test/", follow=True))
    card_desk.till.sandbox.fault("connection", times=9)
    assert "Stripe does not answer" in words(owner.post(f"{URL}test/", follow=True))
    with tenant_scope(card_desk.shop.tenant):
        assert not account(card_desk.shop).test_passed


def test_rules_for_deposits_are_set(shop: Shop, owner: Client) -> None:
    typed = {"hold_minutes": "45", "deposit_back": "on"}
    assert "The rules for deposits are saved" in words(
        owner.post("/panel/online-payments/", typed, follow=True)
    )
    page = owner.post("/panel/online-payments/", {"hold_minutes": "1"})
    assert page.status_code == 422


def test_another_business_sees_nothing_of_it(
    card_desk: Desk, client_for: Any, carla: Any, borealis: Any
) -> None:
    payment = card_desk.paid()
    client = client_for(carla, borealis)
    assert words(client.get("/panel/online-payments/")).count("Not connected") == 3
    assert "No deposit was paid online yet" in words(client.get("/panel/online-payments/deposits/"))
    url = f"/panel/online-payments/deposits/{payment.pk}/back/"
    assert client.post(url, {"amount": "1"}).status_code == 404


def test_without_it_in_the_plan_there_is_no_such_page(shop: Shop, owner: Client) -> None:
    plan = shop.tenant.plan
    plan.capabilities["booking_page.online_payments"] = False
    plan.save()
    assert owner.get("/panel/online-payments/").status_code == 404
    assert owner.get(URL).status_code == 404
    assert "Online payments" not in words(owner.get("/panel/"))


def test_list_of_deposits(card_desk: Desk, owner: Client) -> None:
    url = "/panel/online-payments/deposits/"
    assert "No deposit was paid online yet" in words(owner.get(url))
    card_desk.begin(card_desk.book(9))
    assert "No deposit was paid online yet" in words(owner.get(url))
    assert "Helena Matos" in words(owner.get(f"{url}?show=pending"))
    card_desk.paid(11)
    page = words(owner.get(url))
    assert "Helena Matos" in page
    assert "Together $10.00 came in and was not given back" in page
    assert "No deposit is like that" in words(owner.get(f"{url}?q=nobody"))
    file = owner.get("/panel/online-payments/deposits.csv?show=all").content.decode()
    assert len(file.splitlines()) == 3
    assert "Helena Matos" in file


def test_pages_cost_few_queries(card_desk: Desk, owner: Client, customer: Client) -> None:
    payment = card_desk.paid(9)
    url = "/panel/online-payments/deposits/"
    one = queries_for(owner, url)
    for hour in range(10, 16):
        card_desk.paid(hour)
    assert queries_for(owner, url) == one <= 8
    assert queries_for(owner, "/panel/online-payments/") <= 8
    assert queries_for(owner, URL) <= 7
    assert queries_for(owner, f"/panel/appointments/{payment.appointment_id}/") <= 13
