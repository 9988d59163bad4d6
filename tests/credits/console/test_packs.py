"""The console's Top-up plans: what is listed, made, changed and deleted, and what cannot be."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import Client

from credits.models import AutoRecharge, CreditAccount, CreditPack, PackPurchase
from credits.services.packs import on_offer
from plans.models import PlatformSettings
from saas.core import clock
from saas.core.models import AuditEntry
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.billing.money_pages.rows import cells
from tests.booking.pages import words
from tests.credits.shop import bought, pack_of
from tests.tenants.console.pages import queries_of

URL = "/console/top-up-plans/"
HTMX = {"HX-Request": "true"}
NEW = {
    "channel": "sms", "name": "500 SMS", "description": "For a busy month", "price": "19.00",
    "credits": "500", "is_active": "on",
}  # fmt: skip


def names(desk: Client, query: str = "") -> list[str]:
    return [row[0].split("  ")[0] for row in cells(words(desk.get(f"{URL}?{query}")))]


def add(desk: Client, **changes: Any) -> HttpResponse:
    values = {key: value for key, value in {**NEW, **changes}.items() if value is not None}
    return desk.post(f"{URL}add/", values, headers=HTMX)


@pytest.mark.req(102)
def test_pack_is_made_with_name_price_and_credits(desk: Client) -> None:
    assert add(desk, credits="10,000", price="$1,290.50").status_code == 204
    pack = CreditPack.objects.get()
    assert (pack.channel, pack.name, pack.description) == ("sms", "500 SMS", "For a busy month")
    assert (pack.price, pack.currency, pack.credits, pack.is_active) == (
        129050,
        "USD",
        10_000,
        True,
    )
    entry = AuditEntry.objects.get(verb="credit_pack.added")
    assert entry.changes["price"] == [None, "$1,290.50"]


@pytest.mark.req(101, 103)
@pytest.mark.parametrize("channel", ["sms", "whatsapp", "email"])
def test_each_channel_has_its_own_tab(desk: Client, channel: str) -> None:
    for key in ("sms", "whatsapp", "email"):
        add(desk, channel=key, name=f"Pack of {key}")
    page = words(desk.get(f"{URL}?channel={channel}"))
    assert f"Pack of {channel}" in page
    assert page.count("Pack of") == page.count(f"Pack of {channel}")
    assert f'href="{URL}?channel={channel}" aria-current="page"' in page


def test_row_says_price_of_a_credit_and_how_often_it_was_sold(
    desk: Client, aurora: Tenant, borealis: Tenant
) -> None:
    pack = pack_of(description="For a busy month")
    for tenant in (aurora, aurora, borealis):
        bought(tenant, pack)
    row = cells(words(desk.get(URL)))[0]
    assert row[0].startswith("500 sms For a busy month")
    assert row[1:6] == ["$19.00", "500", "$0.038", "3", "Active"]


@pytest.mark.req(105)
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=BIG", ["Big"]),
        ("q=quiet", ["Small"]),
        ("q=whats", []),
        ("q=%25", []),
        ("q=%00", ["Small", "Middle", "Big"]),
        ("sort=-price", ["Big", "Middle", "Small"]),
        ("sort=credits", ["Small", "Middle", "Big"]),
        ("sort=each", ["Big", "Middle", "Small"]),
        ("sort=-sold", ["Middle", "Small", "Big"]),
        ("sort=name", ["Big", "Middle", "Small"]),
        ("sort=status", ["Big", "Small", "Middle"]),
        ("sort=nonsense&channel=nonsense", ["Small", "Middle", "Big"]),
    ],
)
def test_search_and_order(desk: Client, aurora: Tenant, query: str, found: list[str]) -> None:
    pack_of(name="Small", price=500, credits=10, description="For a quiet month")
    middle = pack_of(name="Middle", price=1000, credits=100)
    pack_of(name="Big", price=2000, credits=1000, is_active=False)
    pack_of("whatsapp", name="Whats")
    bought(aurora, middle)
    listed = [one.split()[0] for one in names(desk, query)]
    assert listed == found


@pytest.mark.parametrize("count", [1, 30])
def test_table_costs_the_same_however_long_it_is(desk: Client, aurora: Tenant, count: int) -> None:
    for number in range(count):
        pack_of(price=100 + number)
    bought(aurora, CreditPack.objects.all()[0])
    _page, asked = queries_of(desk, URL)
    assert len([one for one in asked if "credits_" in one]) == 1
    assert len(asked) <= 5, asked


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("name", "", "Enter a name."),
        ("name", "x" * 61, "at most 60 characters"),
        ("price", "", "Enter a price."),
        ("price", "0", "costs something"),
        ("price", "-5", "Enter an amount"),
        ("price", "free", "Enter an amount"),
        ("price", "9,999,999.00", "Enter at most $999,999.99."),
        ("price", "1.999", "at most 2 decimals"),
        ("credits", "", "Enter a number of credits."),
        ("credits", "0", "Enter 1 to 10,000,000 credits."),
        ("credits", "10,000,001", "Enter 1 to 10,000,000 credits."),
        ("credits", "1.5", "Enter a whole number"),
        ("credits", "-5", "Enter a whole number"),
        ("credits", "1,00", "Enter a whole number"),
        ("credits", "٣٤", "Enter a whole number"),
        ("channel", "fax", "Select a valid choice"),
    ],
)
def test_input_that_cannot_be_is_refused_beside_its_field(
    desk: Client, field: str, value: str, complaint: str
) -> None:
    response = add(desk, **{field: value})
    assert response.status_code == 422
    assert complaint in words(response)
    assert not CreditPack.objects.exists()


@pytest.mark.req(106)
def test_name_description_and_status_can_be_edited(desk: Client) -> None:
    pack = pack_of()
    changes = {"name": "Five hundred", "description": "", "is_active": ""}
    assert desk.post(f"{URL}{pack.pk}/", changes, headers=HTMX).status_code == 204
    pack.refresh_from_db()
    assert (pack.name, pack.description, pack.is_active) == ("Five hundred", "", False)
    entry = AuditEntry.objects.get(verb="credit_pack.saved")
    assert set(entry.changes) == {"name", "is_active"}


@pytest.mark.req(107)
def test_price_and_credits_stay_whatever_is_posted(desk: Client) -> None:
    pack = pack_of()
    page = words(desk.get(f"{URL}{pack.pk}/"))
    assert "What was sold stays what it was. Duplicate it to sell at another price." in page
    assert 'name="price"' not in page
    assert 'name="credits"' not in page
    desk.post(
        f"{URL}{pack.pk}/",
        {**NEW, "name": "Other", "price": "1", "credits": "9", "channel": "email"},
    )
    pack.refresh_from_db()
    assert (pack.name, pack.price, pack.credits, pack.channel) == ("Other", 1900, 500, "sms")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE credits_creditpack SET price = 1 WHERE id = %s", [pack.pk])


@pytest.mark.req(104)
def test_inactive_pack_is_not_offered(desk: Client, limited: Tenant) -> None:
    add(desk)
    pack = CreditPack.objects.get()
    assert on_offer(limited, "sms") == [pack]
    desk.post(f"{URL}{pack.pk}/", {"name": pack.name})
    assert on_offer(limited, "sms") == []
    assert "Inactive" in words(desk.get(URL))


@pytest.mark.req(108)
def test_deleting_leaves_purchases_and_credits(desk: Client, limited: Tenant) -> None:
    pack = pack_of()
    purchase = bought(limited, pack)
    page = words(desk.get(f"{URL}{pack.pk}/delete/"))
    assert "1 purchase of it stays as it is, and so do the credits that were bought." in page
    assert CreditPack.objects.exists()
    assert desk.post(f"{URL}{pack.pk}/delete/", headers=HTMX).status_code == 204
    assert not CreditPack.objects.exists()
    kept = PackPurchase.objects.get(pk=purchase.pk)
    assert (kept.pack, kept.name, kept.bought) == (None, "500 sms", 500)
    assert CreditAccount.objects.get(tenant=limited).purchased_left == 500
    assert AuditEntry.objects.get(verb="credit_pack.deleted").changes["name"] == ["500 sms", None]


def test_deletion_says_who_buys_it_by_itself(desk: Client, limited: Tenant, ana: User) -> None:
    purchase = bought(limited, pack_of())
    account = CreditAccount.objects.get(tenant=limited)
    AutoRecharge.objects.create(account=account, pack=purchase.pack, below=5, monthly_cap=1, by=ana)
    page = words(desk.get(f"{URL}{purchase.pack_id}/delete/"))
    assert "1 tenant has it bought by itself when credits run low. That stops." in page


def test_duplicate_opens_the_form_filled_in(desk: Client) -> None:
    pack = pack_of("whatsapp", price=1250, credits=1000, description="Many")
    page = words(desk.get(f"{URL}{pack.pk}/duplicate/"))
    for value in ('value="12.50"', 'value="1,000"', 'value="Many"', 'value="whatsapp" selected'):
        assert value in page
    assert f'action="{URL}add/"' in page


def test_second_press_makes_no_second_pack(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [add(desk).status_code for _press in range(2)] == [204, 204]
    assert CreditPack.objects.count() == 1
    assert AuditEntry.objects.filter(verb="credit_pack.added").count() == 1
    add(desk, price="18.00")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=1))
    add(desk)
    assert CreditPack.objects.count() == 3


@pytest.mark.parametrize("page", ["", "duplicate/", "delete/"])
def test_pack_that_is_gone_is_said_to_be(desk: Client, page: str) -> None:
    pack = pack_of()
    address = f"{URL}{pack.pk}/{page}"
    pack.delete()
    for response in (desk.get(address), desk.post(address, NEW, headers=HTMX)):
        assert response.status_code == 404
        assert "Somebody deleted it." in words(response)
    assert not CreditPack.objects.exists()


def test_pack_in_another_currency_is_marked_and_not_offered(desk: Client, limited: Tenant) -> None:
    pack = pack_of(currency="EUR")
    assert cells(words(desk.get(URL)))[0][5] == "Not offered another currency"
    assert on_offer(limited, "sms") == []
    page = words(desk.get(f"{URL}{pack.pk}/duplicate/"))
    assert 'name="price"' in page
    assert 'value="19.00"' not in page


def test_currency_without_decimals(desk: Client) -> None:
    PlatformSettings.objects.update(currency="JPY")
    assert add(desk, price="1,900").status_code == 204
    assert CreditPack.objects.get().price == 1900
    assert cells(words(desk.get(URL)))[0][1:4] == ["¥1,900", "500", "¥3.80"]


def test_empty_tab_explains_and_empty_search_leads_back(desk: Client) -> None:
    assert "Nothing to buy for SMS yet" in words(desk.get(URL))
    pack_of()
    page = words(desk.get(f"{URL}?q=nothing"))
    assert "No top-up plan says this" in page
    assert f'href="{URL}?channel=sms"' in page


def test_htmx_gets_the_table_alone(desk: Client) -> None:
    pack_of()
    page = words(desk.get(URL, headers=HTMX))
    assert "500 sms" in page
    assert "<h1" not in page


def test_without_a_script_saving_leads_to_the_tab(desk: Client) -> None:
    response = desk.post(f"{URL}add/", {**NEW, "channel": "email"})
    assert response.status_code == 302
    assert response["Location"] == f"{URL}?channel=email"
