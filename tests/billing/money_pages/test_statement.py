"""The history of the balance: every movement with what was left after it, on the page and as a file."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

import billing.panel.statement
from billing.models import BalanceEntry
from plans.models import PlatformSettings
from tenants.models import Tenant
from tests.billing.money import NOW, give_funds
from tests.billing.money_pages.rows import BILLING, cells, gone, paid, spend
from tests.booking.pages import queries_for, words

URL = f"{BILLING}statement/"
FILE = f"{BILLING}statement.csv"


def rows(client: Client, query: str = "") -> list[list[str]]:
    return cells(words(client.get(URL + query)))


def file(client: Client, query: str = "") -> list[dict[str, str]]:
    text = client.get(FILE + query).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_movements_stand_with_what_was_left_after_each(owner: Client, aurora: Tenant) -> None:
    paid(aurora, 5000, at=NOW - timedelta(days=2))
    spend(aurora, 2900, at=NOW - timedelta(days=1))
    give_funds(aurora, 100)
    assert rows(owner) == [
        ["25 Nov 2026", "Adjustment 25 Nov 2026", "+$1.00", "$22.00"],
        ["24 Nov 2026", "Payment 24 Nov 2026 Something", "−$29.00", "$21.00"],
        ["23 Nov 2026", "Funds added 23 Nov 2026 Visa 4242", "+$50.00", "$50.00"],
    ]


def test_what_went_into_a_debt_is_said(owner: Client, aurora: Tenant) -> None:
    payment = paid(aurora, 5000)
    spend(aurora, 3000)
    gone(payment, 5000)
    paid(aurora, 3500)
    assert rows(owner)[:2] == [
        [
            "25 Nov 2026",
            "Funds added 25 Nov 2026 Visa 4242 $35.00 came in; $30.00 of it settled what was owed.",
            "+$5.00",
            "$5.00",
        ],
        [
            "25 Nov 2026",
            (
                "Refunded or taken back 25 Nov 2026 Funds for the balance "
                "$30.00 more had been spent already. The next funds settle it."
            ),
            "−$20.00",
            "$0.00 $30.00 owed",
        ],
    ]


def test_movement_leads_to_its_payment(owner: Client, aurora: Tenant) -> None:
    payment = paid(aurora)
    assert f'href="{BILLING}payments/{payment.reference}/">Funds added</a>' in words(owner.get(URL))


def test_reason_of_an_adjustment_stays_with_the_platform(owner: Client, aurora: Tenant) -> None:
    give_funds(aurora, 100)
    with_note(aurora, "adjustment", "A difficult customer")
    assert "difficult" not in words(owner.get(URL))
    assert "difficult" not in owner.get(FILE).content.decode()


def with_note(tenant: Tenant, kind: str, note: str, amount: int = 100) -> None:
    last = BalanceEntry.objects.filter(tenant=tenant).order_by("-seq").first()
    assert last
    BalanceEntry.objects.create(
        tenant=tenant, seq=last.seq + 1, kind=kind, amount=amount, key=note[:90], note=note,
        balance_after=last.balance_after + amount, currency="USD", at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?kind=funds", ["+$70.00", "+$50.00"]),
        ("?kind=payment", ["−$29.00"]),
        ("?kind=refund", []),
        ("?month=2026-10", ["−$29.00", "+$50.00"]),
        ("?month=2026-11", ["+$70.00"]),
        ("?month=2026-10&kind=funds", ["+$50.00"]),
        ("?month=2025-01", []),
        ("?month=2026-13", ["+$70.00", "−$29.00", "+$50.00"]),
        ("?month=x&kind=y&page=z", ["+$70.00", "−$29.00", "+$50.00"]),
    ],
)
def test_movements_are_filtered(
    query: str, found: list[str], owner: Client, aurora: Tenant
) -> None:
    paid(aurora, 5000, at=datetime(2026, 10, 2, 9, tzinfo=UTC))
    spend(aurora, 2900, at=datetime(2026, 10, 31, 23, 30, tzinfo=UTC))
    paid(aurora, 7000, at=datetime(2026, 11, 1, 0, 0, tzinfo=UTC))
    assert [row[2] for row in rows(owner, query)] == found
    if not found:
        assert "Nothing like that has moved" in words(owner.get(URL + query))


def test_months_are_those_of_the_business(owner: Client, aurora: Tenant) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(time_zone="America/Los_Angeles")
    paid(aurora, at=datetime(2026, 11, 1, 6, 30, tzinfo=UTC))  # 31 October, 23:30 there
    assert rows(owner, "?month=2026-10")[0][0] == "31 Oct 2026"
    assert rows(owner, "?month=2026-11") == []
    assert '<option value="2026-10">October 2026</option>' in words(owner.get(URL))
    assert '<option value="2026-11"' not in words(owner.get(URL))
    assert file(owner)[0]["Time"] == "2026-10-31 23:30:00-07:00"


def test_first_day_says_what_will_stand_here(
    owner: Client, aurora: Tenant, borealis: Tenant
) -> None:
    paid(borealis)
    page = words(owner.get(URL))
    assert "Nothing has moved yet" in page
    assert "<select" not in page


def test_many_movements_stand_on_pages(owner: Client, aurora: Tenant) -> None:
    for number in range(27):
        give_funds(aurora, 100 + number)
    page = words(owner.get(f"{URL}?kind=adjustment"))
    assert "1 to 25 of 27" in page
    assert 'href="?kind=adjustment&page=2"' in page
    assert [row[2] for row in rows(owner, "?kind=adjustment&page=2")] == ["+$1.01", "+$1.00"]


@pytest.mark.parametrize("count", [1, 30])
def test_list_takes_seven_queries_whatever_its_length(
    count: int, owner: Client, aurora: Tenant
) -> None:
    for number in range(count):
        paid(aurora, at=NOW + timedelta(minutes=number))
    assert queries_for(owner, URL) == 6
    assert queries_for(owner, FILE) == 4


def test_file_has_decimals_of_the_currency_that_add_up(owner: Client, aurora: Tenant) -> None:
    payment = paid(aurora, 5000)
    spend(aurora, 3000)
    gone(payment, 5000)
    found = file(owner)
    columns = ("No.", "Kind", "Change", "Balance", "Change of debt", "Debt", "Currency")
    assert [[row[column] for column in columns] for row in found] == [
        ["3", "Refunded or taken back", "-20.00", "0.00", "30.00", "30.00", "USD"],
        ["2", "Payment", "-30.00", "20.00", "0.00", "0.00", "USD"],
        ["1", "Funds added", "50.00", "50.00", "0.00", "0.00", "USD"],
    ]
    assert [row["Payment"] for row in found] == [payment.reference, "", payment.reference]
    assert [row["No."] for row in file(owner, "?kind=payment")] == ["2"]


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "5000"), ("KWD", "5.000")])
def test_file_has_as_many_decimals_as_the_currency(
    currency: str, amount: str, owner: Client, aurora: Tenant
) -> None:
    PlatformSettings.objects.update(currency=currency)
    give_funds(Tenant.objects.get(pk=aurora.pk), 5000)
    assert file(owner)[0]["Change"] == amount


@pytest.mark.parametrize("note", ['=HYPERLINK("x")', "+1", "@x", "\tx"])
def test_note_is_no_formula_in_the_file(note: str, owner: Client, aurora: Tenant) -> None:
    give_funds(aurora, 100)
    with_note(aurora, "refund", note)
    assert file(owner)[0]["What"] == f"'{note}"


def test_file_says_in_its_name_what_it_is(owner: Client, aurora: Tenant) -> None:
    give_funds(aurora, 100)
    response = owner.get(f"{FILE}?month=2026-11&kind=funds")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    name = "balance-salon-aurora-2026-11-funds.csv"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'


def test_file_that_would_be_too_long_is_refused(
    owner: Client, aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(billing.panel.statement, "EXPORT_MOST", 2)
    for number in range(3):
        give_funds(aurora, 100 + number)
    response: Any = owner.get(FILE)
    assert response.status_code == 409
    assert "do not go into one file" in words(response)


def test_what_was_wholly_spent_is_said_so(owner: Client, aurora: Tenant) -> None:
    payment = paid(aurora, 5000)
    spend(aurora, 5000)
    gone(payment, 5000)
    paid(aurora, 2000)
    funds, taken = rows(owner)[:2]
    assert taken[1].endswith("$50.00 had been spent already. The next funds settle it.")
    assert taken[2:] == ["$0.00", "$0.00 $50.00 owed"]
    assert funds[1].endswith("$20.00 came in; $20.00 of it settled what was owed.")
    assert funds[2:] == ["$0.00", "$0.00 $30.00 owed"]
